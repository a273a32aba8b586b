"""A consumer at work on Kafka in memory and a real store, for the tests of consumer and parking."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from shared import context
from shared.breaker import Breaker
from shared.consumer import Consumer
from shared.events import Envelope
from shared.events.partnership import HireWithdrawn, OrganizationChanged, OrganizationKind
from shared.metrics import ConsumerMetrics
from shared.mongo import Collection, Mongo
from shared.outbox import Documents
from shared.parking import Parking
from shared.reactions import Outcome
from shared.records import OutboundRecord
from tests.twice_kafka import TwiceKafka, TwiceSubscription, outbound

GROUP = "survey"
TOPIC = OrganizationChanged.topic
NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)


def named(name: str, code: str = "00350000") -> OrganizationChanged:
    return OrganizationChanged(organization_id=code, kinds=(OrganizationKind.DISTRICT,), name=name)


def garbled(event: OrganizationChanged, **headers: bytes) -> OutboundRecord:
    """A record of this event's key whose data, or the headers that are given, cannot be right."""
    record = outbound(event)
    changed = {**dict(record.headers), **headers}
    return OutboundRecord(record.topic, record.key, record.value if headers else b"{", list(changed.items()))


async def until(condition: Callable[[], Awaitable[bool] | bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while True:
            answer = condition()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.005)


@dataclass
class Reader:
    """What a service would be: it notes the names that it was told, and fails where it is told to."""

    kafka: TwiceKafka
    parking: Parking
    decisions: Collection | None = None
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    names: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    raises: dict[str, Exception] = field(default_factory=dict)
    holds: dict[str, asyncio.Event] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    contexts: list[tuple[str | None, str | None]] = field(default_factory=list)
    source: TwiceSubscription | None = None
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.metrics = ConsumerMetrics(self.registry)
        self.consumer = self.a_consumer()

    def a_consumer(self, wind_up_seconds: float = 20.0) -> Consumer:
        return Consumer(
            self._subscribe,
            {OrganizationChanged: self.note},
            {TOPIC: self.erase},
            self.parking,
            self.metrics,
            clock=lambda: self.now,
            breaker=Breaker(self.decisions, clock=lambda: self.now, on_change=self.metrics.stopped),
            poll_seconds=0.05,
            wind_up_seconds=wind_up_seconds,
            jitter=lambda: 0.0,
        )

    def _subscribe(self) -> TwiceSubscription:
        self.source = self.kafka.subscription(GROUP, [TOPIC, HireWithdrawn.topic])
        return self.source

    async def note(self, envelope: Envelope[OrganizationChanged]) -> None:
        name = envelope.event.name
        self.tried.append(name)
        self.contexts.append((context.origin().correlation_id, context.origin().event_id))
        if name in self.holds:
            await self.holds[name].wait()
        if name in self.raises:
            raise self.raises[name]
        self.names.append(name)

    async def erase(self, key: str) -> None:
        self.erased.append(key)

    @property
    def applied(self) -> list[str]:
        """The names in the order of their first application."""
        return list(dict.fromkeys(self.names))

    def count(self, outcome: Outcome, topic: str = TOPIC) -> float:
        return self.registry.get_sample_value("consumer_records_total", {"topic": topic, "outcome": outcome}) or 0.0

    def samples(self, metric: str) -> list[float]:
        return [
            sample.value for family in self.registry.collect() for sample in family.samples if sample.name == metric
        ]

    async def is_parked(self, events: int) -> bool:
        return len(await self.parking.waiting()) == events

    async def read_all(self) -> None:
        await self.kafka.until_read(GROUP, TOPIC, HireWithdrawn.topic)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.consumer.run(lambda: None))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled() and (error := task.exception()):
                raise error


async def reader(mongo: Mongo) -> Reader:
    parking = Parking(
        Documents(mongo.collection("parked"), source="survey", relay=None), service="survey", clock=lambda: NOW
    )
    await parking.ensure_indexes()
    return Reader(TwiceKafka(), parking, mongo.collection("breaker"))
