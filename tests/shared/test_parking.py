"""What is parked keeps its key's order, and is replayed through the normal path."""

import asyncio

import pytest

from shared.errors import NotFound, RuleBroken, StoreAway
from shared.mongo import Mongo
from shared.outbox import ABOARD, OutboxEntry
from shared.parking import ParkedState, Replayed
from shared.reactions import Outcome
from tests.shared.reading import NOW, TOPIC, Reader, garbled, named, reader, until

KEY = b"00350000"


@pytest.fixture
async def reading(mongo: Mongo) -> Reader:
    """A reader that has parked `wrong` and, behind it, `next`."""
    reading = await reader(mongo)
    reading.raises["wrong"] = RuleBroken("No.")
    await reading.kafka.publish(named("wrong"), named("next"))
    async with reading.running():
        await reading.read_all()
    return reading


async def replay(reading: Reader, *, is_dry_run: bool = False) -> list[Replayed]:
    return await reading.parking.replay(
        TOPIC, KEY, reading.consumer.reactions, actor="ops", reason="mended", is_dry_run=is_dry_run
    )


async def test_a_key_with_parked_events_is_known(reading: Reader) -> None:
    assert await reading.parking.is_parked(TOPIC, KEY)
    assert not await reading.parking.is_parked(TOPIC, b"other")
    assert not await reading.parking.is_parked("other", KEY)


async def test_what_is_parked_is_announced_as_it_came_with_the_reason(reading: Reader, mongo: Mongo) -> None:
    (parked, _) = await reading.parking.waiting()
    kept = await mongo.collection("parked").find_one({"_id": parked.id})
    assert kept is not None
    (entry,) = [OutboxEntry.of(entry) for entry in kept[ABOARD]]
    headers = dict(entry.headers)
    original = next(record for record in reading.kafka.published if record.key == KEY)
    assert (entry.topic, entry.key, entry.value) == ("prepbridge.survey.parked", KEY.decode(), original.value)
    assert dict(original.headers).items() <= headers.items()
    assert headers["x-parked-reason"] == b"RuleBroken"
    assert headers["x-parked-message"] == b"No."
    assert headers["x-parked-topic"] == TOPIC.encode()
    assert headers["x-parked-offset"] == b"0"


async def test_a_record_that_comes_again_is_parked_once(reading: Reader) -> None:
    parked = await reading.parking.waiting()
    for event in parked:
        await reading.parking.park(event.record, RuleBroken("Again."), attempts=1)
    assert await reading.parking.waiting() == parked


async def test_a_dry_run_changes_nothing(reading: Reader) -> None:
    before = await reading.parking.waiting()
    results = await replay(reading, is_dry_run=True)
    assert [result.outcome for result in results] == [Outcome.APPLIED, Outcome.APPLIED]
    assert reading.names == []
    assert await reading.parking.waiting() == before


async def test_a_dry_run_tells_what_still_cannot_be_read(reading: Reader) -> None:
    await reading.kafka.append([garbled(named("x", code="b"))])
    async with reading.running():
        await reading.read_all()
    results = await reading.parking.replay(
        TOPIC, b"b", reading.consumer.reactions, actor="ops", reason="look", is_dry_run=True
    )
    assert [(result.outcome, result.reason) for result in results] == [(None, "Undecodable")]


async def test_a_replay_applies_in_order_and_frees_the_key(reading: Reader) -> None:
    del reading.raises["wrong"]
    results = await replay(reading)
    assert reading.names == ["wrong", "next"]
    assert [result.outcome for result in results] == [Outcome.APPLIED, Outcome.APPLIED]
    assert not await reading.parking.is_parked(TOPIC, KEY)
    await reading.kafka.publish(named("afterwards"))
    async with reading.running():
        await reading.read_all()
    assert reading.applied == ["wrong", "next", "afterwards"]


async def test_a_replay_leaves_who_why_when_and_what_came_of_it(reading: Reader) -> None:
    del reading.raises["wrong"]
    (first, _) = await replay(reading)
    replayed = await reading.parking.get(first.id)
    assert replayed.state is ParkedState.REPLAYED
    assert replayed.history == ({"at": NOW, "actor": "ops", "reason": "mended", "outcome": "applied"},)


async def test_replaying_twice_changes_nothing(reading: Reader) -> None:
    del reading.raises["wrong"]
    await replay(reading)
    assert await replay(reading) == []
    assert reading.names == ["wrong", "next"]


async def test_a_replay_stops_at_the_first_that_fails_again(reading: Reader) -> None:
    results = await replay(reading)
    assert [(result.outcome, result.reason) for result in results] == [(None, "RuleBroken")]
    assert reading.names == []
    waiting = await reading.parking.waiting(TOPIC, KEY)
    assert [len(event.history) for event in waiting] == [1, 0]
    del reading.raises["wrong"]
    await replay(reading)
    assert reading.names == ["wrong", "next"]


async def test_a_replay_during_an_outage_notes_nothing(reading: Reader) -> None:
    reading.raises["wrong"] = StoreAway("MongoDB does not answer.")
    with pytest.raises(StoreAway):
        await replay(reading)
    assert [event.history for event in await reading.parking.waiting()] == [(), ()]


async def test_what_waits_behind_a_discarded_event_can_be_replayed(reading: Reader) -> None:
    (wrong, _) = await reading.parking.waiting()
    await reading.parking.discard(wrong.id, actor="ops", reason="never happened")
    await reading.parking.discard(wrong.id, actor="ops", reason="never happened")
    await replay(reading)
    assert reading.names == ["next"]
    discarded = await reading.parking.get(wrong.id)
    assert discarded.state is ParkedState.DISCARDED
    assert len(discarded.history) == 1


async def test_nothing_is_parked_under_an_unknown_id(reading: Reader) -> None:
    with pytest.raises(NotFound):
        await reading.parking.get("unknown")


async def test_what_is_parked_behind_while_a_replay_runs_is_replayed_too(reading: Reader) -> None:
    del reading.raises["wrong"]
    reading.holds["wrong"] = asyncio.Event()
    replaying = asyncio.create_task(replay(reading))
    await until(lambda: reading.tried.count("wrong") == 2)
    await reading.kafka.publish(named("meanwhile"))
    async with reading.running():
        await reading.read_all()
    reading.holds["wrong"].set()
    await replaying
    assert reading.names == ["wrong", "next", "meanwhile"]
    assert not await reading.parking.is_parked(TOPIC, KEY)
