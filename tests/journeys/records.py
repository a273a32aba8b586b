"""The broker's records as they lie there, read without a group and written back as they are."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.structs import TopicPartition

from deploy.kafka.topics import TOPICS
from shared.brokers import topics_in
from shared.events.partnership import HIRES, ORGANIZATIONS, PEOPLE
from shared.events.partnerships import PARTNERSHIPS
from shared.events.survey import SURVEYS
from tests.journeys.system import System

READS = {
    "partnership": (HIRES, SURVEYS),
    "survey": (ORGANIZATIONS, PEOPLE, HIRES, PARTNERSHIPS),
    "analytics": (ORGANIZATIONS, PARTNERSHIPS, SURVEYS),
}
"""Which topics each consuming service reads."""
TOLD = (ORGANIZATIONS, PEOPLE, HIRES, PARTNERSHIPS, SURVEYS)
FETCH_MS = 50

_PLACES = {
    topic.name: [TopicPartition(topic.name, number) for number in range(topic.partitions)]
    for topic in topics_in(TOPICS)
    if topic.name in TOLD
}


class Records:
    """Reads all topics from their beginning, again and again up to their end; `all` is what was read so far."""

    def __init__(self, bootstrap: str) -> None:
        self.all: list[ConsumerRecord] = []
        self._reader = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=FETCH_MS
        )
        self._groups = {
            name: AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=name, enable_auto_commit=False)
            for name in READS
        }

    @classmethod
    @asynccontextmanager
    async def of(cls, system: System) -> AsyncIterator["Records"]:
        records = cls(system.broker.bootstrap)
        clients = [records._reader, *records._groups.values()]
        try:
            for client in clients:
                await client.start()
            records._reader.assign([place for places in _PLACES.values() for place in places])
            yield records
        finally:
            for client in clients:
                await client.stop()

    async def catch_up(self) -> None:
        """Return when nothing new came for a while. (Where a topic ends Tansu does not say rightly.)"""
        while found := await self._reader.getmany(timeout_ms=3 * FETCH_MS):
            self.all.extend(record for records in found.values() for record in records)

    async def committed(self) -> dict[tuple[str, str, int], int]:
        """Service, topic, partition → the offset up to which it has done with them; what it never read is left out."""
        places = [(name, place) for name in READS for topic in READS[name] for place in _PLACES[topic]]
        offsets = {(name, *place): await self._groups[name].committed(place) for name, place in places}
        return {place: offset for place, offset in offsets.items() if offset is not None}

    async def unread_by(self, name: str) -> int:
        """How many of the records read here the service has not done with."""
        group = self._groups[name]
        unread = 0
        for place in (place for topic in READS[name] for place in _PLACES[topic]):
            if end := await self._reader.position(place):
                unread += end - (await group.committed(place) or 0)
        return unread


async def write_again(system: System, records: Iterable[ConsumerRecord]) -> int:
    """Every record once more, key, value, headers and all, in the same order; answers how many."""
    producer = AIOKafkaProducer(bootstrap_servers=system.broker.bootstrap, acks="all")
    await producer.start()
    written = 0
    try:
        for record in records:
            await producer.send(
                record.topic, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
            )
            written += 1
        await producer.flush()
    finally:
        await producer.stop()
    return written


async def offsets_left(system: System, name: str) -> dict[str, int]:
    """By topic, how far the service is behind the ends of what it reads."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=system.broker.bootstrap, group_id=name, enable_auto_commit=False, client_id="onlooker"
    )
    await reader.start()
    try:
        left: dict[str, int] = {}
        for topic in READS[name]:
            ends = await reader.end_offsets(_PLACES[topic])
            done = [await reader.committed(place) or 0 for place in ends]
            left[topic] = sum(ends.values()) - sum(done)
        return left
    finally:
        await reader.stop()
