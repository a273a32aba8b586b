"""From a document through outbox, Kafka and consumer to an effect: our own parts, put together as the frame does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import perf_counter

from prometheus_client import CollectorRegistry

from shared.brokers import TRAITS
from shared.consumer import Consumer
from shared.errors import AlreadyThere
from shared.events import Envelope
from shared.events.partnership import OrganizationChanged, OrganizationKind
from shared.kafka import Producer, Subscription
from shared.lease import Lease
from shared.metrics import ConsumerMetrics, OutboxMetrics
from shared.mongo import Mongo
from shared.outbox import ABOARD, OUTBOX_INDEX, Documents
from shared.parking import Parking
from shared.records import Publisher, RecordSource
from shared.relay import Relay
from shared.supervise import Supervisor
from tests.shared.reading import until

NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)
TOPIC = OrganizationChanged.topic
GROUP = "survey"
QUICK = TRAITS["kafka"].brisk()


class Pipe:
    """`written`, as `key:revision`, was saved with an event aboard; each is to become one document of `heard`.

    `in_order`: (key, sequence) as first heard.
    """

    def __init__(self, mongo: Mongo, bootstrap: str, *, deadline_seconds: float = 1.0) -> None:
        self.registry = CollectorRegistry()
        self.written: list[str] = []
        self.in_order: list[tuple[str, int]] = []
        self.gave_up: list[str] = []
        self._bootstrap = bootstrap
        self._deadline = deadline_seconds
        self._publisher: Publisher = Producer(bootstrap, QUICK, client_id="pipe", deadline_seconds=deadline_seconds)
        self.relay = Relay(
            self._publisher,
            Lease(mongo.collection("leases"), "relay", "me"),
            OutboxMetrics(self.registry),
            poll_seconds=0.1,
        )
        self.collection = mongo.collection("organizations")
        self.documents = Documents(self.collection, source="partnership", relay=self.relay)
        self.relay.carry(self.documents)
        self.heard = mongo.collection("heard")
        self.parking = Parking(
            Documents(mongo.collection("parked"), source="survey"), service="survey", clock=lambda: NOW
        )
        self._consumer = Consumer(
            self._source,
            {OrganizationChanged: self._hear},
            {},
            self.parking,
            ConsumerMetrics(self.registry),
            clock=lambda: NOW,
            poll_seconds=0.05,
            wind_up_seconds=3.0,
        )

    async def write(self, *keys: str, name: str = "") -> None:
        """A new document for each key; or, for a key that is there, its next revision."""
        for key in keys:
            revision = 1 + sum(each.startswith(f"{key}:") for each in self.written)
            told = name or f"{key}:{revision}"
            event = OrganizationChanged(organization_id=key, kinds=(OrganizationKind.SCHOOL,), name=told)
            body = {"revision": revision, "name": told}
            if revision == 1:
                await self.documents.insert(key, body, event, at=NOW)
            else:
                await self.documents.update(key, body, event, at=NOW)
            self.written.append(f"{key}:{revision}")

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        await self.collection.ensure_indexes(OUTBOX_INDEX)
        await self.parking.ensure_indexes()
        loops = Supervisor(on_give_up=self.gave_up.append)
        loops.start("relay", self.relay.run)
        loops.start("consumer", self._consumer.run)
        try:
            yield
        finally:
            await loops.stop()
            await self._publisher.stop()
        assert self.gave_up == []

    async def heard_names(self) -> set[str]:
        return {f"{found['key']}:{found['sequence']}" for found in await self.heard.find({})}

    async def until_heard(self, *wanted: str, seconds: float = 20.0) -> float:
        """Wait for these, or for all that was written; answers for how many seconds."""
        started = perf_counter()
        goal = set(wanted or self.written)

        async def all_heard() -> bool:
            return goal <= await self.heard_names()

        await until(all_heard, seconds=seconds)
        return perf_counter() - started

    async def lost(self) -> int:
        """Written and not heard, or still aboard."""
        aboard = await self.collection.count({f"{ABOARD}.0": {"$exists": True}})
        return len(set(self.written) - await self.heard_names()) + aboard

    async def doubled(self) -> int:
        """Effects more than there were facts, and first hearings that were out of their key's order."""
        heard: dict[str, list[int]] = {}
        for key, sequence in self.in_order:
            heard.setdefault(key, []).append(sequence)
        unordered = sum(sequences != sorted(sequences) for sequences in heard.values())
        return await self.heard.count({}) - len(self.written) + unordered

    async def until_empty(self) -> None:
        """Wait until nothing is aboard."""

        async def is_empty() -> bool:
            return await self.collection.count({f"{ABOARD}.0": {"$exists": True}}) == 0

        await until(is_empty)

    def sample(self, metric: str) -> float:
        return self.registry.get_sample_value(metric) or 0.0

    async def until_sample(self, metric: str, at_least: float) -> None:
        await until(lambda: self.sample(metric) >= at_least, seconds=20.0)

    def _source(self) -> RecordSource:
        return Subscription(self._bootstrap, QUICK, group=GROUP, topics=[TOPIC], client_id="pipe")

    async def _hear(self, envelope: Envelope[OrganizationChanged]) -> None:
        fact = {"_id": envelope.id, "key": envelope.subject, "sequence": envelope.sequence}
        try:
            await self.heard.insert_one(fact)
        except AlreadyThere:
            return
        self.in_order.append((envelope.subject, envelope.sequence))
