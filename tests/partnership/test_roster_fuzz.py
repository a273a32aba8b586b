"""Whatever arrives, in whatever form: it is read, or rejected with a reason, in bounded time and memory.

PREPBRIDGE_FUZZ_EXAMPLES=20000 runs longer; a failure is shrunk and shown as a zip's files.
"""

import os
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.match_keys import comparable_name
from services.partnership.domain.microsoft_sds import read_microsoft_sds
from services.partnership.domain.observation import Roster
from services.partnership.domain.oneroster import may_be_delta, read_oneroster
from services.partnership.domain.oneroster_known import Known
from services.partnership.domain.oneroster_values import (
    is_address,
    is_rounded_number,
    read_boolean,
    read_date,
    read_role,
    read_stamp,
    read_status,
    read_user_ids,
)
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_text import LONGEST_ROW
from tests.partnership.rosters import (
    ORG_HEADER,
    ROLE_HEADER,
    USER_HEADER_11,
    USER_HEADER_12,
    a_manifest,
    a_teacher_11,
    a_user,
    a_zip,
    as_csv,
    codes,
    read,
    rejected,
    roster_files,
    roster_files_11,
)
from tests.partnership.test_microsoft_sds import FILES as SDS_FILES

EXAMPLES = int(os.environ.get("PREPBRIDGE_FUZZ_EXAMPLES", "120"))
FUZZ = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SETS = Path(__file__).parents[3] / "shared" / "data" / "oneroster"
LONGEST_SECONDS = 5.0
MOST_BYTES = 48 * 1024 * 1024
STAMP = {"status": "active", "dateLastModified": "2026-09-01T04:00:00.000Z"}

KNOWN = tuple(read(a_zip(roster_files(users=[a_user(i) for i in range(1, 6)]))).kept or ())
WHOLE: list[Mapping[str, str | bytes]] = [
    roster_files(users=[a_user(i) for i in range(1, 6)]),
    roster_files_11(users=[a_teacher_11(i) for i in range(1, 6)]),
    roster_files(users=[a_user(2, **STAMP), a_user(9, **STAMP)], roles=[], mode="delta"),
    SDS_FILES,
]
if SETS.is_dir():
    for path in sorted(SETS.glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            WHOLE.append({name: archive.read(name)[:20_000] for name in archive.namelist()})

PIECES = [
    b"", b'"', b'""', b",", b",,,,", b"\r", b"\n", b"\r\n", b"\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"\x81", b";", b"\t",
    b"NULL", b"1.23E+11", b"{", b"}", b"[", b'[{"type":"a","identifier":"\\ud800"}]', b"=1+1", b"tobedeleted", b"delta",
    b"9999-12-31", b"24/8/2026", b"2026-09-01T04:00:00+99:99", b"\xf0\x9f\x98\x80", b"\xcc\x81", b"a" * 3000, b"\x1a",
    b"student", b"sourcedId", b"\xe2\x80\xa8", b"-", b"00350105", b"u-1", b"s-1", b"roleType", b"metadata.mepid",
]  # fmt: skip
VALUES = [piece.decode("utf-8", "replace") for piece in PIECES] + ["teacher", "principal", "true", "primary"]
Change = Callable[[bytes], bytes]


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One thing that goes wrong with a file's bytes."""
    kind, at = draw(st.integers(0, 6)), draw(st.floats(0, 1, exclude_max=True))
    piece, length = draw(st.sampled_from(PIECES) | st.binary(max_size=8)), draw(st.integers(0, 60))

    def changed(content: bytes) -> bytes:
        place = int(at * len(content))
        lines = content.split(b"\n")
        line = int(at * len(lines))
        return (
            content[:place] + piece + content[place:],
            content[:place] + piece + content[place + length :],
            content[:place],
            content[:place] + content[place : place + length] * 3 + content[place:],
            b"\n".join([*lines[:line], *reversed(lines[line:])]),
            content.replace(lines[0][: max(1, length)], piece),
            b"\n".join([*lines[: line + 1], *lines[line:]]),
        )[kind]

    return changed


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A real set, or one of ours, with some of its files spoilt; the archive, too, at times."""
    files = dict(draw(st.sampled_from(WHOLE)))
    for change in draw(st.lists(changes(), max_size=4)):
        name = draw(st.sampled_from(sorted(files)))
        content = files[name]
        files[name] = change(content.encode() if isinstance(content, str) else content)
    packed = a_zip(files).getvalue()
    return draw(changes())(packed) if draw(st.integers(0, 4)) == 0 else packed


@st.composite
def invented(draw: st.DrawFn) -> bytes:
    """Tables of any columns and values, under the names that are looked for."""
    files = {}
    for name, header in (("orgs.csv", ORG_HEADER), ("roles.csv", ROLE_HEADER), ("users.csv", USER_HEADER_12)):
        usual = st.just(USER_HEADER_11 if name == "users.csv" and draw(st.booleans()) else header)
        columns = draw(usual | st.permutations(header) | st.lists(st.sampled_from([*header, *VALUES]), max_size=30))
        rows = st.lists(st.lists(st.sampled_from(VALUES) | st.text(max_size=6), max_size=26), max_size=6)
        lines = [",".join(columns), *(",".join(row) for row in draw(rows))]
        files[name] = draw(st.sampled_from(["\r\n", "\n", "\r"])).join(lines).encode("utf-8", "surrogatepass")
    mode = draw(st.sampled_from(["bulk", "delta", "absent"]))
    return a_zip({**files, "manifest.csv": a_manifest("1.2", list(files), mode)}).getvalue()


def taken(content: bytes, *, is_sds: bool, knows: bool) -> Roster | None:
    """What comes out, gone through to the end; None when the set was rejected."""
    file, mapping = BytesIO(content), ConnectionMapping(district_code="00350000")
    may_be_delta(file, mapping)
    roster, rejection = None, None
    try:
        if is_sds:
            roster = read_microsoft_sds(file, mapping)
        else:
            known = Known() if knows else None
            if known is not None:
                known.take(KNOWN)
            roster = read_oneroster(file, mapping, None, known)
    except RosterRejected as caught:
        rejection = caught
    if roster is None:
        assert rejection is not None
        assert rejection.findings.worst == "reject"
        return None
    people = tuple(roster.observations)
    assert len(people) == roster.people_kept
    assert people == tuple(roster.observations)
    assert "reject" not in {finding.level for finding in roster.findings}
    if roster.kept is not None:
        Known().take(roster.kept)
    return roster


@given(content=spoilt() | invented(), is_sds=st.booleans(), knows=st.booleans())
@FUZZ
def test_a_spoilt_set_is_read_or_rejected_and_soon(content: bytes, is_sds: bool, knows: bool) -> None:
    began = process_time()
    taken(content, is_sds=is_sds, knows=knows)
    assert process_time() - began < LONGEST_SECONDS


@given(content=st.binary(max_size=3000))
@FUZZ
@example(content=b"PK\x05\x06" + b"\xff" * 18)
@example(content=b"PK\x06\x06" + b"\xff" * 52 + b"PK\x06\x07" + b"\xff" * 16 + b"PK\x05\x06" + b"\xff" * 18)
def test_bytes_are_rejected(content: bytes) -> None:
    assert taken(content, is_sds=False, knows=False) is None


@given(text=st.text() | st.text(st.sampled_from("{}[]:,;\"'E+-.0123456789/TZ @studentpare")))
@FUZZ
def test_a_value_of_anything_is_something_or_nothing(text: str) -> None:
    for read_value in (read_date, read_role, read_boolean, read_status, is_address, is_rounded_number):
        read_value(text)
    moment, odd = read_stamp(text, "America/New_York")
    assert moment is not None or odd is not None
    assert moment is None or moment.timestamp()
    pairs, _ = read_user_ids(text)
    assert all(value.strip() == value and value for _, value in pairs)
    assert comparable_name(comparable_name(text)) is not None


def without_an_end(piece: str, times: int) -> BytesIO:
    files = roster_files()
    return a_zip({**files, "users.csv": files["users.csv"].splitlines()[0] + "\r\n" + piece * times})


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (without_an_end("x" * 1000, LONGEST_ROW // 500), "csv.row_too_long"),
        (without_an_end('"a\n",', LONGEST_ROW), "csv.row_too_long"),
        (without_an_end('"ab\ncd,', LONGEST_ROW // 64), ""),
        (a_zip({**roster_files(), "users.csv": "a," * 500_000}), "header.too_wide"),
        (a_zip({**roster_files(), "users.csv": ("x" * 90_000 + ",") * 5}), "header.required_missing"),
    ],
    ids=["line", "quoted lines", "open quotes", "columns", "long names"],
)
def test_a_row_that_does_not_end_takes_neither_memory_nor_time(packed: BytesIO, code: str) -> None:
    packed = a_flat(packed)
    tracemalloc.start()
    began = process_time()
    try:
        rejection = rejected(packed)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert code in codes(rejection) or not code
    assert peak < MOST_BYTES
    assert process_time() - began < 4 * LONGEST_SECONDS


def a_flat(packed: BytesIO) -> BytesIO:
    """Stored, not packed: what repeats itself would be taken for a bomb."""
    flat = BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(flat, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return flat


def test_many_long_values_are_not_remembered() -> None:
    """What a cache keeps, it keeps for ever."""
    files = roster_files(users=[])
    rows = "".join(f"r-{i},,,u-{i},{'p' * 20_000}{i},{'r' * 20_000}{i},{'2' * 20_000},,s-1,\r\n" for i in range(400))
    content = {**files, "roles.csv": as_csv(ROLE_HEADER, []) + rows, "users.csv": as_csv(USER_HEADER_12, [a_user(1)])}
    packed = a_flat(a_zip(content))
    tracemalloc.start()
    try:
        rejected(packed)
        before = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert before < MOST_BYTES // 8
