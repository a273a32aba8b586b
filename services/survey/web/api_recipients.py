"""Recipients for machines: for which roles somebody has to be named, name them, take that back."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel

from services.survey.domain.recipient import Gap
from services.survey.use_cases.list_recipient_tasks import RecipientTask, list_recipient_tasks
from services.survey.use_cases.name_recipient import name_recipient, take_naming_back
from services.survey.web.wired import Behind, Wired
from shared.access.asking import requires
from shared.access.callers import Caller, Scope

api_recipients = APIRouter(prefix="/v1/recipients", tags=["recipients"])

Naming = Annotated[Caller, Depends(requires("agency", "district"))]
RoleKey = Annotated[str, Body(min_length=3, max_length=120, embed=True)]


class TaskTold(BaseModel):
    """A role for which somebody has to be named before its surveys can go out."""

    role_key: str
    gap: Gap
    district_id: str
    school_id: str | None
    surveys: int
    since: datetime


@api_recipients.get("")
async def tasks(caller: Naming, behind: Behind) -> list[TaskTold]:
    """Surveys that wait for a recipient, by role, with the reason; longest waiting first."""
    found = await recipient_tasks(caller.scope(), behind)
    return [TaskTold.model_validate(each, from_attributes=True) for each in found]


@api_recipients.post("", status_code=204)
async def name(
    caller: Naming,
    behind: Behind,
    role_key: RoleKey,
    name: Annotated[str, Body(max_length=200)],
    email: Annotated[str, Body(max_length=254)],
) -> None:
    """Say who is asked in a role. It wins over whoever we are told of, until it is taken back."""
    await name_recipient(role_key, name, email, scope=caller.scope(), by=caller.subject, **behind.for_custody)


@api_recipients.post("/take-back", status_code=204)
async def take_back(caller: Naming, behind: Behind, role_key: RoleKey) -> None:
    """From now on whoever we are told of is asked again."""
    await take_naming_back(role_key, scope=caller.scope(), by=caller.subject, **behind.for_custody)


async def recipient_tasks(scope: Scope, behind: Wired) -> list[RecipientTask]:
    """Of page and API alike: those of campaigns that are not over."""
    today = behind.clock().date()
    going_on = [each.campaign_id for each in behind.library.all if today <= each.last_day]
    return await list_recipient_tasks(scope, going_on, surveys=behind.surveys, people=behind.people)
