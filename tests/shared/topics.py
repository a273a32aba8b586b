"""Topics on the real broker, each of its own for a test, with clients for them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

from deploy.local.broker import Broker
from shared.brokers import TRAITS, TopicSpec
from shared.kafka import Producer, Subscription, create_topics
from shared.records import InboundRecord, OutboundRecord

_names = count(1)


class Topic:
    """A topic of its own for a test, and clients for it."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.name = f"test.kafka.{next(_names)}"
        self.traits = TRAITS[broker.kind].brisk()

    async def create(self, partitions: int = 1) -> None:
        await create_topics(self.broker.bootstrap, [TopicSpec(self.name, partitions)])

    @asynccontextmanager
    async def producer(self, deadline_seconds: float = 15.0) -> AsyncIterator[Producer]:
        producer = Producer(self.broker.bootstrap, self.traits, client_id="test", deadline_seconds=deadline_seconds)
        try:
            yield producer
        finally:
            await producer.stop()

    @asynccontextmanager
    async def reader(
        self, group: str = "readers", revoked: Callable[[], object] | None = None
    ) -> AsyncIterator[Subscription]:
        async def before_revoke() -> None:
            if revoked is not None:
                revoked()

        source = Subscription(
            self.broker.bootstrap,
            self.traits,
            group=f"{self.name}.{group}",
            topics=[self.name],
            client_id="test",
        )
        try:
            await source.start(before_revoke)
            yield source
        finally:
            await source.stop()

    def record(self, value: bytes | None, key: bytes = b"a") -> OutboundRecord:
        return OutboundRecord(self.name, key, value, [("ce_type", b"told")])


async def read(source: Subscription, wanted: int, seconds: float = 30.0) -> list[InboundRecord]:
    records: list[InboundRecord] = []
    async with asyncio.timeout(seconds):
        while len(records) < wanted:
            records.extend(await source.poll(500, 0.2))
    return records


async def read_for_ever(source: Subscription, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while True:
            await source.poll(10, 0.2)
            await source.lag()
