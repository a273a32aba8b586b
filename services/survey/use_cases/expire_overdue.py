"""The window is over: what is still open expires."""

from services.survey.metrics import SurveyMetrics
from services.survey.store.surveys import Surveys
from shared.clock import Clock
from shared.errors import StaleRevision

ROUND = 500


async def expire_overdue(*, surveys: Surveys, metrics: SurveyMetrics, clock: Clock) -> int:
    """One round; answers how many expired."""
    now = clock()
    expired = 0
    for survey_id in await surveys.overdue(now.date(), limit=ROUND):
        survey = await surveys.get(survey_id)
        if survey is None:
            continue
        after, events = survey.expire(now)
        if after is survey:
            continue
        try:
            await surveys.save(after, events, at=now)
        except StaleRevision:
            continue
        metrics.expired.inc()
        expired += 1
    return expired
