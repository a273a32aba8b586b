"""Deltas: rows that say changes only, read on top of what the source said before."""

from collections.abc import Sequence
from datetime import date

from services.partnership.domain.observation import Roster
from tests.partnership.rosters import (
    ORG_HEADER,
    ROLE_HEADER,
    USER_HEADER_11,
    USER_HEADER_12,
    Row,
    a_district,
    a_manifest,
    a_role,
    a_roster,
    a_roster_11,
    a_school,
    a_teacher_11,
    a_user,
    a_zip,
    as_csv,
    codes,
    only,
    read,
)

TWO_SCHOOLS = [a_district(), a_school(), a_school(sourcedId="s-2", name="Otis", identifier="00350111")]


def base(number: int = 3, **parts: Sequence[Row]) -> list[str]:
    """What is kept of a whole set of so many teachers."""
    users = [a_user(i) for i in range(1, number + 1)]
    roster = read(a_roster(**{"users": users, "orgs": TWO_SCHOOLS, **parts}))
    return list(roster.kept or ())


def at(hour: int, status: str = "active") -> Row:
    return {"status": status, "dateLastModified": f"2026-09-01T{hour:02}:00:00.000Z"}


def delta(known: Sequence[str] | None = None, **rows: Sequence[Row]) -> Roster:
    """Only these files, all of them deltas."""
    headers = {"users": USER_HEADER_12, "roles": ROLE_HEADER, "orgs": ORG_HEADER}
    files = {f"{name}.csv": as_csv(headers[name], each) for name, each in rows.items()}
    files["manifest.csv"] = a_manifest("1.2", list(files), "delta")
    return read(a_zip(files), known=base() if known is None else known)


def places(roster: Roster) -> list[tuple[str, list[str]]]:
    return [(each.source_key, [p.organization_key for p in each.positions]) for each in roster.observations]


def test_a_delta_of_users_alone_keeps_the_roles_that_are_known() -> None:
    roster = delta(users=[a_user(2, familyName="Nuñez", **at(4))])
    assert roster.mode == "delta"
    assert only(roster).names.family == "Nuñez"
    assert [(p.organization_code, p.role) for p in only(roster).positions] == [("00350105", "teacher")]
    assert codes(roster) == set()


def test_a_delta_of_roles_alone_keeps_the_people_who_are_known() -> None:
    roster = delta(roles=[a_role(2, orgSourcedId="s-2", **at(4))])
    assert places(roster) == [("u-2", ["s-2"])]
    assert only(roster).names.given == "Meic"
    assert codes(roster) == set()


def test_a_delta_of_organizations_alone_changes_nobody() -> None:
    roster = delta(orgs=[a_school(sourcedId="s-3", identifier="00350120", **at(4))])
    assert (places(roster), roster.mode) == ([], "delta")
    assert {organization.key for organization in roster.organizations} == {"d-1", "s-1", "s-2", "s-3"}
    again = delta(list(roster.kept or ()), roles=[a_role(2, orgSourcedId="s-3", **at(5))])
    assert [p.organization_code for p in only(again).positions] == ["00350120"]


def test_somebody_new_comes_with_users_and_roles_of_one_delta() -> None:
    roster = delta(users=[a_user(9, **at(4))], roles=[a_role(9, **at(4))])
    assert places(roster) == [("u-9", ["s-1"])]
    assert len([line for line in roster.kept or () if '"user"' in line]) == 4


def test_somebody_new_without_a_role_is_left_out() -> None:
    roster = delta(users=[a_user(9, **at(4))])
    assert (places(roster), roster.people_dropped) == ([], {"role_unknown": 1})
    assert codes(roster) == {"delta.role_unknown"}


def test_rows_are_applied_in_the_order_of_change_whatever_their_lines() -> None:
    users = [a_user(2, familyName="Last", **at(9)), a_user(2, familyName="First", **at(3))]
    roles = [a_role(2, orgSourcedId="s-1", **at(8)), a_role(2, orgSourcedId="s-2", **at(4))]
    roster = delta(users=users, roles=roles)
    assert only(roster).names.family == "Last"
    assert places(roster) == [("u-2", ["s-1"])]
    assert codes(roster) == set()


def test_a_row_older_than_what_is_known_is_stale_and_changes_nothing() -> None:
    known = list(delta(users=[a_user(2, familyName="New", **at(9))], roles=[a_role(2, **at(9))]).kept or ())
    roster = delta(known, users=[a_user(2, familyName="Old", **at(3))], roles=[a_role(2, orgSourcedId="s-2", **at(3))])
    assert places(roster) == []
    assert roster.findings.counts == {"row.stale": 2}
    assert {(finding.level, finding.file, finding.line) for finding in roster.findings} == {
        ("warning", "roles.csv", 2),
        ("warning", "users.csv", 2),
    }
    assert list(roster.kept or ()) == known


def test_somebody_who_changed_school_is_not_gone() -> None:
    """Q37: the old role is deleted, the new one comes in the same set; who is gone is decided by all of it."""
    for roles in (
        [a_role(2, **at(4, "tobedeleted")), a_role(22, userSourcedId="u-2", orgSourcedId="s-2", **at(4))],
        [a_role(22, userSourcedId="u-2", orgSourcedId="s-2", **at(4)), a_role(2, **at(4, "tobedeleted"))],
    ):
        roster = delta(roles=roles)
        assert places(roster) == [("u-2", ["s-2"])]
        assert (only(roster).active, only(roster).deleted) == (True, False)


def test_a_person_whose_second_account_is_deleted_is_not_gone() -> None:
    """Q37: the person is one, the source's users are two."""
    users = [a_user(1, identifier="E1"), a_user(2, **{**a_user(1), "sourcedId": "u-2", "username": "other"})]
    known = list(read(a_roster(users=users, orgs=TWO_SCHOOLS)).kept or ())
    roster = delta(known, users=[{**users[1], **at(4, "tobedeleted")}])
    assert (only(roster).keys, only(roster).active, only(roster).deleted) == (("u-1", "u-2"), True, False)


def test_whose_last_role_is_deleted_is_gone_and_comes_back_with_a_new_one() -> None:
    gone = delta(roles=[a_role(2, **at(4, "tobedeleted"))])
    assert (only(gone).deleted, only(gone).active) == (True, False)
    later = delta(list(gone.kept or ()), users=[a_user(1, middleName="Ann", **at(5))])
    assert [each.source_key for each in later.observations] == ["u-1"]
    back = delta(list(later.kept or ()), roles=[a_role(2, **at(6))])
    assert (only(back).deleted, only(back).active, places(back)) == (False, True, [("u-2", ["s-1"])])


def test_who_is_deleted_is_forgotten_but_for_the_key_and_may_come_back() -> None:
    gone = delta(users=[{"sourcedId": "u-2", **at(4, "tobedeleted")}])
    assert (only(gone).source_key, only(gone).deleted, only(gone).names.given) == ("u-2", True, "Meic")
    kept = list(gone.kept or ())
    assert "Meic" not in str(kept)
    assert places(delta(kept, users=[a_user(1, middleName="Ann", **at(5))])) == [("u-1", ["s-1"])]
    assert codes(delta(kept, users=[a_user(2, **at(3))])) == {"row.stale"}
    assert places(delta(kept, users=[a_user(2, **at(5))])) == [("u-2", ["s-1"])]


def test_a_1_1_delta_replaces_what_the_row_said() -> None:
    known = list(read(a_roster_11(users=[a_teacher_11(1), a_teacher_11(2)], orgs=TWO_SCHOOLS)).kept or ())
    files = {"users.csv": as_csv(USER_HEADER_11, [a_teacher_11(2, orgSourcedIds="s-2", **at(4))])}
    roster = read(a_zip({"manifest.csv": a_manifest("1.1", list(files), "delta"), **files}), known=known)
    assert (roster.version, places(roster)) == ("1.1", [("u-2", ["s-2"])])
    files = {"users.csv": as_csv(USER_HEADER_11, [a_teacher_11(1, **at(4, "tobedeleted"))])}
    roster = read(a_zip({"manifest.csv": a_manifest("1.1", list(files), "delta"), **files}), known=known)
    assert only(roster).deleted


def test_a_whole_file_beside_a_delta_takes_the_place_of_what_was_known() -> None:
    """The mode is told for each file: here the roles are whole, and say of two people only that they work."""
    files = {
        "users.csv": as_csv(USER_HEADER_12, [a_user(2, middleName="Ann", **at(4))]),
        "roles.csv": as_csv(ROLE_HEADER, [a_role(1), a_role(2)]),
    }
    manifest = a_manifest("1.2", ["users.csv"], "delta") + "file.roles,bulk\r\n"
    roster = read(a_zip({"manifest.csv": manifest, **files}), known=base())
    assert roster.mode == "bulk"
    assert [(each.source_key, each.active) for each in roster.observations] == [
        ("u-1", True),
        ("u-2", True),
        ("u-3", False),
    ]


def test_a_role_that_becomes_a_students_is_no_staff_role_any_more() -> None:
    roster = delta(roles=[a_role(2, role="student", **at(4)), a_role(77, role="student", **at(4))])
    assert (only(roster).source_key, only(roster).deleted) == ("u-2", True)
    assert "u-77" not in str(list(roster.kept or ()))


def test_role_ids_that_are_the_persons_own_add_up() -> None:
    roles = [a_role(2, sourcedId="u-2", orgSourcedId=key, userSourcedId="u-2", **at(4)) for key in ("s-1", "s-2")]
    assert places(delta(roles=roles)) == [("u-2", ["s-1", "s-2"])]
    assert places(delta(roles=[a_role(2, sourcedId="u-2", endDate="2026-12-01", **at(4))])) == [("u-2", ["s-1"])]


def test_a_delta_of_which_the_base_is_not_known_says_so() -> None:
    files = {"users.csv": as_csv(USER_HEADER_12, [a_user(1, **at(4))]), "orgs.csv": as_csv(ORG_HEADER, [a_school()])}
    roster = read(a_zip({"manifest.csv": a_manifest("1.2", list(files), "delta"), **files}))
    assert codes(roster) == {"delta.base_unknown", "delta.role_unknown"}
    assert roster.kept is None


def test_the_order_of_deltas_makes_no_difference_to_what_is_kept_in_the_end() -> None:
    first = ([a_user(1, familyName="One", **at(1))], [a_role(2, **at(2, "tobedeleted"))])
    second = ([a_user(1, familyName="Two", **at(3))], [a_role(3, orgSourcedId="s-2", **at(3))])
    ends = []
    for (users, roles), (later_users, later_roles) in ((first, second), (second, first)):
        known = list(delta(users=users, roles=roles).kept or ())
        ends.append(sorted(delta(known, users=later_users, roles=later_roles).kept or ()))
    assert ends[0] == ends[1]


def test_a_period_of_a_known_role_survives() -> None:
    known = base(roles=[a_role(i, beginDate="2026-08-24", endDate="2027-06-30") for i in (1, 2, 3)])
    (position,) = only(delta(known, users=[a_user(2, middleName="Ann", **at(4))])).positions
    assert (position.start, position.end, position.primary) == (date(2026, 8, 24), date(2027, 6, 30), True)
