"""Rows become people: ids, roles, organizations, and rows that are one person."""

from datetime import date

import pytest
from pydantic import ValidationError

from services.partnership.domain.connection_mapping import ConnectionMapping
from tests.partnership.rosters import (
    USER_HEADER_12,
    a_district,
    a_role,
    a_roster,
    a_roster_11,
    a_school,
    a_teacher_11,
    a_user,
    as_csv,
    changed,
    codes,
    only,
    read,
    roster_files,
)

MANY = range(1, 60)


def test_identical_rows_count_once_and_of_differing_rows_the_later_is_taken() -> None:
    others = [a_user(i) for i in MANY]
    same = read(a_roster(users=[*others, a_user(1)], roles=[a_role(i) for i in MANY]))
    assert (same.people_kept, same.findings.counts) == (59, {"row.duplicate": 1})
    differing = read(a_roster(users=[*others, a_user(1, givenName="Ada")], roles=[a_role(i) for i in MANY]))
    assert (differing.people_kept, differing.findings.counts) == (59, {"row.duplicate_differs": 1})
    assert next(iter(differing.observations)).names.given == "Ada"


def test_1_1_rows_that_differ_only_in_school_or_role_are_one_person() -> None:
    orgs = [a_district(), a_school(), a_school(sourcedId="s-2", identifier="00350106")]
    users = [a_teacher_11(1), a_teacher_11(1, orgSourcedIds="s-2", role="administrator")]
    person = only(read(a_roster_11(users=users, orgs=orgs)))
    assert [(p.organization_code, p.role) for p in person.positions] == [
        ("00350105", "teacher"),
        ("00350106", "school-or-district-admin"),
    ]


def test_rows_of_one_person_under_several_keys_are_joined() -> None:
    shared = {"identifier": "E7", "familyName": "Díaz", "userIds": ""}
    users = [
        a_user(3, **{**shared, "familyName": "DIAZ"}),
        a_user(1, **shared),
        a_user(2, familyName="Other", identifier="E7"),
    ]
    roster = read(a_roster(users=users))
    one, other = roster.observations
    assert (one.source_key, one.other_keys, one.line) == ("u-1", ("u-3",), 2)
    assert one.names.family == "Díaz"
    assert other.source_key == "u-2"
    assert roster.findings.counts == {"person.merged": 1}


def test_a_couple_with_one_address_stays_two_people_and_so_do_two_state_ids() -> None:
    couple = {"email": "lee@home.example", "familyName": "Lee"}
    assert read(a_roster(users=[a_user(1, **couple), a_user(2, **couple)])).people_kept == 2
    homonyms = {"identifier": "E7", "familyName": "Lee", "givenName": "Ann"}
    assert read(a_roster(users=[a_user(1, **homonyms), a_user(2, **homonyms)])).people_kept == 2


def test_an_address_of_a_whole_office_is_nobodys() -> None:
    users = [a_user(i, email="office@district.example") for i in range(1, 4)]
    roster = read(a_roster(users=users))
    assert {person.emails for person in roster.observations} == {()}
    assert roster.findings.counts == {"email.shared": 3}


def test_a_user_name_that_is_an_address_serves_as_one() -> None:
    assert only(read(a_roster(users=[a_user(1, email="", username="mei@district.example")]))).emails == (
        "mei@district.example",
    )
    roster = read(a_roster(users=[a_user(1, email="noemail@district.example")]))
    assert (only(roster).emails, codes(roster)) == ((), {"email.invalid"})


def test_ids_are_named_as_the_connection_says() -> None:
    header = [*USER_HEADER_12, "metadata.license", "metadata.payroll"]
    user = a_user(1, userIds="{State Number:1234567},{FED:9}", identifier="0", **{"metadata.license": "445566"})
    mapping = ConnectionMapping(id_types={"statenumber": "state_id"})
    roster = read(a_roster(users=[user], user_header=header), mapping)
    assert only(roster).ids == (("licence", "445566"), ("state_id", "01234567"), ("userid:fed", "9"))
    assert {"id.zeros_restored", "header.unknown"} <= codes(roster)


def test_roles_are_named_as_the_connection_says() -> None:
    mapping = ConnectionMapping(roles={"ext:longTermSub": "long-term-substitute"})
    roster = read(a_roster(roles=[a_role(1, role="ext:longtermsub")]), mapping)
    assert [position.role for position in only(roster).positions] == ["long-term-substitute"]


@pytest.mark.parametrize(
    ("org", "code", "said"),
    [
        (a_school(), "00350105", set()),
        (a_school(identifier="350105"), "00350105", {"org.code_zeros_restored"}),
        (a_school(identifier="2502790"), None, {"org.code_unknown"}),
        (a_school(identifier=""), None, {"org.code_unknown"}),
        (a_school(identifier="", **{"metadata.stateCode": "00350107"}), "00350107", set()),
        (a_school(sourcedId="s-1", identifier="77"), "00350199", set()),
    ],
    ids=["code", "zeros", "nces", "blank", "metadata", "mapped"],
)
def test_an_organization_gets_its_state_code(org: dict[str, str], code: str | None, said: set[str]) -> None:
    mapping = ConnectionMapping(district_code="00350000", organization_codes={"77": "00350199"})
    header = ["sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId"]
    orgs = as_csv([*header, "metadata.stateCode"], [a_district(identifier=""), org])
    roster = read(changed(roster_files(), "orgs.csv", lambda _: orgs), mapping)
    assert [organization.code for organization in roster.organizations] == ["00350000", code]
    assert codes(roster) == said


def test_odd_values_in_roles_are_normalised_and_said() -> None:
    role = a_role(1, role="Teacher", roleType="Primary", beginDate="8/24/2026", endDate="2026-08-01")
    roster = read(a_roster(roles=[role]))
    (position,) = only(roster).positions
    assert (position.role, position.primary, position.start, position.end) == (
        "teacher",
        True,
        date(2026, 8, 24),
        None,
    )
    assert roster.findings.counts == {"value.enumeration": 2, "value.date_form": 1, "value.dates_inverted": 1}


def test_the_same_role_twice_is_one_and_two_terms_in_one_role_are_two() -> None:
    terms = [a_role(1, endDate="2020-07-01"), a_role(1, beginDate="2026-08-24")]
    assert len(only(read(a_roster(roles=terms))).positions) == 2
    twice = read(a_roster(roles=[a_role(1), a_role(2, userSourcedId="u-1")]))
    assert (len(only(twice).positions), codes(twice)) == (1, {"row.duplicate"})


def test_the_primary_organization_decides_where_the_roles_do_not() -> None:
    roles = [a_role(1, roleType="", orgSourcedId="d-1"), a_role(2, userSourcedId="u-1", roleType="")]
    person = only(read(a_roster(users=[a_user(1, primaryOrgSourcedId="s-1")], roles=roles)))
    assert [(p.organization_key, p.primary) for p in person.positions] == [("s-1", True), ("d-1", False)]


def test_a_number_that_stands_for_none_joins_nobody() -> None:
    names = ["Ann", "Bob", "Cleo", "Dan"]
    users = [a_user(i, givenName=name, familyName="Lee", identifier="999999") for i, name in enumerate(names, 1)]
    assert read(a_roster(users=[{**user, "userIds": ""} for user in users])).people_kept == 4


def test_the_user_name_null_joins_nobody() -> None:
    users = [a_user(i, familyName="Lee", username="NULL", userIds="") for i in (1, 2)]
    assert read(a_roster(users=users)).people_kept == 2


def test_a_connection_is_mapped_with_a_district_code_and_a_real_time_zone() -> None:
    for wrong in ({"district_code": "35 0000"}, {"time_zone": "Boston"}, {"roles": {"teacher": "boss"}}):
        with pytest.raises(ValidationError):
            ConnectionMapping.model_validate(wrong)
