"""Who leads a school, from the feed: told as role holders, unless somebody else says so."""

from datetime import date
from typing import Any

import pytest

from services.partnership.domain.leads import Lead, leads_of
from services.partnership.domain.observation import PersonNames, Position, StaffObservation, StaffRole
from services.partnership.domain.sighting import sight
from shared.events.partnership import Role, RoleHolderChanged
from tests.partnership.rosters import DISTRICT, Row, a_role, a_user
from tests.partnership.working import DISTRICT_CODE, OTHER_SCHOOL_CODE, SCHOOL_CODE, Working, as_file, staff_of

DAY = date(2026, 9, 1)
SCHOOLS = frozenset({SCHOOL_CODE, OTHER_SCHOOL_CODE})
PRINCIPAL = f"{SCHOOL_CODE}:principal"
HOLDER_HEADER = "OrganizationCode,Role,PersonId,FirstName,LastSurname,ElectronicMailAddress"


def a_position(code: str = SCHOOL_CODE, role: StaffRole = "teacher", **parts: Any) -> Position:
    kind = "district" if code == DISTRICT_CODE else "school"
    return Position(**{"organization_key": code, "organization_code": code, "organization_type": kind, "role": role,
                       "role_raw": role, **parts})  # fmt: skip


def seen_at(*positions: Position) -> tuple[str | None, str]:
    """School and role of somebody with these positions."""
    found = sight(StaffObservation("k", PersonNames("Mei", "Lee"), (), (), positions, active=True), DAY, SCHOOLS)
    assert found is not None
    return found.school_id, found.role


@pytest.mark.parametrize(
    ("role", "raw", "lead"),
    [
        ("principal", "principal", Lead(role=Role.PRINCIPAL, organization_id=SCHOOL_CODE, is_primary=True)),
        ("assistant-principal", "assistantprincipal", None),
        ("teacher", "teacher", None),
    ],
)
def test_a_principal_leads_a_school_that_the_directory_has(role: StaffRole, raw: str, lead: Lead | None) -> None:
    found = leads_of([a_position(role=role, role_raw=raw, primary=True)], DAY, SCHOOLS)
    assert found == ((lead,) if lead else ())
    assert leads_of([a_position("00359999", role=role, role_raw=raw)], DAY, SCHOOLS) == ()


@pytest.mark.parametrize(
    ("raw", "is_primary"),
    [("districtadministrator", False), ("superintendent", True), ("1200", True), ("1201", None),
     ("assistantsuperintendent", None), ("leaadministrator", False)],
)  # fmt: skip
def test_who_leads_the_district(raw: str, is_primary: bool | None) -> None:
    found = leads_of([a_position(DISTRICT_CODE, "district-admin", role_raw=raw)], DAY, SCHOOLS)
    assert found == (() if is_primary is None else (Lead(role=Role.SUPERINTENDENT, is_primary=is_primary),))


def test_a_role_that_is_over_or_to_come_leads_nothing_today() -> None:
    over = a_position(role="principal", end=DAY)
    to_come = a_position(role="principal", start=date(2026, 9, 2))
    assert leads_of([over, to_come], DAY, SCHOOLS) == ()


def test_who_works_at_several_schools_counts_at_that_of_the_largest_share_then_the_primary_one() -> None:
    small, large = a_position(fte=0.4, primary=True), a_position(OTHER_SCHOOL_CODE, fte=0.6)
    assert seen_at(small, large) == (OTHER_SCHOOL_CODE, "teacher")
    halves = a_position(fte=0.3), a_position(OTHER_SCHOOL_CODE, fte=0.4), a_position(fte=0.3, role="counselor")
    assert seen_at(*halves)[0] == SCHOOL_CODE
    assert seen_at(a_position(), a_position(OTHER_SCHOOL_CODE, primary=True))[0] == OTHER_SCHOOL_CODE


def test_who_works_at_several_schools_alike_counts_at_none() -> None:
    assert seen_at(a_position(), a_position(OTHER_SCHOOL_CODE)) == (None, "teacher")
    assert seen_at(a_position(), a_position(DISTRICT_CODE)) == (SCHOOL_CODE, "teacher")


def heading(*users: Row, role: str = "principal", **parts: str) -> list[Row]:
    return [a_role(number, userSourcedId=user["sourcedId"], role=role, **parts) for number, user in enumerate(users, 1)]


async def holders(partnership: Working) -> dict[str, RoleHolderChanged]:
    """The latest word on each role."""
    told = await partnership.told(RoleHolderChanged)
    return {event.role_key: event for event in told if isinstance(event, RoleHolderChanged)}


async def test_a_principal_of_the_feed_is_told_as_role_holder(partnership: Working) -> None:
    await partnership.applied(0, staff_of(a_user(1), roles=heading(a_user(1))))
    told = (await holders(partnership))[PRINCIPAL]
    assert (told.name, told.email, told.source) == ("Meib Leeb", "mlee1@district.example", "feed")
    assert (told.verified_on, told.is_primary, told.others) == (date(2026, 8, 20), True, ())


async def test_a_principal_who_is_only_seen_again_is_told_once(partnership: Working) -> None:
    for day in range(3):
        await partnership.applied(day, staff_of(a_user(1), a_user(10 + day), roles=heading(a_user(1))))
    assert len(await partnership.told(RoleHolderChanged)) == 1
    kept = await partnership.wired.directory.role_holders_at([SCHOOL_CODE])
    assert kept[PRINCIPAL].verified_on == date(2026, 8, 22)


async def test_a_new_principal_and_then_none_are_told(partnership: Working) -> None:
    await partnership.applied(0, staff_of(a_user(1), a_user(2), roles=heading(a_user(1))))
    await partnership.applied(1, staff_of(a_user(1), a_user(2), roles=heading(a_user(2))))
    assert (await holders(partnership))[PRINCIPAL].email == "mlee2@district.example"
    await partnership.applied(2, staff_of(a_user(1), a_user(2), roles=heading(a_user(2), role="teacher")))
    told = (await holders(partnership))[PRINCIPAL]
    assert (told.name, told.email, told.person_id, told.source) == (None, None, None, "feed")


async def test_several_principals_are_told_together_the_primary_one_first(partnership: Working) -> None:
    both = [a_user(1), a_user(2)]
    roles = [*heading(both[0], roleType="secondary"), a_role(9, userSourcedId="u-2", role="principal")]
    await partnership.applied(0, staff_of(*both, roles=roles))
    told = (await holders(partnership))[PRINCIPAL]
    assert (told.email, told.is_primary) == ("mlee2@district.example", True)
    assert [(each.email, each.is_primary) for each in told.others] == [("mlee1@district.example", False)]


async def test_the_only_district_administrator_is_the_superintendent(partnership: Working) -> None:
    roles = heading(a_user(1), role="districtAdministrator", orgSourcedId=DISTRICT)
    await partnership.applied(0, staff_of(a_user(1), roles=roles))
    assert (await holders(partnership))[f"{DISTRICT_CODE}:superintendent"].email == "mlee1@district.example"


async def test_what_the_agency_imported_holds_whatever_the_feed_says(partnership: Working) -> None:
    row = f"{SCHOOL_CODE},principal,P-1,Pat,Principal,pat@boston.example"
    await partnership.bring("role_holders", as_file(HOLDER_HEADER, [row]))
    await partnership.applied(0, staff_of(a_user(1), roles=heading(a_user(1))))
    assert (await holders(partnership))[PRINCIPAL].email == "pat@boston.example"
    await partnership.applied(1, staff_of(a_user(1), roles=heading(a_user(1), role="teacher")))
    assert (await holders(partnership))[PRINCIPAL].email == "pat@boston.example"


async def test_an_import_wins_over_what_a_feed_said_before(partnership: Working) -> None:
    await partnership.applied(0, staff_of(a_user(1), roles=heading(a_user(1))))
    row = f"{SCHOOL_CODE},principal,P-1,Pat,Principal,pat@boston.example"
    await partnership.bring("role_holders", as_file(HOLDER_HEADER, [row]))
    assert (await holders(partnership))[PRINCIPAL].source == "import"


async def test_who_is_missing_leads_until_they_have_left(partnership: Working) -> None:
    others = staff_of(a_user(2), roles=[a_role(2)])
    await partnership.applied(0, staff_of(a_user(1), roles=heading(a_user(1))))
    for day, address in ((50, "mlee1@district.example"), (60, "mlee1@district.example"), (130, None)):
        await partnership.applied(day, others)
        assert (await holders(partnership))[PRINCIPAL].email == address
