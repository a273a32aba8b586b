"""Members of a group come and go on a real broker, and nothing is lost."""

import asyncio
from itertools import count

import pytest
from prometheus_client import CollectorRegistry

from deploy.local.broker import Broker
from shared.brokers import TRAITS, TopicSpec
from shared.consumer import Consumer
from shared.errors import RuleBroken
from shared.events import Envelope, Event
from shared.events.partnership import OrganizationChanged, OrganizationKind
from shared.kafka import Producer, Subscription, create_topics
from shared.metrics import ConsumerMetrics
from shared.mongo import Mongo
from shared.outbox import Documents
from shared.parking import Parking
from shared.records import InboundRecord, OutboundRecord
from tests.shared.reading import NOW, until
from tests.twice_kafka import outbound

pytestmark = pytest.mark.broker

_names = count(1)


class Members:
    """Consumers of one group, what they were told, and how far they have committed."""

    def __init__(self, broker: Broker, mongo: Mongo) -> None:
        self.broker = broker
        self.topic = f"test.members.{next(_names)}"
        self.parking = Parking(
            Documents(mongo.collection("parked"), source="survey", relay=None), service="survey", clock=lambda: NOW
        )
        self.broken: set[str] = set()
        self.told: list[tuple[str, str]] = []
        self.registries: dict[str, CollectorRegistry] = {}
        self.consumers: dict[str, Consumer] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def join(self, name: str) -> None:
        registry = self.registries[name] = CollectorRegistry()

        async def note(envelope: Envelope[OrganizationChanged]) -> None:
            if envelope.event.name in self.broken:
                raise RuleBroken("It contradicts what we know.")
            self.told.append((name, envelope.event.name))

        consumer = self.consumers[name] = Consumer(
            lambda: self._subscription(name),
            {OrganizationChanged: note},
            {},
            self.parking,
            ConsumerMetrics(registry),
            clock=lambda: NOW,
            poll_seconds=0.1,
        )
        self._tasks[name] = asyncio.create_task(consumer.run(lambda: None))

    async def leave(self, name: str) -> None:
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    async def publish(self, prefix: str, *, events: int) -> set[str]:
        told: dict[str, Event] = {
            f"{prefix}{n}": OrganizationChanged(
                organization_id=f"{n}", kinds=(OrganizationKind.SCHOOL,), name=f"{prefix}{n}"
            )
            for n in range(events)
        }
        producer = Producer(self.broker.bootstrap, TRAITS[self.broker.kind], client_id="test")
        try:
            records = [outbound(event) for event in told.values()]
            await producer.send_all(
                [OutboundRecord(self.topic, record.key, record.value, record.headers) for record in records]
            )
        finally:
            await producer.stop()
        return set(told)

    def names(self) -> set[str]:
        return {name for _, name in self.told}

    async def left_over(self, records: int) -> list[InboundRecord]:
        """What a new member of the group is given, at least so many."""
        source = self._subscription("inspector")
        given: list[InboundRecord] = []

        async def nothing() -> None:
            return

        await source.start(nothing)
        try:
            async with asyncio.timeout(30):
                while len(given) < records:
                    given.extend(await source.poll(500, 0.2))
        finally:
            await source.stop()
        return given

    def _subscription(self, name: str) -> Subscription:
        return Subscription(
            self.broker.bootstrap,
            TRAITS[self.broker.kind].brisk(),
            group=self.topic,
            topics=[self.topic],
            client_id=name,
        )


async def test_members_come_and_go_and_every_event_is_applied_and_committed(broker: Broker, mongo: Mongo) -> None:
    members = Members(broker, mongo)
    await create_topics(broker.bootstrap, [TopicSpec(members.topic, 4)])
    await members.join("first")
    wanted = await members.publish("a", events=300)
    await until(lambda: members.names() >= wanted, seconds=30)
    await members.join("second")
    await until(
        lambda: (members.registries["first"].get_sample_value("consumer_rebalances_total") or 0) >= 2, seconds=30
    )
    wanted |= await members.publish("b", events=300)
    await until(lambda: members.names() >= wanted, seconds=30)
    assert {member for member, name in members.told if name.startswith("b")} == {"first", "second"}
    await members.leave("first")
    wanted |= await members.publish("c", events=300)
    await until(lambda: members.names() >= wanted, seconds=30)
    await members.leave("second")
    assert members.names() == wanted
    await members.publish("unread", events=40)
    assert all(b"unread" in (record.value or b"") for record in await members.left_over(40))


async def test_a_member_without_partitions_stays_ready_and_takes_over(broker: Broker, mongo: Mongo) -> None:
    members = Members(broker, mongo)
    await create_topics(broker.bootstrap, [TopicSpec(members.topic, 1)])
    await members.join("first")
    wanted = await members.publish("a", events=3)
    await until(lambda: members.names() >= wanted, seconds=30)
    await members.join("second")
    await until(
        lambda: (members.registries["first"].get_sample_value("consumer_rebalances_total") or 0) >= 2, seconds=30
    )
    wanted |= await members.publish("b", events=3)
    await until(lambda: members.names() >= wanted, seconds=30)
    for leaving, staying in (("first", "second"), ("second", "third")):
        if staying not in members.registries:
            await members.join(staying)
        await members.leave(leaving)
        later = await members.publish(f"after {leaving} ", events=3)
        await until(lambda later=later: members.names() >= later, seconds=30)  # type: ignore[misc]
        assert {member for member, name in members.told if name in later} == {staying}
    await members.leave("third")


async def test_a_key_stays_parked_when_its_partition_goes_to_another_member(broker: Broker, mongo: Mongo) -> None:
    members = Members(broker, mongo)
    members.broken = {"a1"}
    await create_topics(broker.bootstrap, [TopicSpec(members.topic, 2)])
    await members.join("first")
    await members.publish("a", events=3)
    await until(lambda: members.names() == {"a0", "a2"}, seconds=30)
    await members.leave("first")
    await members.join("second")
    await members.publish("b", events=3)
    await until(lambda: members.names() == {"a0", "a2", "b0", "b2"}, seconds=30)
    await members.leave("second")
    assert [parked.reason for parked in await members.parking.waiting(members.topic)] == ["RuleBroken", "BehindParked"]


async def test_a_storm_of_bad_events_stops_the_reading_and_loses_nothing(broker: Broker, mongo: Mongo) -> None:
    members = Members(broker, mongo)
    members.broken = {f"a{n}" for n in range(0, 400, 4)}
    await create_topics(broker.bootstrap, [TopicSpec(members.topic, 3)])
    wanted = await members.publish("a", events=400) - members.broken
    await members.join("first")
    breaker = members.consumers["first"].breaker
    await until(lambda: breaker.stopped is not None, seconds=30)
    later = await members.publish("b", events=30)
    applied = members.names()
    assert applied <= wanted
    assert len(await members.parking.waiting(members.topic)) < len(members.broken)
    await members.leave("first")
    await members.join("second")
    breaker = members.consumers["second"].breaker
    await until(lambda: breaker.stopped is not None, seconds=30)
    assert await breaker.resume(actor="ops", reason="the producer is told")
    # Of the keys of the bad ones the later events wait behind them.
    free = later - {name.replace("a", "b") for name in members.broken}
    await until(lambda: members.names() == wanted | free, seconds=30)
    await members.leave("second")
    parked = await members.parking.waiting(members.topic)
    assert [event.reason for event in parked].count("RuleBroken") == len(members.broken)
    assert [event.reason for event in parked].count("BehindParked") == len(later - free)
    await members.publish("unread", events=40)
    assert all(b"unread" in (record.value or b"") for record in await members.left_over(40))
