"""A hire was told, amended or ended: decide whom to ask, and bring the surveys in line."""

from services.survey.domain.campaign import Campaign
from services.survey.domain.decision import Decision, Outcome
from services.survey.domain.eligibility import decide
from services.survey.domain.issuing import follow, issue, survey_id_of
from services.survey.metrics import SurveyMetrics
from services.survey.store.employments import Employments
from services.survey.store.library import Library
from services.survey.store.surveys import Surveys
from services.survey.use_cases.bring_in_line import bring_in_line
from shared.clock import Clock
from shared.events import Envelope
from shared.events.partnership import HireEvent
from shared.fault import fault
from shared.rounds import on_a_fresh_reading


async def follow_hire(
    envelope: Envelope[HireEvent],
    *,
    employments: Employments,
    surveys: Surveys,
    library: Library,
    metrics: SurveyMetrics,
    clock: Clock,
) -> None:
    """Keep what was told, then let each survey follow. Both may happen twice, and the second may be late."""
    completer_id = envelope.event.completer_id

    async def keep() -> tuple[bool, list[tuple[Campaign, Decision]]]:
        now = clock()
        known = await employments.get(completer_id)
        told = known.told(envelope.event, envelope.sequence)
        decisions = [(campaign, one) for campaign in library.campaigns for one in decide(told, campaign, now)]
        decided = told.decided([decision for _, decision in decisions])
        if decided is not known:
            await employments.save(decided, at=now)
        return told is not known, decisions

    is_new, decisions = await on_a_fresh_reading(keep)
    metrics.told(is_new=is_new)
    fault("hire.kept_not_followed")
    for campaign, decision in decisions:
        await _bring_in_line(completer_id, decision, campaign, surveys, metrics)


async def _bring_in_line(
    completer_id: str, decision: Decision, campaign: Campaign, surveys: Surveys, metrics: SurveyMetrics
) -> None:
    now, is_asked = decision.at, decision.outcome is Outcome.ASK
    await bring_in_line(
        survey_id_of(completer_id, decision.program_id, campaign.wave),
        issue(completer_id, decision, campaign, now) if is_asked else None,
        lambda known: follow(known, decision, now),
        surveys=surveys,
        metrics=metrics,
        now=now,
    )
