"""What staff may ask: how campaigns stand, and why somebody was or was not asked. Single answers: nobody."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.survey.domain.decision import Outcome, Rule
from services.survey.domain.recipient import Way
from services.survey.domain.survey import State, Survey
from services.survey.web.wired import Behind, Wired
from shared.access.asking import requires
from shared.access.callers import Caller, Scope
from shared.errors import NotFound
from shared.events.survey import About

api = APIRouter(prefix="/v1", tags=["survey"])

Counting = Annotated[Caller, Depends(requires("agency", "operator", "district"))]


class CampaignStatus(BaseModel):
    """`about`: what its forms ask about. `announced`: surveys that are on somebody's list. `mails` (by state) is told
    to those who see all."""

    campaign_id: str
    title: str
    about: About
    instrument_id: str
    instrument_version: int
    opens_on: date
    closes_on: date
    is_open: bool
    issued: int
    announced: int
    answered: int
    surveys: dict[State, int]
    mails: dict[str, int]


class SurveyCounts(BaseModel):
    campaign_id: str
    state: State
    surveys: int


class DecisionTold(BaseModel):
    """One decision: which rule, looking at what, in which version of the rules, when."""

    campaign_id: str
    program_id: str
    hire_id: str
    outcome: Outcome
    rule: Rule
    rules_version: int
    inputs: dict[str, str]
    at: datetime
    recipient_role: str | None


class WentTo(BaseModel):
    """Why a survey went to whom it went: the rule, and who said that this person holds the role. Not who it is."""

    role_key: str
    way: Way
    source: str
    verified_on: date | None
    at: datetime


class SurveyTold(BaseModel):
    """That there is a survey and how it stands, not what was answered."""

    survey_id: str
    campaign_id: str
    program_id: str | None
    recipient_role: str
    state: State
    issued_at: datetime
    is_announced: bool
    went_to: list[WentTo]


class Trace(BaseModel):
    """Why a role holder was, or was not, asked about a completer."""

    completer_id: str
    decisions: list[DecisionTold]
    surveys: list[SurveyTold]


@api.get("/campaigns")
async def campaigns(caller: Counting, behind: Behind) -> list[CampaignStatus]:
    """How each campaign stands, within what the caller may see."""
    return await status_of_campaigns(caller.scope(), behind)


@api.get("/surveys")
async def surveys(caller: Counting, behind: Behind) -> list[SurveyCounts]:
    """Surveys by campaign and state, within what the caller may see."""
    rows = await behind.surveys.counts(caller.scope())
    return [SurveyCounts(**row["_id"], surveys=row["surveys"]) for row in rows]


@api.get("/decisions", dependencies=[Depends(requires("agency", "operator"))])
async def decisions(behind: Behind, completer: Annotated[str, Query(min_length=1)]) -> Trace:
    """Every decision about one completer, oldest first, and the surveys that came of them."""
    employment = await behind.employments.get(completer)
    if employment.revision == 0:
        raise NotFound("We have not heard of a hire of this completer.")
    return Trace(
        completer_id=completer,
        decisions=[
            DecisionTold(
                **decision.model_dump(exclude={"target"}),
                recipient_role=decision.target.recipient_role if decision.target else None,
            )
            for decision in employment.decisions
        ],
        surveys=[survey_told(survey) for survey in await behind.surveys.of_completer(completer)],
    )


def survey_told(survey: Survey) -> SurveyTold:
    return SurveyTold(
        survey_id=survey.survey_id,
        campaign_id=survey.campaign_id,
        program_id=survey.program_id,
        recipient_role=survey.target.recipient_role,
        state=survey.state,
        issued_at=survey.issued_at,
        is_announced=survey.sitting_id is not None,
        went_to=[WentTo.model_validate(each, from_attributes=True) for each in survey.went_to],
    )


async def status_of_campaigns(scope: Scope, behind: Wired) -> list[CampaignStatus]:
    """The figures of page and API alike."""
    rows = await behind.surveys.counts(scope)
    told = []
    for campaign in behind.library.all:
        mine = [row for row in rows if row["_id"]["campaign_id"] == campaign.campaign_id]
        by_state = {State(row["_id"]["state"]): int(row["surveys"]) for row in mine}
        told.append(
            CampaignStatus(
                campaign_id=campaign.campaign_id,
                title=campaign.title,
                about=campaign.about,
                instrument_id=campaign.instrument_id,
                instrument_version=campaign.instrument_version,
                opens_on=campaign.opens_on,
                closes_on=campaign.closes_on,
                is_open=campaign.is_open(behind.clock().date()),
                issued=sum(by_state.values()),
                announced=sum(int(row["announced"]) for row in mine),
                answered=by_state.get(State.SUBMITTED, 0),
                surveys=by_state,
                mails=await behind.sittings.mails_by_state(campaign.campaign_id) if scope.sees_all else {},
            )
        )
    return told
