"""How a survey comes to be, and how it follows what is decided later: about a hire, or about a contact in a review."""

from datetime import date, datetime, timedelta

from services.survey.domain.campaign import Campaign, Inquiry, PartnerCampaign
from services.survey.domain.decision import AnyDecision, ContactDecision, Decision, Outcome, Rule
from services.survey.domain.review import Opened
from services.survey.domain.survey import Change, State, Survey
from shared.events.survey import WithdrawalReason
from shared.ids import derived

FIRST_MONTH = 8
"""A school year begins with August, and is called by the year in which it ends."""
WITHDRAWN_AS = {
    Rule.EMPLOYMENT_ENDED: WithdrawalReason.EMPLOYMENT_ENDED,
    Rule.REVIEW_CLOSED: WithdrawalReason.REVIEW_CLOSED,
}


def survey_id_of(completer_id: str, program_id: str, wave: str) -> str:
    return derived("survey", completer_id, program_id, wave)


def partner_survey_id_of(review_id: str, contact_key: str) -> str:
    return derived("survey", review_id, contact_key)


def issue(completer_id: str, decision: Decision, campaign: Campaign, now: datetime) -> Change:
    """A new survey about a completer, by a decision to ask."""
    return _issued(
        survey_id_of(completer_id, decision.program_id, campaign.wave),
        decision,
        campaign,
        now,
        wave=campaign.wave,
        school_year=campaign.school_year,
        completer_id=completer_id,
        program_id=decision.program_id,
        closes_on=campaign.closes_on,
        last_day=campaign.last_day,
    )


def issue_about_provider(decision: ContactDecision, opened: Opened, campaign: PartnerCampaign, now: datetime) -> Change:
    """A new survey about a provider under review, by a decision to ask a contact. Its wave is the review."""
    return _issued(
        partner_survey_id_of(decision.review_id, decision.contact_key),
        decision,
        campaign,
        now,
        wave=decision.review_id,
        school_year=opened.opened_on.year + (opened.opened_on.month >= FIRST_MONTH),
        review_id=decision.review_id,
        closes_on=opened.answers_until,
        last_day=opened.answers_until + timedelta(days=campaign.grace_days),
    )


def _issued(
    survey_id: str, decision: AnyDecision, campaign: Inquiry, now: datetime, **about: str | int | date
) -> Change:
    if decision.target is None:
        raise ValueError("Only a decision to ask issues a survey.")
    survey = Survey.model_validate(
        {
            "survey_id": survey_id,
            "campaign_id": campaign.campaign_id,
            "instrument_id": campaign.instrument_id,
            "instrument_version": campaign.instrument_version,
            "target": decision.target,
            "issued_at": now,
            "awaiting_since": now,
            **about,
        }
    )
    return survey, [survey.as_issued()]


def follow(survey: Survey, decision: AnyDecision, now: datetime) -> Change:
    """Bring a survey in line with the latest decision about it."""
    if decision.outcome is Outcome.ASK and decision.target is not None:
        return survey.aim(decision.target, now) if survey.is_open or survey.state is State.WITHDRAWN else (survey, [])
    if not survey.is_open or decision.rule in (Rule.CAMPAIGN_CLOSED, Rule.NO_CAMPAIGN):
        return survey, []
    return survey.withdraw(WITHDRAWN_AS.get(decision.rule, WithdrawalReason.HIRE_WITHDRAWN), now)


def follow_contact(
    survey: Survey, decision: ContactDecision, opened: Opened, campaign: PartnerCampaign, now: datetime
) -> Change:
    """As `follow`; and answers are taken until the day that the review says now."""
    after, events = follow(survey, decision, now)
    if decision.outcome is not Outcome.ASK or not after.is_open or after.closes_on == opened.answers_until:
        return after, events
    last_day = opened.answers_until + timedelta(days=campaign.grace_days)
    days = {"closes_on": opened.answers_until, "last_day": last_day, "revision": survey.revision + 1}
    moved = after.model_copy(update=days)
    return moved, [moved.as_issued()]
