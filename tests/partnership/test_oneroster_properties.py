"""What holds for every roster: tolerated quirks change nothing, and bytes never cause anything but a rejection."""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from services.partnership.domain.roster_findings import RosterRejected
from tests.partnership.rosters import (
    Row,
    a_role,
    a_roster,
    a_roster_11,
    a_teacher_11,
    a_user,
    a_zip,
    read,
    roster_files,
    roster_files_11,
)

Lines = list[list[str]]

NAMES = st.text(st.sampled_from("abcdefgÉñü'’- ,=\"Øß"), min_size=1, max_size=12).map(str.strip).filter(bool)
USERS = st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["", "=1+1", "Ann Marie"])), min_size=1, max_size=6)


def people(names: list[tuple[str, str, str]]) -> list[Row]:
    return [
        a_user(i, givenName=given, familyName=family, middleName=middle)
        for i, (given, family, middle) in enumerate(names, 1)
    ]


def rows_in_any_order(lines: Lines) -> Lines:
    return [lines[0], *reversed(lines[1:])]


def columns_in_any_order(lines: Lines) -> Lines:
    return [list(reversed(line)) for line in lines]


def shouting_header(lines: Lines) -> Lines:
    return [[f" {name.upper()} " for name in lines[0]], *lines[1:]]


def unknown_column(lines: Lines) -> Lines:
    return [[*lines[0], "ext_vendor"], *([*line, "x" if any(map(str.strip, line)) else ""] for line in lines[1:])]


def padded_values(lines: Lines) -> Lines:
    return [lines[0], *([f" {value} " for value in line] for line in lines[1:])]


def other_words(lines: Lines) -> Lines:
    words = {"true": "TRUE", "teacher": "Teacher", "primary": "PRIMARY"}
    return [lines[0], *([words.get(value, value) for value in line] for line in lines[1:])]


def blank_lines(lines: Lines) -> Lines:
    return [*lines, [], [""] * len(lines[0]), []]


def twice(lines: Lines) -> Lines:
    return [*lines, *lines[1:]]


REWRITINGS: list[Callable[[Lines], Lines]] = [
    rows_in_any_order, columns_in_any_order, shouting_header, unknown_column, padded_values, other_words, blank_lines,
    twice,
]  # fmt: skip
VALUES = ["", "NULL", "u-1", "s-1", '"', "a,b", "{a:b}", "1E+9", "teacher", "true"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]


@st.composite
def handwriting(draw: st.DrawFn) -> Callable[[str], bytes]:
    """Any mix of tolerated quirks, as a way of writing a CSV file."""
    rewritings = draw(st.lists(st.sampled_from(REWRITINGS), unique=True))
    delimiter, line_end = draw(st.sampled_from([",", ";", "\t"])), draw(st.sampled_from(["\r\n", "\n", "\r"]))
    quotes_all = draw(st.booleans())
    encoding = draw(st.sampled_from(ENCODINGS))

    def written(text: str) -> bytes:
        lines = list(csv.reader(StringIO(text, newline="")))
        for rewriting in rewritings:
            lines = rewriting(lines)
        out = StringIO(newline="")
        quoting: Literal[0, 1] = 1 if quotes_all else 0
        csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(lines)
        return out.getvalue().encode(encoding)

    return written


@given(names=USERS, write=handwriting())
@settings(max_examples=150, deadline=None)
def test_a_1_2_set_written_in_any_tolerated_way_reads_the_same(
    names: list[tuple[str, str, str]], write: Callable[[str], bytes]
) -> None:
    files = roster_files(users=people(names))
    quirky = {name: write(text) if name != "manifest.csv" else text for name, text in files.items()}
    plain = read(a_zip(files))
    odd = read(a_zip(quirky))
    assert [without_line(person) for person in odd.observations] == [without_line(p) for p in plain.observations]
    assert odd.organizations == plain.organizations


@given(names=USERS, write=handwriting())
@settings(max_examples=100, deadline=None)
def test_a_1_1_set_written_in_any_tolerated_way_reads_the_same(
    names: list[tuple[str, str, str]], write: Callable[[str], bytes]
) -> None:
    teachers = [a_teacher_11(i, **row) for i, row in enumerate(people(names), 1)]
    files = roster_files_11(users=teachers)
    quirky = {name: write(text) if name != "manifest.csv" else text for name, text in files.items()}
    odd = read(a_zip(quirky))
    plain = read(a_zip(files))
    assert [without_line(person) for person in odd.observations] == [without_line(p) for p in plain.observations]


@given(content=st.binary(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_bytes_are_a_roster_or_are_rejected(content: bytes) -> None:
    read_or_rejected(BytesIO(content))


@given(
    name=st.sampled_from(["users.csv", "orgs.csv", "roles.csv", "manifest.csv"]),
    content=st.binary(max_size=500) | st.text(max_size=500).map(lambda text: text.encode("utf-8", "surrogatepass")),
    keeps_header=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_a_file_of_anything_is_read_or_rejected(name: str, content: bytes, keeps_header: bool) -> None:
    files = roster_files()
    header = files[name].partition("\r\n")[0].encode() + b"\r\n" if keeps_header else b""
    read_or_rejected(a_zip({**files, name: header + content}))


@given(
    rows=st.lists(
        st.lists(
            st.sampled_from(["", "NULL", "u-1", "s-1", '"', "a,b", "{a:b}", "1E+9", "teacher", "true"]), max_size=30
        ),
        max_size=8,
    )
)
@settings(max_examples=200, deadline=None)
def test_rows_of_anything_are_read_or_rejected(rows: Lines) -> None:
    files = roster_files()
    text = files["users.csv"] + "".join(",".join(row) + "\r\n" for row in rows)
    read_or_rejected(a_zip({**files, "users.csv": text}))


@given(cut=st.integers(0, 3000), flips=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_damaged_archive_is_read_or_rejected(cut: int, flips: list[tuple[int, int]]) -> None:
    whole = bytearray(a_roster_11().getvalue() if cut % 2 else a_roster(roles=[a_role()]).getvalue())
    for at, byte in flips:
        whole[at % len(whole)] = byte
    read_or_rejected(BytesIO(bytes(whole[: len(whole) - cut if cut < 1500 else len(whole)])))


def read_or_rejected(packed: BytesIO) -> None:
    rejection = None
    try:
        read(packed)
    except RosterRejected as caught:
        rejection = caught
    assert rejection is None or (rejection.findings.worst == "reject" and rejection.message)


def without_line(person: object) -> object:
    fields = {name: getattr(person, name) for name in type(person).__slots__}  # type: ignore[attr-defined]
    return {name: value for name, value in fields.items() if name != "line"}
