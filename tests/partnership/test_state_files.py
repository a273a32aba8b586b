"""Staff files of states and districts, as declared: EPIMS-like, a district's HR export, lists of numbers."""

from datetime import date
from io import BytesIO

import pytest

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.sighting import sight
from services.partnership.domain.state_files import read_state_files
from services.partnership.domain.state_layout import StateLayout
from tests.partnership.rosters import a_zip
from tests.partnership.state import (
    EPIMS,
    HR_HEADER,
    SR,
    WA,
    WITH_SCHOOL,
    at_work,
    epims,
    in_roster,
    read,
    rejection,
    text,
    the_person,
)
from tests.partnership.working import DISTRICT_CODE, SCHOOL_CODE


@pytest.mark.parametrize("header", [True, False])
def test_a_roster_and_its_assignments_are_a_person_with_every_zero_kept(header: bool) -> None:
    roster = read(epims(header=header))
    person = the_person(roster)
    assert person.ids == (("local_id", "E1"), ("state_id", "00000001"))
    assert (person.names.given, person.names.middle, person.names.family) == ("Mei", "", "Lee1")
    assert (person.hire_date, person.exit_date, person.active) == (date(2024, 8, 24), None, True)
    (position,) = person.positions
    assert (position.organization_code, position.role, position.fte) == (SCHOOL_CODE, "teacher", 1.0)
    assert (roster.mode, roster.version, dict(roster.findings.counts)) == ("delta", "epims 2018 2018", {})
    for secret in ("RACE-SECRET", "PAY-SECRET", "EVAL-SECRET"):
        assert secret not in repr(list(roster.observations))


def test_columns_may_have_names_instead_of_places() -> None:
    shuffled = list(reversed(SR))
    row = dict(zip(SR, in_roster(), strict=True))
    files = {
        "a.csv": text([row[column] for column in shuffled], header=",".join(shuffled)),
        "b.csv": text(at_work(), header=",".join(WA)),
    }
    roster = read(a_zip(files))
    assert the_person(roster).hire_date == date(2024, 8, 24)
    assert set(roster.findings.counts) == {"privacy.never_read"}


def test_who_left_stays_in_the_file_and_the_exit_date_says_so() -> None:
    """Presence is not employment; the last day is still worked."""
    person = the_person(read(epims(in_roster(SR27="06/30/2026"))))
    assert person.exit_date == date(2026, 7, 1)
    before, after = (sight(person, day, {SCHOOL_CODE}) for day in (date(2026, 6, 30), date(2026, 7, 1)))
    assert before is not None
    assert after is not None
    assert (before.ended_on, after.ended_on) == (None, date(2026, 7, 1))
    next_day = {**EPIMS, "end_dates": "day_after"}
    assert the_person(read(epims(in_roster(SR27="06/30/2026")), next_day)).exit_date == date(2026, 6, 30)


def test_codes_of_status_and_exit_mean_what_the_connection_says() -> None:
    tables = {
        "codes": {
            "employment_status": {"1": "employed", "7": "left", "3": "substitute"},
            "exit_reason": {"09": "stays"},
        }
    }
    layout = {**EPIMS, **tables}
    assert the_person(read(epims(in_roster(SR09="7")), layout)).active is False
    assert the_person(read(epims(in_roster(SR09="3")), layout)).positions[0].role == "substitute"
    assert the_person(read(epims(in_roster(SR10="09", SR27="06/30/2026")), layout)).exit_date is None
    odd = read(epims(in_roster(SR09="8")), layout)
    assert (the_person(odd).active, dict(odd.findings.counts)) == (True, {"value.status_unknown": 1})


@pytest.mark.parametrize(
    ("job", "role", "code"),
    [("1305", "principal", ""), ("2325", "long-term-substitute", ""), ("1215", "district-admin", ""),
     ("4100", "aide", ""), ("3350", "other", ""), ("7777", "other", "value.role_unknown")],
)  # fmt: skip
def test_a_job_is_a_role_by_the_table_of_the_declaration(job: str, role: str, code: str) -> None:
    roster = read(epims(work=[at_work(WA07=job)]))
    assert (the_person(roster).positions[0].role, set(roster.findings.counts)) == (role, {code} - {""})
    extended = {**EPIMS, "codes": {"job": {"7777": "counselor"}}}
    if code:
        assert the_person(read(epims(work=[at_work(WA07=job)]), extended)).positions[0].role == "counselor"
        assert the_person(read(epims(), extended)).positions[0].role == "teacher"


def test_zeros_that_a_spreadsheet_ate_come_back_only_where_nothing_else_can_be_meant() -> None:
    roster = read(epims(in_roster(SR01="123456"), work=[at_work(WA01="00123456", WA06="350105")]))
    assert the_person(roster).ids_of("state_id") == ("00123456",)
    assert the_person(roster).positions[0].organization_code == SCHOOL_CODE
    assert dict(roster.findings.counts) == {"id.zeros_restored": 1, "org.code_zeros_restored": 1}
    foreign = read(epims(work=[at_work(WA06="490010")]))
    assert the_person(foreign).positions[0].organization_code is None
    assert dict(foreign.findings.counts) == {"org.code_unknown": 1}
    short = read(epims(in_roster(SR01="1234"), work=[at_work(WA01="1234")]))
    assert the_person(short).ids_of("state_id") == ("1234",)
    assert short.findings.counts["id.length"] == 2
    assert rejection(epims(in_roster(SR01="1.2E+07")))["value.scientific"] == 1


def test_a_list_of_numbers_joins_what_has_only_a_local_number() -> None:
    numbers = {"preset": ["epims", "epims-mepid"], "files": {
        "numbers": {"columns": {"state_id": {"at": 8}}}, **WITH_SCHOOL["files"],
    }}  # fmt: skip
    layout = StateLayout.model_validate(numbers).model_dump()
    layout["files"]["roster"]["columns"]["state_id"]["required"] = False
    row = "Mei,NMN,Lee1,02/03/1999,F,00,E1,00000001"
    files = {
        "mepid.txt": text(row.split(","), header=f"EPIMS,MEPID_ASSIGN,{DISTRICT_CODE}"),
        "roster.txt": text(in_roster(SR01="0"), header=f"EPIMS,SR,{DISTRICT_CODE}"),
        "work.txt": text(at_work(), header=f"EPIMS,WA,{DISTRICT_CODE}"),
    }
    person = the_person(read(a_zip(files), layout))
    assert person.ids == (("local_id", "E1"), ("state_id", "00000001"))
    assert person.birth_date == date(1999, 2, 3)
    files["mepid.txt"] += "Ann,NMN,Other,02/03/1999,F,00,E1,00000002\r\n"
    doubtful = read(a_zip({**files, "work.txt": text(at_work(WA01="00000009"), header="EPIMS,WA,00350000")}), layout)
    assert [each.ids_of("state_id") for each in doubtful.observations] == [("00000009",)]
    assert doubtful.findings.counts["state.numbers_differ"] == 1


def test_a_districts_own_export_is_read_by_the_names_of_its_columns() -> None:
    rows = [
        "2026,HS,105,Mann,Teacher,Gr 5,0042,Mei,Lee,2020-08-24,2026-06-20,,40,10,F,A,3,N",
        "2027,HS,105,Mann,Teacher,Gr 6,0042,Mei,Lee,2026-08-24,,,40,10,F,A,3,N",
        "2027,HS,,,Superintendent,Head,0043,Ann,Bo,8/1/2025,,,40,10,F,A,3,N",
    ]
    export = BytesIO("\n".join([HR_HEADER, *rows, ""]).encode())
    roster = read(export, {"preset": "hr"}, organization_codes={"105": SCHOOL_CODE})
    mei, ann = roster.observations
    assert (mei.source_key, mei.hire_date, mei.exit_date) == ("local_id:0042", date(2020, 8, 24), None)
    assert {(each.organization_code, each.role) for each in mei.positions} == {(SCHOOL_CODE, "teacher")}
    assert (ann.positions[0].organization_code, ann.positions[0].role) == (DISTRICT_CODE, "district-admin")
    assert roster.mode == "bulk"
    assert {each.value for each in roster.findings if each.code == "privacy.never_read"} == {"Race"}


def test_licences_of_a_list_are_added_to_who_works() -> None:
    layout = {"preset": ["hr", "boston-licences"]}
    licences = (
        "StaffId\tEmplRecord\tName\tDeptId\tDescr\tAccomp\tDescription\tGradeLevel\tStage\tLicenseNo\tIssueDate\n"
        "0042\t0\tLee, Mei\t1\tx\tx\tx\tx\tInitial\t00812345\t2024-01-01\n"
        "0099\t0\tNobody\t1\tx\tx\tx\tx\tx\t00899999\tx\n"
    )
    staff = f"{HR_HEADER}\n2027,HS,{SCHOOL_CODE},Mann,Teacher,Gr 6,0042,Mei,Lee,2026-08-24,,,40,10,F,A,3,N\n"
    person = the_person(read(a_zip({"Licences.txt": licences, "staff.csv": staff}), layout))
    assert person.ids_of("licence") == ("00812345",)


def test_files_about_students_are_refused_in_plain_words() -> None:
    for first in (
        f"SIMS,OCT,{DISTRICT_CODE}",
        f"SCS,EOY,{DISTRICT_CODE}",
        "DOE001,DOE002,DOE015",
        "LASID,SASID",
        "SCS01,SCS02",
    ):
        assert rejection(BytesIO(f"{first}\nMei,Lee,1\n".encode())) == {"state.student_file": 1}


def test_another_districts_file_and_an_undeclared_one_are_refused() -> None:
    files = {"roster.txt": text(in_roster(), header="EPIMS,SR,00490000")}
    assert rejection(a_zip(files)) == {"state.other_district": 1}
    assert rejection(a_zip({"x.csv": "a,b\n1,2\n"})) == {"state.file_undeclared": 1, "state.no_staff_file": 1}
    with pytest.raises(RosterRejected):
        read_state_files(BytesIO(b"a"), ConnectionMapping())


def test_broken_rows_are_named_and_a_cut_file_is_refused() -> None:
    roster = [in_roster(n) for n in range(1, 41)]
    work = [at_work(n) for n in range(1, 41)] + [at_work(99)]
    roster[4] = in_roster(5, SR06="")
    found = read(epims(*roster, work=work))
    assert {(each.code, each.file, each.line, each.column) for each in found.findings} == {
        ("value.required", "staff_roster.txt", 6, "SR06"),
        ("state.person_unknown", "work_assignment.txt", 6, "WA01"),
        ("state.person_unknown", "work_assignment.txt", 42, "WA01"),
    }
    assert len(found.observations) == 39
    whole = text(*roster, header=f"EPIMS,SR,{DISTRICT_CODE}")
    assert "csv.last_line_short" in rejection(a_zip({"roster.txt": whole[:-110]}))
    too_many = [in_roster(n, SR04="" if n % 5 == 0 else "Mei") for n in range(1, 41)]
    assert rejection(epims(*too_many, work=[]))["file.too_many_errors"] == 1
