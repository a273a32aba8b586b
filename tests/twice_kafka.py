"""A Kafka in memory that keeps its promises as badly as a real one may: every record is delivered twice, always."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zlib import crc32

from shared.errors import BrokerAway, RecordRefused
from shared.events import REGISTER, Envelope, Event, from_wire, seal, to_wire
from shared.records import InboundRecord, OutboundRecord, Place

BEGINNING = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)


def outbound(
    event: Event, *, sequence: int = 1, source: str = "partnership", at: datetime = BEGINNING
) -> OutboundRecord:
    """The record of an event, as the outbox would write it."""
    envelope = seal(event, source=source, sequence=sequence, at=at)
    headers, value = to_wire(envelope)
    return OutboundRecord(event.topic, envelope.partition_key.encode(), value, headers)


@dataclass
class _Group:
    """What a broker remembers of a consumer group. One member reads; the newest to join takes over."""

    offsets: dict[Place, int] = field(default_factory=dict)
    member: "TwiceSubscription | None" = None


class TwiceKafka:
    """The broker. `is_away` takes nothing, `refusal` says what is wrong with a record; `published` is what it took."""

    def __init__(self, partitions: int = 3) -> None:
        self.is_away = False
        self.refusal: Callable[[OutboundRecord], RecordRefused | None] = lambda _record: None
        self.logs: dict[str, list[list[InboundRecord]]] = {}
        self.published: list[OutboundRecord] = []
        self._partitions = partitions
        self._groups: dict[str, _Group] = {}
        self._grown = asyncio.Condition()

    def producer(self) -> "TwiceProducer":
        return TwiceProducer(self)

    def subscription(self, group: str, topics: Sequence[str]) -> "TwiceSubscription":
        return TwiceSubscription(self, self.group(group), topics)

    def publisher(self, client_id: str) -> "TwiceProducer":
        """As the frame asks for one."""
        return self.producer()

    def source(self, *, group: str, topics: Sequence[str], client_id: str) -> "TwiceSubscription":
        """As the frame asks for one."""
        return self.subscription(group, topics)

    def group(self, name: str) -> _Group:
        return self._groups.setdefault(name, _Group())

    def committed(self, group: str) -> dict[Place, int]:
        """The next offset of each place that the group has committed."""
        return dict(self.group(group).offsets)

    def events(self, topic: str) -> list[Envelope[Event]]:
        """What was published to a topic, once each, in the order of publishing; tombstones left out."""
        return [
            from_wire(dict(record.headers), record.value, REGISTER)
            for record in self.published
            if record.topic == topic and record.value is not None
        ]

    def of(self, wanted: type[Event]) -> list[Event]:
        """The published events of one type."""
        return [envelope.event for envelope in self.events(wanted.topic) if isinstance(envelope.event, wanted)]

    async def publish(self, *events: Event, sequence: int = 1, source: str = "partnership") -> None:
        """As if another service had told these."""
        await self.append([outbound(event, sequence=sequence, source=source) for event in events])

    async def erase(self, topic: str, key: str) -> None:
        """Publish a tombstone."""
        await self.append([OutboundRecord(topic, key.encode(), None)])

    async def append(self, records: Sequence[OutboundRecord]) -> None:
        if self.is_away:
            raise BrokerAway("The broker in memory is switched off.")
        for record in records:
            if (refusal := self.refusal(record)) is not None:
                raise refusal
            partition = crc32(record.key) % self._partitions
            log = self.partitions(record.topic)[partition]
            stamp = BEGINNING + timedelta(milliseconds=len(self.published))
            self.published.append(record)
            log.append(
                InboundRecord(record.topic, partition, len(log), record.key, record.value, dict(record.headers), stamp)
            )
        async with self._grown:
            self._grown.notify_all()

    def partitions(self, topic: str) -> list[list[InboundRecord]]:
        return self.logs.setdefault(topic, [[] for _ in range(self._partitions)])

    async def until_grown(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds), self._grown:
                await self._grown.wait()
        except TimeoutError:
            return

    async def until_read(self, group: str, *topics: str, seconds: float = 10.0) -> None:
        """Wait until the group has committed all that is in these topics."""
        ends = {(topic, n): len(log) for topic in topics for n, log in enumerate(self.partitions(topic)) if log}
        async with asyncio.timeout(seconds):
            while any(self.group(group).offsets.get(place, 0) < end for place, end in ends.items()):
                await self.until_grown(0.05)

    async def wake(self) -> None:
        async with self._grown:
            self._grown.notify_all()


class TwiceProducer:
    """A `Publisher`."""

    def __init__(self, kafka: TwiceKafka) -> None:
        self._kafka = kafka

    async def start(self) -> None:
        if self._kafka.is_away:
            raise BrokerAway("The broker in memory is switched off.")

    async def send_all(self, records: Sequence[OutboundRecord]) -> None:
        await self._kafka.append(records)

    async def stop(self) -> None:
        return


class TwiceSubscription:
    """A `RecordSource`. What it polls it hands out, and then the whole of it once more."""

    def __init__(self, kafka: TwiceKafka, group: _Group, topics: Sequence[str]) -> None:
        self._kafka = kafka
        self._group = group
        self._topics = topics
        self._epoch = 0
        self._positions: dict[Place, int] = {}
        self._before_revoke: Callable[[], Awaitable[None]] | None = None
        self.kept_alive = 0

    @property
    def epoch(self) -> int:
        return self._epoch

    async def start(self, before_revoke: Callable[[], Awaitable[None]]) -> None:
        self._ask_broker()
        self._before_revoke = before_revoke
        if self._group.member is not None:
            await self._group.member.revoke()
        self._group.member = self
        self._assign()

    async def revoke(self) -> None:
        """Take the assignment away, as a rebalance does."""
        if self._before_revoke is not None:
            await self._before_revoke()
        self._epoch += 1
        self._positions = {}

    async def rebalance(self) -> None:
        """Take the assignment away and give it back."""
        await self.revoke()
        self._assign()

    async def poll(self, max_records: int, timeout: float) -> list[InboundRecord]:
        if self._kafka.is_away or not (records := self._next(max_records)):
            await self._kafka.until_grown(timeout)
            if self._kafka.is_away:
                return []
            records = self._next(max_records)
        return records + records

    async def keep_alive(self) -> None:
        self.kept_alive += 1
        await asyncio.sleep(0)

    async def commit(self, offsets: Mapping[Place, int], *, epoch: int) -> bool:
        if epoch != self._epoch or self._kafka.is_away:
            return False
        self._group.offsets.update(offsets)
        await self._kafka.wake()
        return True

    async def lag(self) -> dict[Place, int]:
        return {
            (topic, n): len(self._kafka.partitions(topic)[n]) - position
            for (topic, n), position in self._positions.items()
        }

    async def stop(self) -> None:
        if self._group.member is self:
            self._group.member = None
        self._positions = {}

    def _assign(self) -> None:
        for topic in self._topics:
            for partition in range(len(self._kafka.partitions(topic))):
                self._positions[topic, partition] = self._group.offsets.get((topic, partition), 0)

    def _next(self, max_records: int) -> list[InboundRecord]:
        records: list[InboundRecord] = []
        for (topic, partition), position in self._positions.items():
            log = self._kafka.partitions(topic)[partition]
            taken = log[position : position + max_records - len(records)]
            self._positions[topic, partition] = position + len(taken)
            records.extend(taken)
        return records

    def _ask_broker(self) -> None:
        if self._kafka.is_away:
            raise BrokerAway("The broker in memory is switched off.")
