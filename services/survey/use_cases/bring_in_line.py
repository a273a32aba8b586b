"""A survey is brought in line with the latest decision about it, whatever it is about."""

from collections.abc import Callable
from datetime import datetime

from services.survey.domain.survey import Change, Survey
from services.survey.metrics import SurveyMetrics
from services.survey.store.surveys import Surveys
from shared.rounds import on_a_fresh_reading


async def bring_in_line(
    survey_id: str,
    issued: Change | None,
    follow: Callable[[Survey], Change],
    *,
    surveys: Surveys,
    metrics: SurveyMetrics,
    now: datetime,
) -> None:
    """Add the survey that is `issued`, unless it is there already; then that one follows."""
    if issued is not None:
        survey, events = issued
        if await surveys.add(survey, events, at=now):
            metrics.issued.inc()
            return

    async def follow_on() -> None:
        known = await surveys.get(survey_id)
        if known is None:
            return
        after, events = follow(known)
        if after is not known:
            await surveys.save(after, events, at=now)

    await on_a_fresh_reading(follow_on)
