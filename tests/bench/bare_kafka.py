"""Plain aiokafka, as the floors use it, and the filling of topics before anything is measured."""

import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.brokers import TRAITS
from shared.events import Event, seal, to_wire
from shared.kafka import Producer
from shared.records import OutboundRecord
from tests.bench.ground import Ground, empty_topics
from tests.survey.builders import NOW

BATCH = 500
"""Records polled at a time, as our consumer does."""
AT_ONCE = 2_000
WARM_UP = 100_000


def sealed(event: Event, source: str, sequence: int = 1) -> OutboundRecord:
    """The record that a service would publish."""
    envelope = seal(event, source=source, sequence=sequence, at=NOW)
    headers, value = to_wire(envelope)
    return OutboundRecord(event.topic, envelope.partition_key.encode(), value, headers)


async def fill(on: Ground, records: Iterable[OutboundRecord], *others: str) -> None:
    """Publish to one topic, and read it back, else the first to be measured warms the broker. Before, the topic and
    the `others` are emptied."""
    waiting = iter(records)
    batch = list(islice(waiting, AT_ONCE))
    topic, count = batch[0].topic, 0
    await empty_topics(on, [topic, *others])
    # What was just made refuses its first callers for a moment; they try again.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    producer = Producer(on.bootstrap, TRAITS[on.broker], client_id="fill")
    try:
        while batch:
            await producer.send_all(batch)
            count += len(batch)
            batch = list(islice(waiting, AT_ONCE))
    finally:
        await producer.stop()
    async with bare_consumer(on, "warm-up", [topic]) as consumer:
        count = min(count, WARM_UP)
        while count > 0:
            count -= sum(map(len, (await consumer.getmany(timeout_ms=1000)).values()))


@asynccontextmanager
async def bare_consumer(on: Ground, group: str | None, topics: Sequence[str], **settings: Any) -> AsyncIterator[Any]:
    options = {"auto_offset_reset": "earliest", "enable_auto_commit": False} | settings
    consumer: Any = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=on.bootstrap,
        group_id=group,
        fetch_max_wait_ms=TRAITS[on.broker].fetch_max_wait_ms,
        **options,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def bare_producer(on: Ground) -> AsyncIterator[Any]:
    """As durable as ours: acknowledged by all, and idempotent where the broker can."""
    producer: Any = AIOKafkaProducer(
        bootstrap_servers=on.bootstrap, acks="all", enable_idempotence=TRAITS[on.broker].enable_idempotence
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()
