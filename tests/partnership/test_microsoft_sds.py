"""Microsoft School Data Sync v2.1: like OneRoster, and not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.microsoft_sds import read_microsoft_sds
from services.partnership.domain.observation import Roster
from services.partnership.domain.roster_findings import RosterRejected
from tests.partnership.rosters import a_roster, a_roster_11, a_zip, codes, only
from tests.partnership.working import Working

SETS = Path(__file__).parents[3] / "shared" / "data" / "oneroster"
ORGS = """sourcedId,name,type,parentSourcedId
00350000,Boston,district,
00350105,Mann,school,00350000
"""
ROLES = """userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate
t-1,00350105,teacher,SY2026,,TRUE,2026-08-24,2027-06-11
t-1,00350000,adminStaff,SY2026,,FALSE,,
s-1,00350105,student,SY2026,10,TRUE,2026-08-24,2027-06-11
"""
USERS = """sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms
t-1,mlee@district.example,Mei,Lee,hunter2,mlee,,,
s-1,pupil@district.example,Marker,Kid,hunter2,,,,
c-1,contact@mail.example,Marker,Parent,,,contact@mail.example,,
"""
FILES = {"orgs.csv": ORGS, "roles.csv": ROLES, "users.csv": USERS}


def read_sds(files: Mapping[str, str | bytes], mapping: ConnectionMapping | None = None) -> Roster:
    roster = read_microsoft_sds(a_zip(files), mapping or ConnectionMapping(district_code="00350000"))
    return replace(roster, observations=tuple(roster.observations))


def refused(packed: BytesIO) -> set[str]:
    with pytest.raises(RosterRejected) as refusal:
        read_microsoft_sds(packed, ConnectionMapping())
    return codes(refusal.value)


def test_a_teacher_is_kept_with_the_roles_of_the_sessions() -> None:
    roster = read_sds(FILES)
    assert (roster.version, roster.mode) == ("2.1", "bulk")
    person = only(roster)
    assert (person.source_key, person.emails) == ("t-1", ("mlee@district.example",))
    assert [(p.organization_code, p.role, p.primary, p.start) for p in person.positions] == [
        ("00350105", "teacher", True, date(2026, 8, 24)),
        ("00350000", "other", False, None),
    ]


def test_the_last_day_of_a_role_is_included() -> None:
    (teaching, _) = only(read_sds(FILES)).positions
    assert (teaching.in_force_on(date(2027, 6, 11)), teaching.in_force_on(date(2027, 6, 12))) == (True, False)


def test_students_contacts_and_passwords_are_dropped_and_counted() -> None:
    roster = read_sds({**FILES, "userFlags.csv": "userSourcedId,flag\ns-1,iep\n", "relationships.csv": "x\n"})
    assert roster.people_dropped == {"student": 1, "no_role": 1}
    assert roster.findings.counts == {"privacy.unexpected_data": 4}
    assert not any(word in str((roster.observations, list(roster.findings))) for word in ("Marker", "hunter2", "iep"))


def test_a_college_is_an_organization_and_a_professor_a_teacher() -> None:
    orgs = ORGS + "c-1,College,college,\n"
    roster = read_sds({**FILES, "orgs.csv": orgs, "roles.csv": ROLES + "t-1,c-1,professor,FS2026,,TRUE,,\n"})
    assert "college" in {organization.type for organization in roster.organizations}
    assert [p.role for p in only(roster).positions if p.organization_type == "college"] == ["teacher"]
    assert "value.enumeration" not in codes(roster)


def test_what_is_broken_is_said_as_of_oneroster() -> None:
    many = "".join(f"t-{i},u{i},Ann,Lee{i},,,,,\n" for i in range(10, 60))
    roles = "".join(f"t-{i},00350105,Teacher,SY2026,,TRUE,,\n" for i in range(10, 60))
    broken = "t-1,nowhere,teacher,SY2026,,TRUE,,\nt-99,00350105,janitor,SY2026,,,8/24/2026,2026-08-01\n"
    roster = read_sds({**FILES, "users.csv": USERS + many, "roles.csv": ROLES + roles + broken})
    assert {"role.unknown_org", "role.unknown_user", "value.role_unknown", "value.dates_inverted"} <= codes(roster)
    assert {finding.column for finding in roster.findings if "date" in finding.code} == {"roleStartDate", "roleEndDate"}
    assert roster.people_kept == 51


def test_a_oneroster_set_is_told_apart() -> None:
    assert refused(a_roster()) == {"file.oneroster"}
    assert refused(a_roster_11()) == {"file.oneroster"}


def test_the_first_format_and_an_incomplete_set_are_refused_by_name() -> None:
    assert refused(a_zip({"School.csv": "SIS ID,Name\n", "Teacher.csv": "SIS ID\n"})) == {"file.microsoft_sds_v1"}
    assert refused(a_zip({"users.csv": USERS})) == {"file.missing"}


async def test_a_feed_is_connected_as_microsoft_sds_and_refuses_oneroster(partnership: Working) -> None:
    answer = await partnership.connect(connection_id="sds", source="microsoft-sds-csv")
    assert answer.status_code == 201, answer.text
    who = {"content-type": "application/zip", **partnership.as_district()}
    address = "/v1/feeds/sds/snapshots?observed_at=2026-09-01"
    taken = await partnership.client.post(address, content=a_zip(FILES).getvalue(), headers=who)
    assert (taken.json()["state"], taken.json()["people_kept"]) == ("applied", 1), taken.text
    other = await partnership.client.post("/v1/feeds/sds/snapshots", content=a_roster().getvalue(), headers=who)
    assert (other.status_code, other.json()["findings"][0]["code"]) == (422, "file.oneroster")


@pytest.mark.shared_data
@pytest.mark.skipif(not SETS.is_dir(), reason="not run: the sample sets are not here")
def test_the_sample_of_the_makers_is_read() -> None:
    files = {path.name: path.read_bytes() for path in (SETS / "microsoft-sds-v2.1").iterdir()}
    roster = read_sds(files)
    assert [(each.names.given, [p.role for p in each.positions]) for each in roster.observations] == [
        ("Jason", ["teacher"]),
        ("Kristen", ["teacher", "teacher"]),
    ]
    assert roster.people_dropped == {"student": 4, "no_role": 2}
    assert roster.findings.counts == {"org.code_unknown": 1, "privacy.unexpected_data": 5, "value.enumeration": 1}
