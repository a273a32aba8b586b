"""Topics read from their beginning to where they end now, without a consumer group: nobody's offsets change."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.brokers import BrokerTraits
from shared.errors import BrokerAway, Misconfigured, RecordRefused
from shared.kafka_client import CALL_SECONDS, named, require, stopped
from shared.records import InboundRecord, inbound

AT_ONCE = 2_000
STUCK_SECONDS = 30.0
FETCH_BYTES = 8 * 1024 * 1024


class TopicLog:
    """`offsets`: how far it is from the beginnings to the ends; a compacted topic has fewer records than that."""

    def __init__(self, client: Any, beginnings: dict[TopicPartition, int], ends: dict[TopicPartition, int]) -> None:
        self.offsets = sum(end - beginnings[place] for place, end in ends.items())
        self._client = client
        self.ends = ends

    async def batches(self) -> AsyncIterator[list[InboundRecord]]:
        """All records up to the ends, in order within a partition. BrokerAway if they stop coming."""
        open_places = dict(self.ends)
        patience = STUCK_SECONDS
        while open_places:
            with named():
                polled = await self._client.getmany(*open_places, timeout_ms=1000, max_records=AT_ONCE)
            patience = STUCK_SECONDS if polled else patience - 1
            if patience <= 0:
                raise BrokerAway("Kafka does not hand out what its topics are said to hold.")
            records = [
                inbound(record)
                for place, found in polled.items()
                for record in found
                if record.offset < self.ends[place]
            ]
            if records:
                yield records
            for place, end in list(open_places.items()):
                if await self._client.position(place) >= end:
                    del open_places[place]


@asynccontextmanager
async def read_through(
    bootstrap: str, traits: BrokerTraits, topics: Sequence[str], *, client_id: str
) -> AsyncIterator[TopicLog]:
    """What these topics hold at this moment. Misconfigured if one of them is missing."""
    client: Any = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        group_id=None,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=traits.fetch_max_wait_ms,
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=FETCH_BYTES // 4,
        request_timeout_ms=int(CALL_SECONDS * 1000),
    )
    try:
        with named():
            async with asyncio.timeout(2 * CALL_SECONDS):
                await client.start()
                places = [place for topic in topics for place in await _places(client, topic)]
                client.assign(places)
                beginnings = await client.beginning_offsets(places)
                ends = {
                    place: await _end(client, place, end) for place, end in (await client.end_offsets(places)).items()
                }
                for place in places:
                    client.seek(place, beginnings[place])
        yield TopicLog(client, beginnings, {place: end for place, end in ends.items() if end > beginnings[place]})
    finally:
        await stopped(client)


async def _places(client: Any, topic: str) -> list[TopicPartition]:
    try:
        await require(client._client, topic)
    except RecordRefused:
        raise Misconfigured(f"Kafka has no topic {topic}: `prepbridge topics create` makes it.") from None
    return [TopicPartition(topic, number) for number in sorted(client.partitions_for_topic(topic))]


async def _end(client: Any, place: TopicPartition, told: int) -> int:
    """Where a partition ends. Tansu tells the beginning of its last batch when asked; a fetch tells right."""
    if not told:
        return 0
    client.seek(place, told - 1)
    while True:
        await client.getmany(place, timeout_ms=1000, max_records=1)
        if (end := client.highwater(place)) is not None:
            return int(end)
