"""The numbers that all services report alike; each class registers its metrics with the registry that it is given.

Labels have few values: never an id, a name or a raw path (a route is its template).
"""

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bucket bounds in seconds for what should take milliseconds."""


class HttpMetrics:
    """What the door does."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "http_requests_total", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self._duration = Histogram(
            "http_request_duration_seconds",
            "From the request's head to the end of the answer.",
            ["method", "route"],
            buckets=FAST,
            registry=registry,
        )
        self.in_progress = Gauge("http_requests_in_progress", "Requests not yet answered.", registry=registry)
        self._rejected = Counter(
            "http_rejected_total", "Requests refused before a use case saw them.", ["reason"], registry=registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """`route` is a template, such as `/surveys/{survey_id}`."""
        self._requests.labels(method, route, f"{status // 100}xx").inc()
        self._duration.labels(method, route).observe(seconds)

    def rejected(self, reason: str) -> None:
        """`reason` is one of not_signed_in, forbidden, too_large, rate_limited."""
        self._rejected.labels(reason).inc()


class OutboxMetrics:
    """What is still aboard, and what has left."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._pending = Gauge(
            "outbox_pending_events", "Events aboard at the last poll, up to a batch per collection.", registry=registry
        )
        self._oldest = Gauge(
            "outbox_oldest_pending_timestamp_seconds",
            "When the oldest event aboard was written, Unix time; 0 when none is aboard.",
            registry=registry,
        )
        self._published = Counter(
            "outbox_published_total", "Events that the broker acknowledged.", ["topic"], registry=registry
        )
        self._failures = Counter(
            "outbox_publish_failures_total", "Batches that the broker did not acknowledge.", registry=registry
        )
        self._refused = Gauge(
            "outbox_refused_keys",
            "Keys and topics whose events wait because the broker refused one of them.",
            registry=registry,
        )

    def pending(self, count: int, oldest: datetime | None) -> None:
        self._pending.set(count)
        self._oldest.set(oldest.timestamp() if oldest else 0)

    def published(self, topic: str, events: int) -> None:
        self._published.labels(topic).inc(events)

    def failed(self) -> None:
        self._failures.inc()

    def refused(self, keys: int) -> None:
        self._refused.set(keys)


class ConsumerMetrics:
    """What was read from Kafka, and what became of it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._records = Counter(
            "consumer_records_total", "Records read, by what became of them.", ["topic", "outcome"], registry=registry
        )
        self.batch_seconds = Histogram(
            "consumer_batch_seconds", "From a batch's poll to its commit.", buckets=FAST, registry=registry
        )
        self._lag = Gauge(
            "consumer_lag_records",
            "Records not yet read or not yet settled.",
            ["topic", "partition"],
            registry=registry,
        )
        self._lag_seconds = Gauge(
            "consumer_lag_seconds",
            "Age of the oldest record in hand, or of the last one read while there are more; else 0.",
            ["topic", "partition"],
            registry=registry,
        )
        self._last_poll = Gauge(
            "consumer_last_poll_timestamp_seconds", "When records were last asked for, Unix time.", registry=registry
        )
        self._rebalances = Counter("consumer_rebalances_total", "Assignments that ended.", registry=registry)
        self._commit_failures = Counter(
            "consumer_commit_failures_total",
            "Commits that were not taken; they are tried again, and else those records are read again.",
            registry=registry,
        )
        self._restarts = Counter("consumer_restarts_total", "Clients that were replaced.", registry=registry)
        self.waiting = Gauge("consumer_waiting_records", "Records that wait for an outage to end.", registry=registry)
        self._stopped = Gauge(
            "consumer_stopped",
            "1 while the consumer has stopped because too many records would be parked, else 0.",
            registry=registry,
        )

    def settled(self, topic: str, outcome: str, records: int) -> None:
        """`outcome` is one of applied, skipped, parked."""
        self._records.labels(topic, outcome).inc(records)

    def polled(self, at: datetime) -> None:
        self._last_poll.set(at.timestamp())

    def behind(self, records: Mapping[tuple[str, int], int], seconds: Mapping[tuple[str, int], float]) -> None:
        """By topic and partition; what is not told here is not ours to report any more."""
        self._lag.clear()
        self._lag_seconds.clear()
        for (topic, partition), lag in records.items():
            self._lag.labels(topic, str(partition)).set(lag)
            self._lag_seconds.labels(topic, str(partition)).set(seconds.get((topic, partition), 0.0) if lag else 0.0)

    def stopped(self, is_stopped: bool) -> None:
        self._stopped.set(is_stopped)

    def rebalanced(self) -> None:
        self._rebalances.inc()

    def commit_failed(self) -> None:
        self._commit_failures.inc()

    def restarted(self) -> None:
        self._restarts.inc()


class ProcessMetrics:
    """What the process itself is, and whether its event loop turns."""

    def __init__(self, registry: CollectorRegistry, *, service: str, release: str) -> None:
        Info("build", "The service and release that run.", registry=registry).info(
            {"service": service, "release": release}
        )
        self.loop_lag = Gauge(
            "event_loop_lag_seconds", "How late the event loop was at its last look.", registry=registry
        )
        self.ready = Gauge("service_ready", "1 while the service takes requests, else 0.", registry=registry)
        self._loop_failures = Counter(
            "loop_failures_total", "Loops that failed and were begun again.", ["loop"], registry=registry
        )
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)

    def loop_begins(self, loop: str) -> None:
        """`loop` is its name; a service has a handful."""
        self._loop_failures.labels(loop)

    def loop_failed(self, loop: str) -> None:
        self._loop_failures.labels(loop).inc()


class ParkingMetrics:
    """What waits for a person."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Gauge("parked_events", "Events that wait to be replayed or discarded.", registry=registry)
        self._oldest = Gauge(
            "parked_oldest_timestamp_seconds",
            "When the oldest of them was parked, Unix time; 0 when none is.",
            registry=registry,
        )

    def waiting(self, events: int, oldest: datetime | None) -> None:
        self._events.set(events)
        self._oldest.set(oldest.timestamp() if oldest else 0)
