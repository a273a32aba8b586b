"""Readers of Ed-Fi and state files on anything at all: a roster or a rejection, zeros kept, intervals converted."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from services.partnership.domain.edfi_bundle import read_edfi_bundle
from services.partnership.domain.edfi_layout import ASSIGNMENTS, EMPLOYMENTS, STAFFS
from services.partnership.domain.edfi_xml import read_edfi_xml
from services.partnership.domain.employment import goes_on, last_stretch
from services.partnership.domain.observation import Roster
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.sighting import sight
from services.partnership.domain.state_files import read_state_files
from tests.partnership import state
from tests.partnership.edfi import (
    BOSTON,
    a_bundle,
    a_person,
    an_assignment,
    an_employment,
    an_id,
    bundle_files,
    people,
    the_person,
)
from tests.partnership.edfi import read as read_bundle
from tests.partnership.rosters import a_zip
from tests.partnership.test_edfi_xml import STAFF, an_upload, staff_file
from tests.partnership.test_edfi_xml import an_assignment as an_xml_assignment
from tests.partnership.test_edfi_xml import an_employment as an_xml_employment
from tests.partnership.working import SCHOOL_CODE

EPIMS = state.mapped(state.EPIMS)
READERS: dict[str, Callable[[BytesIO], Roster]] = {
    "bundle": lambda packed: read_edfi_bundle(packed, BOSTON),
    "xml": lambda packed: read_edfi_xml(packed, BOSTON),
    "state": lambda packed: read_state_files(packed, EPIMS),
}
WHOLE = {"bundle": a_bundle().getvalue(), "xml": an_upload().getvalue(), "state": state.epims().getvalue()}
LOOSE_XML = staff_file(STAFF, an_xml_employment(), an_xml_assignment()).encode()
DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))
NUMBERS = st.text("0123456789", min_size=1, max_size=20).map(lambda digits: f"0{digits}")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | DAYS.map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def is_read_or_rejected(reader: str, packed: bytes) -> None:
    rejection = None
    try:
        READERS[reader](BytesIO(packed))
    except RosterRejected as caught:
        rejection = caught
    assert rejection is None or (rejection.findings.worst == "reject" and rejection.message)


@given(reader=st.sampled_from(list(READERS)), content=st.binary(max_size=1000))
@settings(max_examples=200, deadline=None)
def test_bytes_are_read_or_rejected(reader: str, content: bytes) -> None:
    is_read_or_rejected(reader, content)


@given(
    reader=st.sampled_from(list(READERS)),
    cut=st.integers(0, 4000),
    flips=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=4),
)
@settings(max_examples=300, deadline=None)
def test_a_damaged_archive_is_read_or_rejected(reader: str, cut: int, flips: list[tuple[int, int]]) -> None:
    whole = bytearray(WHOLE[reader])
    for at, byte in flips:
        whole[at % len(whole)] = byte
    is_read_or_rejected(reader, bytes(whole[: len(whole) - cut if cut < 1000 else len(whole)]))


@given(
    cut=st.integers(0, 4000),
    flips=st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=3)), max_size=4),
)
@example(cut=0, flips=[(0, b"\xff\xfe")])
@settings(max_examples=300, deadline=None)
def test_damaged_xml_is_read_or_rejected(cut: int, flips: list[tuple[int, bytes]]) -> None:
    whole = LOOSE_XML
    for at, other in flips:
        at %= len(whole)
        whole = whole[:at] + other + whole[at + len(other) :]
    is_read_or_rejected("xml", whole[: len(whole) - cut % len(whole)])


@given(
    resource=st.sampled_from([STAFFS, EMPLOYMENTS, ASSIGNMENTS, "schools", "localEducationAgencies"]),
    changes=st.dictionaries(
        st.sampled_from([
            "staffUniqueId", "firstName", "lastSurname", "identificationCodes", "electronicMails", "staffReference",
            "educationOrganizationReference", "hireDate", "beginDate", "endDate", "employmentStatusDescriptor",
            "staffClassificationDescriptor", "schoolId", "localEducationAgencyId", "nameOfInstitution",
            "localEducationAgencyReference", "birthDate", "otherNames", "personReference", "orderOfAssignment",
            "_lastModifiedDate", "fullTimeEquivalency",
        ]),
        JSON,
        max_size=4,
    ),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_resources_with_anything_in_them_are_read_or_rejected(resource: str, changes: dict[str, Any]) -> None:
    files = bundle_files()
    members = json.loads(files[f"{resource}.ndjson"].splitlines()[0]) | changes
    is_read_or_rejected("bundle", a_zip({**files, f"{resource}.ndjson": json.dumps(members) + "\n"}).getvalue())


@given(rows=st.lists(st.lists(st.text(max_size=12), max_size=30), max_size=6), keeps_header=st.booleans())
@settings(max_examples=150, deadline=None)
def test_rows_of_anything_are_read_or_rejected(rows: list[list[str]], keeps_header: bool) -> None:
    roster = state.text(*rows, header="EPIMS,SR,00350000" if keeps_header else "").encode("utf-8", "surrogatepass")
    is_read_or_rejected("state", a_zip({"roster.txt": roster, "work.txt": state.text(state.at_work())}).getvalue())


@given(number=NUMBERS, key=NUMBERS)
@settings(max_examples=100, deadline=None)
def test_no_zero_at_the_beginning_of_an_id_is_lost_or_made_up_in_ed_fi(number: str, key: str) -> None:
    person = a_person(staffUniqueId=key, identificationCodes=[an_id(number)])
    reference: dict[str, Any] = {"staffReference": {"staffUniqueId": key}}
    packed = a_bundle(
        **{STAFFS: [person], EMPLOYMENTS: [an_employment(**reference)], ASSIGNMENTS: [an_assignment(**reference)]}
    )
    seen = the_person(read_bundle(packed))
    assert seen.source_key == key
    assert seen.ids_of("state_id") in ((number,), ())
    assert seen.ids_of("state_id") or set(number) == {"0"} or number == "01"


@given(number=st.text("0123456789", min_size=1, max_size=8), local=NUMBERS)
@settings(max_examples=100, deadline=None)
def test_state_ids_keep_their_zeros_and_get_back_at_most_two(number: str, local: str) -> None:
    packed = state.epims(state.in_roster(SR01=number, SR02=local), work=[])
    try:
        person = state.the_person(read_state_files(packed, EPIMS))
    except RosterRejected:
        assert number in {"0", "00", "000"}  # these stand for none
        return
    (seen,) = person.ids_of("state_id")
    assert seen == (number.zfill(8) if len(number) >= 6 else number)
    assert set(person.ids_of("local_id")) <= {local}


@given(begin=DAYS, length=st.integers(0, 20_000))
@settings(max_examples=150, deadline=None)
def test_a_last_day_of_work_is_the_day_before_the_first_without(begin: date, length: int) -> None:
    last = begin + timedelta(days=length)
    assume(begin.year > 1900 and last.year < 2099)  # beyond these, dates stand for "none" and "open"
    employments = [an_employment(hireDate=str(begin), endDate=str(last))]
    packed = people(employments, [an_assignment(beginDate=str(begin), endDate=str(last))])
    roster = state.in_roster(SR11=begin.strftime("%m/%d/%Y"), SR27=last.strftime("%m/%d/%Y"))
    for person in (
        the_person(read_bundle(packed)),
        state.the_person(read_state_files(state.epims(roster), EPIMS)),
    ):
        assert (person.hire_date, person.exit_date) == (begin, last + timedelta(days=1))
        on_last, after = (sight(person, day, {SCHOOL_CODE}) for day in (last, last + timedelta(days=1)))
        assert on_last is not None
        assert after is not None
        assert (on_last.ended_on, after.ended_on) == (None, last + timedelta(days=1))


@given(
    stretches=st.lists(st.tuples(DAYS, st.none() | st.integers(1, 4000)), min_size=1, max_size=6), order=st.randoms()
)
@settings(max_examples=200, deadline=None)
def test_the_last_stretch_of_employment_does_not_depend_on_the_order_of_its_rows(
    stretches: list[tuple[date, int | None]], order: Any
) -> None:
    rows = [(begin, None if days is None else begin + timedelta(days=days)) for begin, days in stretches]
    shuffled = list(rows)
    order.shuffle(shuffled)
    found = last_stretch(rows)
    assert found == last_stretch(shuffled)
    assert found is not None
    hired, end = found
    assert hired in {begin for begin, _ in rows}
    assert end in {last for _, last in rows}
    assert end is None or not any(last is None for begin, last in rows if goes_on(end, begin))
