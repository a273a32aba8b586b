"""Take what an event about a survey tells."""

from services.analytics.domain.fact import fact_of
from services.analytics.metrics import AnalyticsMetrics
from services.analytics.store.generations import Written
from shared.events import Envelope
from shared.events.survey import SurveyEvent


async def note_fact(envelope: Envelope[SurveyEvent], *, to: Written, metrics: AnalyticsMetrics) -> None:
    """Keep the fact; its leaf, marked with it, is made anew soon."""
    fact = fact_of(envelope)
    is_new = False
    for model in await to.written():
        is_new = await model.facts.keep(fact)
    metrics.noted(fact.kind, fact.at, is_new=is_new)
