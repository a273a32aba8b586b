"""A review was opened or closed: decide which of its partners to ask, and bring the surveys in line."""

import asyncio

from services.survey.domain.campaign import PartnerCampaign
from services.survey.domain.decision import ContactDecision, Outcome
from services.survey.domain.issuing import follow_contact, issue_about_provider, partner_survey_id_of
from services.survey.domain.review import Opened, Review, campaign_for, decide_contacts
from services.survey.metrics import SurveyMetrics
from services.survey.store.library import Library
from services.survey.store.reviews import Reviews
from services.survey.store.surveys import Surveys
from services.survey.use_cases.bring_in_line import bring_in_line
from shared.clock import Clock
from shared.events import Envelope
from shared.events.partnerships import ReviewEvent
from shared.rounds import on_a_fresh_reading

AT_ONCE = 100
"""Contacts whose surveys are written side by side."""


async def follow_review(
    envelope: Envelope[ReviewEvent],
    *,
    reviews: Reviews,
    surveys: Surveys,
    library: Library,
    metrics: SurveyMetrics,
    clock: Clock,
) -> None:
    """Keep what was told, then let each survey follow. Both may happen twice, and the second may be late."""

    async def keep() -> tuple[Review, list[ContactDecision]]:
        now = clock()
        known = await reviews.get(envelope.event.review_id)
        told = known.told(envelope.event, envelope.sequence)
        decisions = decide_contacts(told, campaign_for(told.opened, library.partner_campaigns), now)
        decided = told.decided(decisions)
        if decided is not known:
            await reviews.save(decided, at=now)
        return decided, decisions

    review, decisions = await on_a_fresh_reading(keep)
    campaign = campaign_for(review.opened, library.partner_campaigns)
    if campaign is None or review.opened is None:
        return
    for first in range(0, len(decisions), AT_ONCE):
        chunk = decisions[first : first + AT_ONCE]
        await asyncio.gather(
            *(_bring_in_line(decision, review.opened, campaign, surveys, metrics) for decision in chunk)
        )


async def _bring_in_line(
    decision: ContactDecision, opened: Opened, campaign: PartnerCampaign, surveys: Surveys, metrics: SurveyMetrics
) -> None:
    now, is_asked = decision.at, decision.outcome is Outcome.ASK
    await bring_in_line(
        partner_survey_id_of(decision.review_id, decision.contact_key),
        issue_about_provider(decision, opened, campaign, now) if is_asked else None,
        lambda known: follow_contact(known, decision, opened, campaign, now),
        surveys=surveys,
        metrics=metrics,
        now=now,
    )
