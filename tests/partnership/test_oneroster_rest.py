"""What REST sources write otherwise than the standard is read all the same, and said (quirk Q35)."""

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import Roster, StaffObservation
from services.partnership.domain.oneroster_rest import read_oneroster_rest
from services.partnership.domain.oneroster_rest_rows import UserRows, org_rows
from services.partnership.domain.roster_findings import RosterRejected
from tests.partnership.pulling import org, reference, user, user_11
from tests.partnership.rosters import a_zip
from tests.partnership.sis_server import Row
from tests.partnership.working import DISTRICT_CODE, SCHOOL_CODE

MAPPING = ConnectionMapping(district_code=DISTRICT_CODE)
ORGS = [org("d-1", DISTRICT_CODE, "district"), org("s-1", SCHOOL_CODE)]


def bundle(*users: Any, orgs: list[Row] | None = None) -> BytesIO:
    """As a pull makes it: what it keeps, in lines of JSON."""
    harvest = UserRows(MAPPING)(users)
    lists = {"orgs": org_rows(ORGS if orgs is None else orgs), "users": harvest}
    files: dict[str, str | bytes] = {
        f"{name}.ndjson": "".join(f"{json.dumps(kept.row)}\n" for kept in each.kept.values())
        for name, each in lists.items()
    }
    return a_zip({**files, "manifest.json": json.dumps({"dropped": harvest.dropped})})


def read(*users: Any, orgs: list[Row] | None = None) -> Roster:
    return read_oneroster_rest(bundle(*users, orgs=orgs), MAPPING)


def only(roster: Roster) -> StaffObservation:
    (observation,) = roster.observations
    return observation


def codes(roster: Roster) -> set[str]:
    return set(roster.findings.counts) - {"privacy.unexpected_data"}


def test_a_person_of_1_2_is_read_with_names_ids_and_positions() -> None:
    row = user(1, preferredFirstName="Mia", preferredLastName="Li", userMasterIdentifier="M1")
    row["roles"][0] |= {"beginDate": "2026-08-24", "endDate": "2027-06-30"}
    roster = read(row)
    seen = only(roster)
    assert (seen.names.given, seen.names.preferred_given, seen.names.preferred_family) == ("Mei1", "Mia", "Li")
    assert set(seen.ids) == {("state_id", "10000001"), ("local_id", "E00001"), ("master_id", "M1")}
    assert seen.emails == ("mlee1@district.example",)
    (position,) = seen.positions
    assert (position.organization_code, position.role, position.primary) == (SCHOOL_CODE, "teacher", True)
    assert (str(position.start), str(position.end)) == ("2026-08-24", "2027-06-30")
    assert (roster.version, roster.mode, codes(roster)) == ("1.2", "bulk", set())


def test_a_person_of_1_1_has_one_role_at_each_organization() -> None:
    roster = read(user_11(1, orgs=[reference("s-1"), reference("d-1")]))
    assert {each.organization_key for each in only(roster).positions} == {"s-1", "d-1"}
    assert (roster.version, codes(roster)) == ("1.1", set())


@pytest.mark.parametrize("enabled", [True, False, "true", "false"])
def test_an_account_may_be_enabled_as_a_boolean_or_a_text(enabled: object) -> None:
    roster = read(user(1, enabledUser=enabled))
    assert only(roster).account_enabled is (enabled in (True, "true"))
    assert codes(roster) == set()


def test_one_thing_instead_of_a_list_is_a_list_of_one() -> None:
    row = user(1)
    row["roles"], row["userIds"] = row["roles"][0], row["userIds"][0]
    roster = read(row)
    assert only(roster).positions[0].role == "teacher"
    assert ("state_id", "10000001") in only(roster).ids


def test_a_user_of_1_1_among_those_of_1_2_has_roles_too() -> None:
    roster = read(user(1), user_11(2))
    assert [len(each.positions) for each in roster.observations] == [1, 1]
    assert "rest.role_of_1_1" in codes(roster)


def test_who_is_marked_as_deleted_has_left() -> None:
    roster = read(user(1), user(2, status="tobedeleted"))
    assert [each.deleted for each in roster.observations] == [False, True]


@pytest.mark.parametrize("broken", [{"role": None}, {"orgs": None}, {"orgs": [None]}, {"orgs": [{"type": "org"}]}])
def test_a_user_of_1_1_without_role_or_organization_is_quarantined(broken: dict[str, Any]) -> None:
    people = [user_11(number) for number in range(2, 40)]
    roster = read(user_11(1, **broken), *people)
    assert len(roster.observations) == 38
    assert roster.findings.count_of("error") == 1


def test_roles_at_an_unknown_organization_are_quarantined() -> None:
    roster = read(user(1, school="s-9"), *(user(number) for number in range(2, 40)))
    assert roster.findings.count_of("error") == 1


def test_rows_that_are_nothing_of_the_kind_are_left_out_and_counted() -> None:
    roster = read(user(1), None, "x", 7, [], {}, {"sourcedId": ""})
    assert len(roster.observations) == 1
    assert "rest.without_id" in codes(roster)


def test_a_person_with_a_role_of_staff_and_one_of_a_family_is_staff() -> None:
    row = user(1)
    row["roles"].append({"role": "parent", "org": reference("s-1")})
    assert len(read(row).observations) == 1


@pytest.mark.parametrize("files", [{}, {"orgs.ndjson": ""}, {"users.ndjson": ""}])
def test_a_bundle_without_its_lists_is_rejected(files: dict[str, str | bytes]) -> None:
    with pytest.raises(RosterRejected):
        read_oneroster_rest(a_zip(files), MAPPING)


def test_a_bundle_without_anybody_is_held() -> None:
    assert read().must_wait


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
MEMBERS = st.sampled_from([*user(1), *user_11(1), "metadata", "agents", "primaryOrg"])


@given(st.lists(st.dictionaries(MEMBERS, ANYTHING, max_size=8) | ANYTHING, max_size=5))
def test_no_row_is_too_odd(rows: list[Any]) -> None:
    try:
        roster = read(user(1), *rows)
    except RosterRejected:
        return
    assert roster.people_kept == len(list(roster.observations))


@given(st.lists(st.dictionaries(MEMBERS, ANYTHING, max_size=8)))
def test_nothing_but_whitelisted_members_is_kept(rows: list[Any]) -> None:
    for kept in UserRows(MAPPING)(rows).kept.values():
        assert set(kept.row).isdisjoint({"password", "phone", "sms", "pronouns", "agents", "grades"})
