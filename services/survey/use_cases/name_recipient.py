"""The district names who is asked in a role, or takes that back."""

from collections.abc import Iterable

from services.survey.domain.campaign import Campaign
from services.survey.domain.invitation import is_address
from services.survey.store.people import People
from services.survey.store.surveys import Surveys
from services.survey.use_cases.custody import leave_to_holder
from shared.access.callers import Scope
from shared.clock import Clock
from shared.errors import InvalidInput, NotFound


async def name_recipient(
    role_key: str,
    name: str,
    email: str,
    *,
    scope: Scope,
    by: str,
    people: People,
    surveys: Surveys,
    campaigns: Iterable[Campaign],
    clock: Clock,
) -> None:
    """From now on this person is asked, whoever we are told of. What others had not answered yet comes to them."""
    if not name.strip():
        raise InvalidInput("Say who it is.", hint="Given name and family name.", where="name")
    if not is_address(email.strip()):
        raise InvalidInput("This is not one e-mail address.", hint="Write it as name@district.example.", where="email")
    district_id, now = await _district_of(role_key, scope, surveys), clock()
    await people.name_recipient(role_key, name.strip(), email.strip(), district_id=district_id, by=by, at=now)
    await leave_to_holder(role_key, people=people, surveys=surveys, campaigns=campaigns, clock=clock)


async def take_naming_back(
    role_key: str,
    *,
    scope: Scope,
    by: str,
    people: People,
    surveys: Surveys,
    campaigns: Iterable[Campaign],
    clock: Clock,
) -> None:
    """From now on whoever we are told of is asked again."""
    district_id, now = await _district_of(role_key, scope, surveys), clock()
    await people.take_naming_back(role_key, district_id=district_id, by=by, at=now)
    await leave_to_holder(role_key, people=people, surveys=surveys, campaigns=campaigns, clock=clock)


async def _district_of(role_key: str, scope: Scope, surveys: Surveys) -> str:
    """NotFound unless the caller may see a survey that this role is, or was, asked."""
    district_id = await surveys.district_of_role(role_key, scope)
    if district_id is None:
        raise NotFound("No survey of yours is asked of this role.")
    return district_id
