"""Take what an event about a survey tells."""

from collections.abc import Awaitable, Callable

from services.analytics.domain.fact import fact_of
from services.analytics.metrics import AnalyticsMetrics
from services.analytics.store import FactStore
from shared.events import Envelope
from shared.events.survey import SurveyEvent


async def note_fact(
    envelope: Envelope[SurveyEvent],
    *,
    facts: FactStore,
    refresh: Callable[[str], Awaitable[None]],
    metrics: AnalyticsMetrics,
) -> None:
    """Keep the fact and refresh its leaf; also when the fact is known, for a crash may have come between the two."""
    fact = fact_of(envelope)
    is_new = await facts.add(fact)
    await refresh(fact.leaf.leaf_id)
    metrics.noted(fact.kind, fact.at, is_new=is_new)
