"""What analytics counts about itself."""

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge


class AnalyticsMetrics:
    """Facts by kind, and how old the newest is."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._facts = Counter(
            "analytics_facts_total",
            "Facts taken from survey events, new or known.",
            ["kind", "outcome"],
            registry=registry,
        )
        self._newest = Gauge(
            "analytics_newest_fact_timestamp_seconds", "When the newest known fact happened.", registry=registry
        )
        self._newest_at = datetime.fromtimestamp(0, UTC)
        self._counters: dict[tuple[str, bool], Counter] = {}

    def noted(self, kind: str, at: datetime, *, is_new: bool) -> None:
        counter = self._counters.get((kind, is_new))
        if counter is None:
            counter = self._counters[kind, is_new] = self._facts.labels(kind, "new" if is_new else "known")
        counter.inc()
        if at > self._newest_at:
            self._newest_at = at
            self._newest.set(at.timestamp())
