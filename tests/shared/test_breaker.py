"""A consumer stops before it parks what only a bad release can have made unreadable, and a person lets it go on."""

import asyncio
from datetime import timedelta

import pytest

from shared.breaker import KEYS, LATELY, RECORDS, Breaker
from shared.errors import RuleBroken, StoreAway, Undecodable
from shared.mongo import Mongo
from shared.records import InboundRecord
from tests.conftest import SetClock
from tests.shared.reading import GROUP, TOPIC, Reader, garbled, named, reader, until


def records(count: int, clock: SetClock, *, offset: int = 0, key: str = "") -> list[InboundRecord]:
    """As many records, each of a key of its own unless one is given, written now."""
    return [
        InboundRecord(TOPIC, 0, offset + n, (key or f"key {offset + n}").encode(), b"{", {}, clock())
        for n in range(count)
    ]


def fail(breaker: Breaker, *failing: InboundRecord) -> None:
    for record in failing:
        breaker.failed(record, Undecodable("No."))


def has_stopped(breaker: Breaker) -> bool:
    return breaker.stopped is not None


@pytest.fixture
def breaker(clock: SetClock) -> Breaker:
    return Breaker(clock=clock)


def test_a_batch_of_which_a_tenth_fails_stops_and_says_why(breaker: Breaker, clock: SetClock) -> None:
    batch = records(200, clock)
    breaker.polled(batch)
    fail(breaker, *batch[:10])
    assert not has_stopped(breaker), "five in a hundred are no more than five in a hundred"
    fail(breaker, batch[10])
    assert breaker.stopped is not None
    assert breaker.stopped.since == clock()
    assert breaker.stopped.reason == (
        "Of the last 200 records 11, of 11 keys, could not be applied "
        "(Undecodable 11 times; in prepbridge.organizations)."
    )


def test_a_few_bad_events_in_a_quiet_hour_stop_nothing(breaker: Breaker, clock: SetClock) -> None:
    batch = records(KEYS - 1, clock)
    breaker.polled(batch)
    fail(breaker, *batch)
    assert not has_stopped(breaker)


def test_one_key_stops_nothing_however_often_it_fails(breaker: Breaker, clock: SetClock) -> None:
    batch = records(400, clock, key="the same")
    breaker.polled(batch)
    fail(breaker, *batch)
    assert not has_stopped(breaker)


def test_a_record_that_is_handed_out_twice_counts_once(breaker: Breaker, clock: SetClock) -> None:
    batch = records(200, clock)
    breaker.polled([*batch, *batch])
    fail(breaker, *batch[:10], *batch[:10])
    assert not has_stopped(breaker)
    fail(breaker, batch[10])
    assert has_stopped(breaker)


def test_failures_of_several_small_batches_add_up(breaker: Breaker, clock: SetClock) -> None:
    for n in range(KEYS):
        assert not has_stopped(breaker)
        batch = records(3, clock, offset=3 * n)
        breaker.polled(batch)
        fail(breaker, batch[0])
    assert has_stopped(breaker)


def test_failures_of_long_ago_do_not_add_up(breaker: Breaker, clock: SetClock) -> None:
    for n in range(3 * KEYS):
        batch = records(1, clock, offset=n)
        breaker.polled(batch)
        fail(breaker, *batch)
        clock.advance(LATELY / (KEYS - 2))
    assert not has_stopped(breaker)


def test_a_hundred_thousand_good_records_do_not_hide_the_bad_ones_after_them(breaker: Breaker, clock: SetClock) -> None:
    for n in range(200):
        breaker.polled(records(500, clock, offset=500 * n))
    bad = records(RECORDS, clock, offset=100_000)
    breaker.polled(bad[:500])
    failed = 0
    while not has_stopped(breaker):
        fail(breaker, bad[failed])
        failed += 1
    assert failed <= 0.05 * (RECORDS + 500) + 1


def test_a_batch_that_waited_longer_than_the_window_is_still_judged(breaker: Breaker, clock: SetClock) -> None:
    batch = records(20, clock)
    breaker.polled(batch)
    clock.advance(2 * LATELY)
    fail(breaker, *batch[:KEYS])
    assert has_stopped(breaker)


async def test_what_was_written_before_the_decision_is_not_counted_any_more(breaker: Breaker, clock: SetClock) -> None:
    before = records(40, clock)
    breaker.polled(before)
    fail(breaker, *before[:KEYS])
    clock.advance(timedelta(minutes=1))
    assert await breaker.resume(actor="ops", reason="a bad upload, being sent again")
    assert not has_stopped(breaker)
    fail(breaker, *before)
    breaker.polled(before)
    fail(breaker, *before)
    assert not has_stopped(breaker)
    clock.advance(timedelta(seconds=1))
    after = records(40, clock, offset=40)
    breaker.polled(after)
    fail(breaker, *after[:KEYS])
    assert has_stopped(breaker)


async def test_a_decision_reaches_the_other_processes_and_the_next_ones_once(mongo: Mongo, clock: SetClock) -> None:
    kept = mongo.collection("breaker")
    one, other = Breaker(kept, clock=clock), Breaker(kept, clock=clock)
    batch = records(40, clock)
    other.polled(batch)
    fail(other, *batch[:KEYS])
    await other.look()
    assert has_stopped(other)
    assert not await one.resume(actor="ops", reason="seen")
    await other.look()
    assert not has_stopped(other)
    clock.advance(timedelta(seconds=1))
    later = records(40, clock, offset=40)
    other.polled(later)
    fail(other, *later[:KEYS])
    await other.look()
    assert has_stopped(other), "an old decision does not settle a new trouble"
    history = await kept.find_one({"_id": "consumer"})
    assert history is not None
    assert [(each["actor"], each["reason"]) for each in history["history"]] == [("ops", "seen")]


@pytest.fixture
async def reading(mongo: Mongo) -> Reader:
    reading = await reader(mongo)
    reading.kafka = reading.kafka.__class__(partitions=1)
    return reading


async def storm(reading: Reader, good: int, bad: int) -> None:
    """Good events with bad ones spread among them, each of a key of its own, in one batch."""
    every = (good + bad) // bad
    for n in range(good + bad):
        event = named(f"{n}", code=f"key {n}")
        if n % every == every - 1:
            await reading.kafka.append([garbled(event)])
        else:
            await reading.kafka.publish(event)


def is_stopped(reading: Reader) -> bool:
    return reading.registry.get_sample_value("consumer_stopped") == 1.0


async def test_a_storm_of_bad_events_stops_the_consumer_and_after_the_decision_nothing_is_lost(
    reading: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.consumer.KEEP_ALIVE_SECONDS", 0.01)
    await storm(reading, good=180, bad=20)
    async with reading.running():
        await until(lambda: is_stopped(reading) and len(reading.applied) == 180)
        # Ten are five in a hundred; the eleventh stops it.
        await until(lambda: reading.is_parked(10))
        source = reading.source
        assert source is not None
        kept_alive = source.kept_alive
        await until(lambda: source.kept_alive > kept_alive + 3)
        assert reading.kafka.committed(GROUP) == {}
        assert await reading.is_parked(10)
        reading.now += timedelta(hours=1)
        assert await reading.consumer.breaker.resume(actor="ops", reason="the producer is told")
        await reading.read_all()
    assert not is_stopped(reading)
    assert len(await reading.parking.waiting()) == 20
    assert len(reading.applied) == 180


async def test_a_stopped_consumer_says_that_it_is_alive(reading: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.consumer.HALT_SECONDS", 0.01)
    heartbeats: list[None] = []
    await storm(reading, good=20, bad=20)
    running = asyncio.create_task(reading.consumer.run(lambda: heartbeats.append(None)))
    await until(lambda: is_stopped(reading) and len(reading.names) == 40)
    await until(lambda: reading.is_parked(KEYS - 1))
    before = len(heartbeats)
    # More than what is still being settled can account for.
    await until(lambda: len(heartbeats) > before + 100)
    running.cancel()
    await asyncio.wait({running})


async def test_a_stopped_consumer_lets_its_batch_go_at_once_and_takes_no_other(reading: Reader) -> None:
    await storm(reading, good=20, bad=20)
    async with reading.running():
        await until(lambda: is_stopped(reading) and len(reading.names) == 40)
        await until(lambda: reading.is_parked(KEYS - 1))
        tried = len(reading.tried)
        assert reading.source is not None
        async with asyncio.timeout(1):
            await reading.source.rebalance()
        reading.now += timedelta(hours=1)
        await reading.kafka.publish(named("later", code="later"))
        polled = reading.samples("consumer_last_poll_timestamp_seconds")
        await until(lambda: reading.samples("consumer_last_poll_timestamp_seconds") != polled)
        assert len(reading.tried) == tried
        assert await reading.is_parked(KEYS - 1)
    assert "later" not in reading.applied


async def test_a_consumer_that_is_started_again_has_not_stopped(reading: Reader) -> None:
    await storm(reading, good=20, bad=20)
    async with reading.running():
        await until(lambda: is_stopped(reading) and len(reading.applied) == 20)
    reading.consumer = reading.a_consumer()
    assert reading.consumer.breaker.stopped is None


async def test_a_decision_of_another_process_lets_the_consumer_go_on(
    reading: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.consumer.KEEP_ALIVE_SECONDS", 0.01)
    await storm(reading, good=20, bad=20)
    async with reading.running():
        await until(lambda: is_stopped(reading))
        reading.now += timedelta(hours=1)
        await reading.a_consumer().breaker.resume(actor="ops", reason="seen")
        await reading.read_all()
    assert len(await reading.parking.waiting()) == 20


async def test_an_outage_never_stops_the_consumer(reading: Reader) -> None:
    names = [f"early {n}" for n in range(40)]
    for name in names:
        reading.raises[name] = StoreAway("MongoDB does not answer.")
        await reading.kafka.publish(named(name, code=name))
    async with reading.running():
        await until(lambda: all(reading.tried.count(name) > 2 for name in names))
        assert reading.consumer.breaker.stopped is None
        reading.raises.clear()
        await reading.read_all()
    assert set(reading.applied) == set(names)


async def test_what_waits_behind_a_parked_event_does_not_count(reading: Reader) -> None:
    bad = [named(f"bad {n}", code=f"{n}") for n in range(KEYS - 1)]
    for event in bad:
        reading.raises[event.name] = RuleBroken("No.")
    behind = [named(f"behind {n}", code=f"{n % len(bad)}") for n in range(200)]
    await reading.kafka.publish(*bad, *behind)
    async with reading.running():
        await reading.read_all()
    assert reading.consumer.breaker.stopped is None
    assert len(await reading.parking.waiting()) == len(bad) + len(behind)


async def test_what_waited_behind_a_key_that_was_replayed_during_the_stop_is_applied(reading: Reader) -> None:
    reading.raises["wrong"] = RuleBroken("No.")
    await reading.kafka.publish(named("wrong", code="a"))
    async with reading.running():
        await reading.read_all()
        await storm(reading, good=20, bad=20)
        await reading.kafka.publish(named("later", code="a"))
        await until(lambda: is_stopped(reading) and len(reading.applied) == 20)
        del reading.raises["wrong"]
        await reading.parking.replay(TOPIC, b"a", reading.consumer.reactions, actor="ops", reason="mended")
        reading.now += timedelta(hours=1)
        await reading.consumer.breaker.resume(actor="ops", reason="seen")
        await reading.read_all()
    assert [name for name in reading.applied if name in ("wrong", "later")] == ["wrong", "later"]
    assert not await reading.parking.is_parked(TOPIC, b"a")
