"""What the agency may ask about a review: how its Partner Survey stands, and why a contact was or was not asked."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from services.survey.domain.decision import ContactDecision, Outcome, Rule
from services.survey.domain.issuing import partner_survey_id_of
from services.survey.domain.recipient import Gap, gap_of
from services.survey.domain.review import Review
from services.survey.domain.survey import Survey
from services.survey.web.api_campaigns import SurveyTold, survey_told
from services.survey.web.wired import Behind, Wired
from shared.access.asking import requires
from shared.errors import NotFound
from shared.events.partnerships import ContactOrigin

api_reviews = APIRouter(prefix="/v1", tags=["reviews"], dependencies=[Depends(requires("agency", "operator"))])


class ContactDecisionTold(BaseModel):
    """One decision: which rule, looking at what, when."""

    campaign_id: str | None
    outcome: Outcome
    rule: Rule
    inputs: dict[str, str]
    at: datetime


class ContactTold(BaseModel):
    """Why a contact on a partner list was, or was not, asked. `waits_for`: why nobody can be written to yet."""

    review_id: str
    provider_id: str
    contact_key: str
    district_id: str
    origin: ContactOrigin
    decisions: list[ContactDecisionTold]
    survey: SurveyTold | None
    waits_for: Gap | None


class ReviewTold(BaseModel):
    """A review as this service knows it, with each of its contacts."""

    review_id: str
    provider_id: str
    opened_on: date | None
    answers_until: date | None
    is_over: bool
    contacts: list[ContactTold]


@api_reviews.get("/reviews/{review_id}")
async def review(review_id: Annotated[str, Path(max_length=100)], behind: Behind) -> ReviewTold:
    """The contacts of a review, what was decided about each, and how their surveys stand. Single answers: nobody."""
    found = await behind.reviews.get(review_id)
    if found.revision == 0:
        raise NotFound("We have not heard of such a review.")
    return ReviewTold(
        review_id=review_id,
        provider_id=found.provider_id,
        opened_on=found.opened.opened_on if found.opened else None,
        answers_until=found.opened.answers_until if found.opened else None,
        is_over=found.is_over,
        contacts=await _contacts(found, behind),
    )


@api_reviews.get("/contact-decisions")
async def contact_decisions(
    behind: Behind, contact: Annotated[str, Query(min_length=1, max_length=120)]
) -> list[ContactTold]:
    """Every decision about one contact, review by review."""
    found = await behind.reviews.with_contact(contact)
    if not found:
        raise NotFound("This contact is on no partner list that we have heard of.")
    return [one for each in found for one in await _contacts(each, behind) if one.contact_key == contact]


async def _contacts(review: Review, behind: Wired) -> list[ContactTold]:
    surveys = {survey.survey_id: survey for survey in await behind.surveys.of_review(review.review_id)}
    gaps = await _gaps([survey for survey in surveys.values() if survey.is_open], behind)
    told = []
    for contact in review.opened.contacts if review.opened else ():
        survey = surveys.get(partner_survey_id_of(review.review_id, contact.contact_key))
        told.append(
            ContactTold(
                review_id=review.review_id,
                provider_id=review.provider_id,
                contact_key=contact.contact_key,
                district_id=contact.district_id,
                origin=contact.origin,
                decisions=[_told(one) for one in review.decisions if one.contact_key == contact.contact_key],
                survey=survey_told(survey) if survey else None,
                waits_for=gaps.get(survey.survey_id) if survey else None,
            )
        )
    return told


async def _gaps(surveys: list[Survey], behind: Wired) -> dict[str, Gap | None]:
    """Why nobody can be written to, of those that are open."""
    roles = {survey.target.recipient_role for survey in surveys}
    holders = {one.role_key: one for one in await behind.people.holders(roles)}
    gaps = {}
    for survey in surveys:
        role_key = survey.target.recipient_role
        holder = holders.get(role_key)
        gaps[survey.survey_id] = gap_of(
            role_key, holder is not None, holder.way if holder else None, holder.email if holder else None
        )
    return gaps


def _told(decision: ContactDecision) -> ContactDecisionTold:
    return ContactDecisionTold.model_validate(decision, from_attributes=True)
