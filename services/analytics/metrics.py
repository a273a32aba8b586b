"""What analytics counts about itself."""

from datetime import datetime

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
        self._newest_at = 0.0

    def noted(self, kind: str, at: datetime, *, is_new: bool) -> None:
        self._facts.labels(kind, "new" if is_new else "known").inc()
        self._newest_at = max(self._newest_at, at.timestamp())
        self._newest.set(self._newest_at)
