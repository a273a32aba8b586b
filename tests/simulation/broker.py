"""A simulated Kafka: records arrive late, in part, twice or unconfirmed; groups rebalance, and expel the silent."""

import asyncio
from collections.abc import Callable, Sequence
from zlib import crc32

from shared.errors import BrokerAway, RecordRefused
from shared.records import InboundRecord, OutboundRecord
from tests.simulation.loop import Process
from tests.simulation.world import Reply, World

PARTITIONS = 3
SEND_SECONDS = 15.0

Appended = Callable[[InboundRecord], None]


class SimulatedKafka:
    """The logs. `refused` keys are not taken; `appended` is told of each record."""

    def __init__(self, world: World, appended: Appended = lambda _record: None) -> None:
        self.world = world
        self.refused: set[bytes] = set()
        self.logs: dict[str, list[list[InboundRecord]]] = {}
        self.grown = asyncio.Event()
        self._appended = appended

    def partitions(self, topic: str) -> list[list[InboundRecord]]:
        return self.logs.setdefault(topic, [[] for _ in range(PARTITIONS)])

    def append(self, record: OutboundRecord) -> None:
        """As one that has arrived, from whomever."""
        partition = crc32(record.key) % PARTITIONS
        log = self.partitions(record.topic)[partition]
        kept = InboundRecord(
            record.topic,
            partition,
            len(log),
            record.key,
            record.value,
            dict(record.headers),
            self.world.loop.now(),
        )
        log.append(kept)
        self.world.tell(f"log {record.topic}/{partition}@{kept.offset} {record.key.decode()} {named(kept)}")
        self._appended(kept)
        self.grown.set()
        self.grown = asyncio.Event()

    def append_again(self, record: InboundRecord) -> None:
        """A record that comes a second time, however old."""
        self.append(OutboundRecord(record.topic, record.key or b"", record.value, list(record.headers.items())))


class SimulatedProducer:
    """A `Publisher`. Within a partition nothing overtakes; of a call that fails, each partition may have got a part."""

    def __init__(self, kafka: SimulatedKafka) -> None:
        self._kafka = kafka

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    async def send_all(self, records: Sequence[OutboundRecord]) -> None:
        world, weather = self._kafka.world, self._kafka.world.weather
        sender = Process.current()
        name = sender.name if sender is not None else "somebody"

        def arrive(reply: Reply[None]) -> None:
            if weather.is_broker_away:
                reply.fail(BrokerAway("It is switched off."), after=world.chance.uniform(0.01, SEND_SECONDS))
                return
            luck = world.chance.random()
            if luck < weather.is_late:
                world.tell(f"{name}: {len(records)} records will arrive late")
                after = world.chance.uniform(0.1, 2.0)
                reply.fail(BrokerAway("No answer in time."), after=after)
                world.later(after + world.chance.uniform(0.0, 8.0), lambda: self._arrive_late(records))
                return
            refusal = self._take(records)
            if luck < weather.is_late + weather.loses_acknowledgements:
                world.tell(f"{name}: an acknowledgement is lost")
                reply.fail(BrokerAway("The acknowledgement is lost."), after=world.chance.uniform(0.1, SEND_SECONDS))
            elif refusal is not None:
                reply.fail(refusal)
            else:
                reply.give(None)

        await world.on_its_way(arrive)

    def _arrive_late(self, records: Sequence[OutboundRecord]) -> None:
        self._take(records)

    def _take(self, records: Sequence[OutboundRecord]) -> RecordRefused | None:
        """Per partition up to the first that is refused, or less: nothing that was behind it."""
        kafka, refusal = self._kafka, None
        if kafka.world.weather.is_broker_away:
            return None
        stopped: set[tuple[str, int]] = set()
        for record in records:
            place = record.topic, crc32(record.key) % PARTITIONS
            if record.key in kafka.refused:
                refusal = RecordRefused("This key is refused.")
                stopped.add(place)
            elif refusal is not None and kafka.world.chance.random() < 0.3:
                stopped.add(place)
            if place not in stopped:
                kafka.append(record)
        return refusal


def named(record: InboundRecord) -> str:
    """The event's type and sequence, for the record of what happened."""
    kind = record.headers.get("ce_type", b"?").decode().rpartition(".")[0].rpartition(".")[2]
    return f"{kind} {int(record.headers.get('ce_sequence', b'0'))}"
