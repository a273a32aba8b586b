"""A OneRoster set becomes the staff of a district, and nobody else."""

from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest

from services.partnership.domain.observation import PersonNames, Position
from tests.partnership.rosters import (
    USER_HEADER_12,
    a_manifest,
    a_role,
    a_roster,
    a_roster_11,
    a_teacher_11,
    a_user,
    a_zip,
    codes,
    only,
    read,
    rejected,
    roster_files,
    roster_files_11,
)

MANY = range(1, 60)


def test_a_1_2_set_without_a_flaw_has_no_findings() -> None:
    user = a_user(1, middleName="Ann", preferredGivenName="Mia", preferredFamilyName="Li", userMasterIdentifier="g-1")
    roster = read(a_roster(users=[user], roles=[a_role(1, beginDate="2026-08-24", endDate="2027-07-01")]))
    assert (roster.version, roster.mode, codes(roster)) == ("1.2", "bulk", set())
    assert roster.rows_read == {"orgs.csv": 2, "roles.csv": 1, "users.csv": 1}
    person = only(roster)
    assert person.names == PersonNames("Meib", "Leeb", "Ann", "Mia", "Li")
    assert person.ids == (("local_id", "E00001"), ("master_id", "g-1"), ("state_id", "10000001"))
    assert person.ids_of("state_id") == ("10000001",)
    assert person.emails == ("mlee1@district.example",)
    (position,) = person.positions
    assert position == Position(
        "s-1", "00350105", "school", "teacher", "teacher", True, date(2026, 8, 24), date(2027, 7, 1)
    )
    assert (person.active, person.deleted, person.account_enabled, person.line) == (True, False, True, 2)
    assert [person.positions_on(day) != () for day in (date(2026, 8, 23), date(2026, 8, 24), date(2027, 7, 1))] == [
        False,
        True,
        False,
    ]


def test_a_1_1_set_without_a_flaw_has_no_findings() -> None:
    roster = read(a_roster_11(users=[a_teacher_11(1, orgSourcedIds="s-1,d-1")]))
    assert (roster.version, roster.mode, codes(roster)) == ("1.1", "bulk", set())
    assert [(p.organization_code, p.role) for p in only(roster).positions] == [
        ("00350000", "teacher"),
        ("00350105", "teacher"),
    ]


def test_the_errata_version_is_known_by_its_columns() -> None:
    header = [column for column in USER_HEADER_12 if column != "resourceSourcedIds"]
    assert read(a_roster(user_header=header)).version == "1.2.1"


@pytest.mark.parametrize("role", ["student", "guardian", "parent", "relative"])
def test_students_and_families_are_dropped_and_only_counted(role: str) -> None:
    users, roles = [a_user(1), a_user(2, password="hunter2")], [a_role(1), a_role(2, role=role)]
    for roster in (
        read(a_roster(users=users, roles=roles)),
        read(a_roster_11(users=[a_teacher_11(1), a_teacher_11(2, role=role, password="hunter2")])),
    ):
        assert only(roster).source_key == "u-1"
        assert roster.people_dropped == {role: 1}
        assert codes(roster) == {"privacy.unexpected_data"}
        everything = f"{[asdict(o) for o in roster.observations]}{[f.as_dict() for f in roster.findings]}"
        assert "Meic" not in everything
        assert "hunter2" not in everything


def test_somebody_who_is_both_guardian_and_teacher_is_kept_as_teacher() -> None:
    roles = [a_role(1, role="guardian"), a_role(2, userSourcedId="u-1")]
    assert [position.role for position in only(read(a_roster(roles=roles))).positions] == ["teacher"]


def test_a_role_for_nobody_and_a_role_nowhere_are_quarantined() -> None:
    users = [a_user(i) for i in MANY]
    roles = [a_role(i) for i in MANY]
    roster = read(a_roster(users=users, roles=[*roles, a_role(99), a_role(1, orgSourcedId="nowhere")]))
    assert roster.findings.counts == {"role.unknown_user": 1, "role.unknown_org": 1}
    assert [(finding.level, finding.file, finding.line) for finding in roster.findings] == [
        ("error", "roles.csv", 62),
        ("error", "roles.csv", 61),
    ]


def test_somebody_without_a_role_is_kept_as_inactive_unless_they_look_like_a_student() -> None:
    users = [a_user(1), a_user(2), a_user(3, grades="09")]
    roster = read(a_roster(users=users, roles=[a_role(1)]))
    assert [(person.source_key, person.active) for person in roster.observations] == [("u-1", True), ("u-2", False)]
    assert roster.people_dropped == {"student_presumed": 1}
    assert "user.without_role" in codes(roster)


def test_deleted_rows_are_honoured_also_in_a_bulk_file() -> None:
    users = [a_user(1, status="tobedeleted"), a_user(2), a_user(3), a_user(4, enabledUser="false")]
    roles = [a_role(1), a_role(2, status="tobedeleted"), a_role(3), a_role(4)]
    roster = read(a_roster(users=users, roles=roles))
    assert [(person.deleted, person.active) for person in roster.observations] == [
        (True, False),
        (True, False),
        (False, True),
        (False, True),
    ]
    assert [person.account_enabled for person in roster.observations] == [True, True, True, False]
    assert codes(roster) == {"row.status_in_bulk"}


def test_a_delta_is_one_only_if_its_rows_say_so() -> None:
    stamp = {"status": "active", "dateLastModified": "2026-09-01T04:00:00.000Z"}
    users = [a_user(1, **stamp), a_user(2, **stamp)]
    delta = read(a_roster(users=users, roles=[a_role(1, **stamp)], mode="delta"))
    assert (delta.mode, only(delta).source_key) == ("delta", "u-1")
    assert delta.changed_at == datetime(2026, 9, 1, 4, tzinfo=UTC)
    assert delta.people_dropped == {"role_unknown": 1}
    assert codes(delta) == {"delta.base_unknown", "delta.role_unknown"}
    ended = [a_role(1, **stamp | {"status": "tobedeleted"})]
    assert not only(read(a_roster(users=[users[0]], roles=ended, mode="delta"))).deleted
    bulk = read(a_roster(mode="delta"))
    assert (bulk.mode, codes(bulk)) == ("bulk", {"manifest.mode"})


@pytest.mark.parametrize("name", ["orgs.csv", "users.csv"])
def test_a_set_without_users_or_organizations_is_rejected(name: str) -> None:
    files = {file: text for file, text in roster_files().items() if file != name}
    rejection = rejected(a_zip(files))
    assert codes(rejection) == {"file.missing", "manifest.differs"}
    assert rejection.where == name


def test_a_1_2_set_without_roles_is_rejected() -> None:
    files = {file: text for file, text in roster_files().items() if file != "roles.csv"}
    assert "header.required_missing" in codes(rejected(a_zip(files)))


def test_a_users_file_with_only_a_header_waits_for_a_person() -> None:
    roster = read(a_roster(users=[], roles=[]))
    assert roster.must_wait
    assert roster.findings.counts == {"file.header_only": 2}
    assert codes(rejected(a_roster(orgs=[]))) >= {"orgs.none"}


def test_ten_percent_broken_rows_reject_the_set_and_three_percent_do_not() -> None:
    def broken(share: int) -> list[dict[str, str]]:
        return [a_user(i, **({"sourcedId": "1.23E+11"} if i % share == 0 else {})) for i in range(1, 101)]

    rejection = rejected(a_roster(users=broken(10), roles=[a_role(i) for i in range(1, 101) if i % 10]))
    assert rejection.findings.counts == {"file.too_many_errors": 1, "value.scientific": 10}
    assert "(10 of 100)" in rejection.message
    roster = read(a_roster(users=broken(33), roles=[a_role(i) for i in range(1, 101) if i % 33]))
    assert (roster.people_kept, roster.findings.counts) == (97, {"value.scientific": 3})


def test_one_broken_row_does_not_reject_a_small_school() -> None:
    users = [a_user(i, **({"givenName": "", "familyName": ""} if i == 3 else {})) for i in range(1, 8)]
    roster = read(a_roster(users=users, roles=[a_role(i) for i in range(1, 8) if i != 3]))
    assert (roster.people_kept, roster.findings.counts) == (6, {"value.required": 1})


def test_a_set_in_which_no_row_can_be_read_is_rejected() -> None:
    assert "file.nothing_readable" in codes(rejected(a_roster_11(users=[a_teacher_11(1, orgSourcedIds="nowhere")])))


def test_a_manifest_that_is_missing_or_disagrees_is_said_and_the_files_are_believed() -> None:
    files = roster_files()
    del files["manifest.csv"]
    assert codes(read(a_zip(files))) == {"manifest.missing"}
    wrong = a_manifest("1.1", ["orgs.csv", "roles.csv", "users.csv", "classes.csv"])
    roster = read(a_zip({**files, "manifest.csv": wrong}))
    assert (roster.version, roster.findings.counts) == ("1.2", {"manifest.differs": 2})


@pytest.mark.parametrize(
    "files",
    [
        {
            "orgs.csv": "sourcedId,name,type,parentSourcedId\r\n1,A,school,\r\n",
            "userFlags.csv": "userSourcedId,flag\r\n",
        },
        {"roles.csv": "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate\r\n"},
        {"users.csv": "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms\r\n"},
        {"School.csv": "SIS ID,Name\r\n", "StudentEnrollment.csv": "Section SIS ID,SIS ID\r\n"},
    ],
)
def test_a_microsoft_set_is_told_what_it_is(files: dict[str, str]) -> None:
    rejection = rejected(a_zip({**roster_files_11(), **files}))
    assert codes(rejection) == {"file.microsoft_sds"}
    assert "Microsoft School Data Sync" in rejection.message
    assert "OneRoster" in rejection.hint


def test_no_finding_shows_a_value_that_could_name_somebody() -> None:
    users = [
        a_user(1, email="Maria Fernandez", userIds="Maria Fernandez", familyName=""),
        a_user(2, identifier="9.9E+11"),
    ]
    roster = read(a_roster(users=users))
    assert len(roster.findings) == 4
    assert "Maria" not in str([finding.as_dict() for finding in roster.findings])
