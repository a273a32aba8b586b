"""The parts of a page: what they are made of."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from jinja2 import UndefinedError

from shared.pages import Pages, static_address
from shared.pages.filters import dash, number, percent, written_date, written_moment
from tests.shared.gallery import ERRORS, LEVELS, POINTS, Gallery

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def gallery() -> Gallery:
    return Gallery()


async def got(gallery: Gallery, path: str) -> httpx.Response:
    """The answer to a GET, without a socket."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gallery.app), base_url="http://gallery") as client:
        return await client.get(path)


def part(call: str, **context: Any) -> str:
    """One macro of parts.html, rendered, with its white space folded."""
    template = Pages().environment.from_string('{% import "parts.html" as parts %}{{ parts.' + call + " }}")
    return " ".join(template.render(context).split())


def test_a_field_with_an_error_says_so_to_a_screen_reader() -> None:
    shown = part('text_input("mail", "E-mail", hint="Yours", error="Write it with an @")')
    assert 'aria-describedby="mail-hint mail-error"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="mail-error"' in shown
    assert '<label class="usa-label usa-label--error" for="mail">' in shown


@pytest.mark.parametrize(
    "call",
    [
        'text_input("f", "L", error=e, hint=h)',
        'text_area("f", "L", error=e, hint=h)',
        'select("f", "L", options, error=e, hint=h)',
        'file_input("f", "L", error=e, hint=h)',
        'radio_group("f", "L", options, error=e, hint=h)',
        'scale("f", "L", options, error=e, hint=h)',
    ],
)
def test_every_field_ties_its_hint_and_its_error_to_its_control(call: str) -> None:
    shown = part(call, options=LEVELS, e="What is wrong", h="What to think of")
    assert 'aria-describedby="f-hint f-error' in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="f"' in shown, "the list of errors links to the control by the name of the field"


@pytest.mark.parametrize(
    "call", ['text_input("f", "L")', 'radio_group("f", "L", options)', 'select("f", "L", options)']
)
def test_a_field_without_hint_or_error_claims_neither(call: str) -> None:
    shown = part(call, options=POINTS)
    assert "f-hint" not in shown
    assert "f-error" not in shown
    assert "aria-invalid" not in shown


def test_a_radio_is_named_by_its_label_and_described_by_its_description() -> None:
    shown = part('radio_group("ready", "How ready?", options, value="4")', options=LEVELS)
    assert "<legend" in shown
    assert shown.count('type="radio"') == 5
    assert 'aria-labelledby="ready-2-label" aria-describedby="ready-2-description" checked' in shown
    assert shown.count(" checked") == 1


def test_a_scale_is_a_group_of_radios_and_no_table() -> None:
    shown = part('scale("lessons", "Plans lessons", options)', options=POINTS)
    assert 'role="radiogroup"' in shown
    assert "<table" not in shown


def test_what_a_person_wrote_is_shown_and_never_run() -> None:
    shown = part('text_area("comment", "Comment", value=written)', written="</textarea><script>alert(1)</script>")
    assert "<script" not in shown
    assert "&lt;/textarea&gt;" in shown


def test_a_cell_made_by_a_part_stays_markup_and_a_plain_one_is_escaped() -> None:
    shown = part('table("Programs", ["Name", "Note"], [[parts.link("/1", "One"), "<i>"]])')
    assert '<th scope="row"><a class="usa-link" href="/1">One</a></th>' in shown
    assert "&lt;i&gt;" in shown
    assert '<th scope="col">Name</th>' in shown


def test_an_empty_table_says_that_it_is_empty() -> None:
    assert "Nobody yet." in part('table("Hires", ["Who", "Where"], [], empty="Nobody yet.")')


def test_the_list_of_errors_links_to_each_field() -> None:
    shown = part("error_summary(errors)", errors=ERRORS)
    assert '<a class="usa-link" href="#readiness">Choose how ready Ada was</a>' in shown
    assert "4 things need your attention" in shown
    assert part("error_summary({})") == ""


def test_progress_is_told_in_words() -> None:
    assert "2 of 5 answered" in part("progress(2, 5)")
    assert 'max="1"' in part("progress(0, 0)"), "nothing to answer is no division by zero"


@pytest.mark.parametrize(("page", "links"), [(1, ["page=2"]), (2, ["page=1", "page=3"]), (3, ["page=2"])])
def test_a_list_leads_to_the_pages_before_and_after(page: int, links: list[str]) -> None:
    shown = part("pagination(page, 3, '/hires?page={page}')", page=page)
    assert shown.count("href=") == len(links)
    assert all(link in shown for link in links)
    assert f"Page {page} of 3" in shown


def test_a_single_page_needs_no_pagination() -> None:
    assert part("pagination(1, 1, '/hires?page={page}')") == ""


def test_a_name_that_the_template_does_not_know_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        part("tag(unknown)")


@pytest.mark.parametrize(
    "template",
    sorted([*REPOSITORY.glob("shared/**/templates/*.html"), *REPOSITORY.glob("services/**/templates/*.html")]),
    ids=lambda path: str(path.relative_to(REPOSITORY)),
)
def test_no_template_holds_a_script_or_a_style(template: Path) -> None:
    """The policy forbids them; a browser would drop them without a word."""
    assert re.findall(r"<style|<script(?! src=)|\sstyle=|\son[a-z]+=|javascript:", template.read_text()) == []


def test_values_are_written_for_people() -> None:
    assert written_date(date(2027, 4, 5)) == "5 April 2027"
    assert written_moment(datetime(2027, 4, 5, 9, 30, tzinfo=UTC)) == "5 April 2027, 09:30 UTC"
    assert percent(0.256) == "26%"
    assert percent(0.2564, 1) == "25.6%"
    assert number(1234567) == "1,234,567"
    assert dash("") == "—"
    assert dash(0) == 0
    assert written_date(None) == written_moment(None) == percent(None) == number(None) == "—"


async def test_a_static_file_may_be_kept_for_ever_under_the_name_of_its_content(gallery: Gallery) -> None:
    by_content = await got(gallery, static_address("prepbridge.css"))
    assert by_content.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "immutable" not in (await got(gallery, "/static/prepbridge.css")).headers["Cache-Control"]
    assert (await got(gallery, "/static/nothing.css")).status_code == 404


async def test_an_error_page_tells_what_happened_and_what_to_quote(gallery: Gallery) -> None:
    answer = await got(gallery, "/wrong")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "7f3a" in answer.text
    assert "Sign out" not in answer.text, "nobody is signed in"


async def test_the_title_says_that_something_needs_mending(gallery: Gallery) -> None:
    assert "<title>Error: Gallery · PrepBridge</title>" in (await got(gallery, "/")).text
    assert "<title>Gallery · PrepBridge</title>" in (await got(gallery, "/mended")).text
