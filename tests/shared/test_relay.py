"""What documents carry leaves, in order, at least once, and nothing is given up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from shared.errors import BrokerAway, RecordRefused, StoreAway
from shared.events.partnership import ORGANIZATIONS, OrganizationChanged, OrganizationKind
from shared.lease import Lease
from shared.metrics import OutboxMetrics
from shared.mongo import Collection, Mongo
from shared.outbox import ABOARD, OUTBOX_INDEX, Documents
from shared.records import OutboundRecord, Publisher
from shared.relay import Relay
from tests.twice_kafka import TwiceKafka

NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def named(organization_id: str, name: str) -> OrganizationChanged:
    return OrganizationChanged(organization_id=organization_id, kinds=(OrganizationKind.SCHOOL,), name=name)


class Office:
    """A relay with one collection, on a real database and a broker in memory."""

    def __init__(self, mongo: Mongo, kafka: TwiceKafka, holder: str = "me", publisher: Publisher | None = None) -> None:
        self.registry = CollectorRegistry()
        self.collection = mongo.collection("organizations")
        lease = Lease(mongo.collection("leases"), "relay", holder)
        self.relay = Relay(publisher or kafka.producer(), lease, OutboxMetrics(self.registry), poll_seconds=0.05)
        self.documents = Documents(self.collection, source="partnership", relay=self.relay)
        self.relay.carry(self.documents)

    async def write(self, organization_id: str, revision: int, name: str) -> None:
        event = named(organization_id, name)
        body = {"revision": revision, "name": name}
        if revision == 1:
            await self.documents.insert(organization_id, body, event, at=NOW)
        else:
            await self.documents.update(organization_id, body, event, at=NOW)

    async def aboard(self) -> int:
        return await self.collection.count({f"{ABOARD}.id": {"$exists": True}})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.relay.run(lambda: None))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def kafka() -> TwiceKafka:
    return TwiceKafka()


@pytest.fixture
async def office(mongo: Mongo, kafka: TwiceKafka) -> Office:
    office = Office(mongo, kafka)
    await office.collection.ensure_indexes(OUTBOX_INDEX)
    return office


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - what is waited for is in a database
            await asyncio.sleep(0.02)


def names(kafka: TwiceKafka) -> list[str]:
    events = [envelope.event for envelope in kafka.events(ORGANIZATIONS)]
    return [event.name for event in events if isinstance(event, OrganizationChanged)]


async def test_what_was_written_before_the_start_leaves_and_is_taken_off(office: Office, kafka: TwiceKafka) -> None:
    await office.write("a", 1, "first")
    await office.write("a", 2, "second")
    async with office.running():
        await until(lambda: _is_empty(office))
    assert names(kafka) == ["first", "second"]


async def test_what_is_written_while_it_runs_leaves_once(office: Office, kafka: TwiceKafka) -> None:
    async with office.running():
        await asyncio.gather(*(office.write(f"school-{number}", 1, f"{number}") for number in range(700)))
        await until(lambda: _is_empty(office))
    assert sorted(names(kafka), key=int) == [f"{number}" for number in range(700)]


async def test_events_of_one_document_keep_their_order(office: Office, kafka: TwiceKafka) -> None:
    async with office.running():
        for revision in range(1, 30):
            await office.write("a", revision, str(revision))
        await until(lambda: _is_empty(office))
    seen = list(dict.fromkeys(names(kafka)))
    assert seen == [str(revision) for revision in range(1, 30)]


async def test_nothing_is_lost_while_the_broker_is_away(office: Office, kafka: TwiceKafka) -> None:
    async with office.running():
        kafka.is_away = True
        await office.write("a", 1, "first")
        await office.write("a", 2, "second")
        await until(lambda: _failures_seen(office))
        kafka.is_away = False
        await until(lambda: _is_empty(office))
    assert list(dict.fromkeys(names(kafka))) == ["first", "second"]


async def test_what_was_published_but_not_taken_off_is_published_again_after_a_crash(
    mongo: Mongo, office: Office, kafka: TwiceKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.write("a", 1, "first")

    async def crash(*_: object) -> int:
        raise StoreAway("MongoDB went away just then.")

    with monkeypatch.context() as broken:
        broken.setattr(Collection, "update_many", crash)
        with pytest.raises(StoreAway):
            await office.relay.run(lambda: None)
    assert names(kafka) == ["first"]
    successor = Office(mongo, kafka)
    async with successor.running():
        await until(lambda: _is_empty(successor))
    assert names(kafka) == ["first", "first"]


async def test_what_the_broker_refuses_holds_up_its_own_key_only(office: Office, kafka: TwiceKafka) -> None:
    kafka.refusal = lambda record: RecordRefused("It is too large.") if b"monstrous" in (record.value or b"") else None
    for number in range(20):
        await office.write(f"school-{number}", 1, f"{number}")
    await office.write("a", 1, "monstrous")
    await office.write("a", 2, "behind it")
    async with office.running():
        await until(lambda: _has_told(kafka, {f"{number}" for number in range(20)}))
        await office.write("b", 1, "written later")
        await office.write("a", 3, "behind it too")
        await until(lambda: _has_told(kafka, {"written later"}))
        assert office.registry.get_sample_value("outbox_refused_keys") == 1
        kafka.refusal = lambda _record: None
        await until(lambda: _is_empty(office))
    told = list(dict.fromkeys(names(kafka)))
    assert told[-3:] == ["monstrous", "behind it", "behind it too"]
    assert len(told) == 24
    assert office.registry.get_sample_value("outbox_refused_keys") == 0


async def test_more_that_is_refused_than_a_poll_reads_starves_nobody(
    office: Office, kafka: TwiceKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.relay.BATCH", 3)
    kafka.refusal = lambda record: RecordRefused("It is too large.") if b"monstrous" in (record.value or b"") else None
    for number in range(8):
        await office.write(f"school-{number}", 1, "monstrous")
    await office.write("z", 1, "small")
    async with office.running():
        await until(lambda: _has_told(kafka, {"small"}))
    assert names(kafka) == ["small"]


async def test_a_topic_that_is_refused_is_asked_for_once_and_not_for_each_key(
    office: Office, kafka: TwiceKafka
) -> None:
    asked: list[bytes] = []

    def refuse(record: OutboundRecord) -> RecordRefused:
        asked.append(record.key)
        return RecordRefused("There is no such topic.", concerns_topic=True)

    kafka.refusal = refuse
    for number in range(10):
        await office.write(f"school-{number}", 1, f"{number}")
    async with office.running():
        await until(lambda: _one_is_refused(office))
        assert len(asked) == 2  # once among the ten, once alone
        kafka.refusal = lambda _record: None
        await until(lambda: _is_empty(office))
    assert len(names(kafka)) == 10


async def test_a_flush_while_the_broker_is_away_ends_and_lets_the_next_one_in(
    mongo: Mongo, office: Office, kafka: TwiceKafka
) -> None:
    await office.write("a", 1, "first")
    kafka.is_away = True
    with pytest.raises(BrokerAway):
        await office.relay.flush()
    assert await Lease(mongo.collection("leases"), "relay", "the next").take()


async def test_only_the_holder_of_the_lease_publishes(mongo: Mongo, kafka: TwiceKafka, office: Office) -> None:
    await Lease(mongo.collection("leases"), "relay", "somebody else").take()
    await office.write("a", 1, "first")
    async with office.running():
        await asyncio.sleep(0.3)
        assert names(kafka) == []
        await Lease(mongo.collection("leases"), "relay", "somebody else").give_back()
        await until(lambda: _is_empty(office))
    assert names(kafka) == ["first"]


class Paused:
    """A publisher whose process was stopped (SIGSTOP) while it was sending."""

    def __init__(self, kafka: TwiceKafka) -> None:
        self._kafka = kafka
        self.has_begun, self.goes_on = asyncio.Event(), asyncio.Event()

    async def start(self) -> None:
        return

    async def send_all(self, records: Sequence[OutboundRecord]) -> None:
        self.has_begun.set()
        await self.goes_on.wait()
        await self._kafka.append(records)

    async def stop(self) -> None:
        return


async def test_a_holder_that_was_paused_publishes_once_more_and_takes_nothing_off_that_is_not_gone(
    mongo: Mongo, office: Office, kafka: TwiceKafka
) -> None:
    paused = Paused(kafka)
    zombie = Office(mongo, kafka, "the paused one", publisher=paused)
    await zombie.write("a", 1, "first")
    async with zombie.running():
        await paused.has_begun.wait()
        await mongo.collection("leases").update_one({"_id": "relay"}, {"$set": {"expires_at": LONG_AGO}})
        async with office.running():
            await until(lambda: _is_empty(office))
            await office.write("a", 2, "second")
            await until(lambda: _is_empty(office))
            assert names(kafka) == ["first", "second"]
            paused.goes_on.set()
            await until(lambda: _has_published(kafka, 3))
            await office.write("a", 3, "third")
            await until(lambda: _is_empty(office))
    assert names(kafka) == ["first", "second", "first", "third"]


async def test_a_flush_empties_the_outbox_and_lets_the_next_one_in(
    mongo: Mongo, office: Office, kafka: TwiceKafka
) -> None:
    await office.write("a", 1, "first")
    await office.relay.flush()
    assert await office.aboard() == 0
    assert await Lease(mongo.collection("leases"), "relay", "the next").take()


async def test_a_lease_goes_to_one_and_expires_by_the_database_clock(mongo: Mongo) -> None:
    leases = mongo.collection("leases")
    mine, theirs = Lease(leases, "relay", "me"), Lease(leases, "relay", "them")
    assert await mine.take()
    assert await mine.take()
    assert not await theirs.take()
    assert await theirs.held_by() == "me"
    await leases.update_one({"_id": "relay"}, [{"$set": {"expires_at": {"$subtract": ["$$NOW", 1]}}}])
    assert await mine.held_by() is None
    assert await theirs.take()
    assert not await mine.take()
    await theirs.give_back()
    assert await mine.held_by() is None


async def _is_empty(office: Office) -> bool:
    return await office.aboard() == 0


async def _has_published(kafka: TwiceKafka, events: int) -> bool:
    return len(kafka.published) == events


async def _has_told(kafka: TwiceKafka, wanted: set[str]) -> bool:
    return wanted <= set(names(kafka))


async def _one_is_refused(office: Office) -> bool:
    return office.registry.get_sample_value("outbox_refused_keys") == 1


async def _failures_seen(office: Office) -> bool:
    return (office.registry.get_sample_value("outbox_publish_failures_total") or 0) > 0
