"""Pages are turned to their end whatever the source says of them, and never for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partnership.domain.pull_paging import Cursor, Turning, read_page, turn
from services.partnership.domain.source_trouble import ChangedWhileRead, SourceTrouble, complaint

URL = "https://sis.example/users"


def read_all(
    keys: list[str], how: Turning, *, longest: int, links: bool, totals: bool, tokens: bool = False
) -> list[str]:
    """Every key that a source of this manner gives."""
    cursor, got = Cursor(), list[str]()
    while not cursor.is_last:
        start = int(cursor.token or 0) if how.by_token else cursor.offset
        end = start + min(how.asked_for, longest)
        headers = {"x-total-count": str(len(keys))} if totals else {}
        if links and end < len(keys):
            headers["link"] = f'<{URL}?offset={end}>; rel="next"'
        if tokens and end < len(keys):
            headers["next-page-token"] = str(end)
        page = tuple(keys[start:end])
        got += page
        cursor = turn(cursor, read_page(page, headers), f"{URL}?offset={start}", how)
    return got


@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 20), st.booleans(), st.booleans())
def test_every_row_is_read_once(count: int, asked_for: int, longest: int, links: bool, totals: bool) -> None:
    keys = [f"k{number}" for number in range(count)]
    assert read_all(keys, Turning(asked_for, 100), longest=longest, links=links, totals=totals) == keys


@given(st.integers(0, 60), st.integers(1, 20))
def test_every_row_is_read_once_by_tokens(count: int, size: int) -> None:
    keys = [f"k{number}" for number in range(count)]
    how = Turning(size, 100, by_token=True)
    assert read_all(keys, how, longest=size, links=False, totals=False, tokens=True) == keys


def test_a_source_that_ignores_offset_and_gives_everything_at_once_is_read_once() -> None:
    how, page = Turning(100, 10), read_page(("a", "b"), {})
    cursor = turn(turn(Cursor(), page, URL, how), page, f"{URL}?offset=2", how)
    assert (cursor.is_last, cursor.offset) == (True, 2)


def test_a_full_page_that_comes_again_is_no_end() -> None:
    how, page = Turning(2, 10), read_page(("a", "b"), {})
    with pytest.raises(SourceTrouble, match="same page"):
        turn(turn(Cursor(), page, URL, how), page, f"{URL}?offset=2", how)


def test_pages_without_end_are_stopped() -> None:
    cursor, how = Cursor(), Turning(1, 3)
    for number in range(3):
        cursor = turn(cursor, read_page((str(number),), {}), f"{URL}?{number}", how)
    with pytest.raises(SourceTrouble, match="more than 3 pages"):
        turn(cursor, read_page(("3",), {}), f"{URL}?3", how)


def test_a_total_that_moves_says_that_the_data_did() -> None:
    how = Turning(1, 10)
    cursor = turn(Cursor(), read_page(("a",), {"x-total-count": "3"}), URL, how)
    with pytest.raises(ChangedWhileRead):
        turn(cursor, read_page(("b",), {"x-total-count": "2"}), URL, how)


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ('<https://h/a?x=1,2>; rel="next"', "https://h/a?x=1,2"),
        ('<https://h/1>; rel="first", <https://h/2>; rel=next', "https://h/2"),
        ('<https://h/1>; title="x"; rel="last next"', "https://h/1"),
        ('<https://h/1>; rel="prev"', ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_the_next_link_is_found(header: str, address: str) -> None:
    assert read_page((), {"link": header}).next_link == address


MEMBERS = st.sampled_from(("statusInfoSet", "imsx_codeMajor", "imsx_CodeMinor", "imsx_codeMinorField", "error", "type"))
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(MEMBERS | st.text(), inner),
)


@given(BODIES)
def test_no_answer_is_too_odd_to_be_told_what_it_complains_of(body: object) -> None:
    assert len(complaint(body)) <= 80
