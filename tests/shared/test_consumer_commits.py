"""Offsets are committed when all before them is settled, and in the assignment in which it was read."""

import asyncio
from collections.abc import Mapping

import pytest

from shared.errors import StoreAway
from shared.records import Place
from tests.shared.reading import GROUP, TOPIC, Reader, named, until
from tests.twice_kafka import TwiceSubscription


async def test_offsets_are_committed_only_after_effects_are_durable(reading: Reader) -> None:
    reading.holds["slow"] = asyncio.Event()
    await reading.kafka.publish(named("slow", code="a"), named("quick", code="b"))
    async with reading.running():
        await until(lambda: "quick" in reading.names)
        assert reading.kafka.committed(GROUP) == {}
        reading.holds["slow"].set()
        await reading.read_all()


async def test_of_a_batch_that_is_broken_off_only_the_settled_beginning_is_committed(reading: Reader) -> None:
    reading.kafka = reading.kafka.__class__(partitions=1)
    reading.raises["waits"] = StoreAway("MongoDB does not answer.")
    await reading.kafka.publish(named("one", code="a"), named("waits", code="b"), named("three", code="c"))
    async with reading.running():
        await until(lambda: reading.names.count("three") == 2 and "waits" in reading.tried)
    assert reading.kafka.committed(GROUP) == {(TOPIC, 0): 1}
    del reading.raises["waits"]
    async with reading.running():
        await reading.read_all()
    assert set(reading.applied) == {"one", "waits", "three"}


async def test_a_consumer_that_is_stopped_finishes_and_commits_the_batch_in_hand(reading: Reader) -> None:
    reading.holds["slow"] = asyncio.Event()
    await reading.kafka.publish(named("slow"))
    async with reading.running():
        await until(lambda: "slow" in reading.tried)
        asyncio.get_running_loop().call_later(0.05, reading.holds["slow"].set)
    assert reading.applied == ["slow"]
    assert list(reading.kafka.committed(GROUP).values()) == [1]


async def test_before_a_revocation_the_batch_in_hand_is_finished_and_committed(reading: Reader) -> None:
    reading.holds["slow"] = asyncio.Event()
    await reading.kafka.publish(named("slow"))
    async with reading.running():
        await until(lambda: "slow" in reading.tried)
        assert reading.source is not None
        revocation = asyncio.create_task(reading.source.rebalance())
        await asyncio.sleep(0)
        assert not revocation.done()
        reading.holds["slow"].set()
        await revocation
        assert list(reading.kafka.committed(GROUP).values()) == [1]
    assert reading.registry.get_sample_value("consumer_rebalances_total") == 1


async def test_a_revoked_assignment_commits_nothing(reading: Reader) -> None:
    reading.consumer = reading.a_consumer(wind_up_seconds=0.05)
    reading.holds["slow"] = asyncio.Event()
    await reading.kafka.publish(named("slow"))
    async with reading.running():
        await until(lambda: "slow" in reading.tried)
        assert reading.source is not None
        await reading.source.revoke()
        assert reading.kafka.committed(GROUP) == {}
        assert not await reading.source.commit({(TOPIC, 0): 1}, epoch=0)
        reading.holds["slow"].set()
    assert reading.kafka.committed(GROUP) == {}


async def test_a_revocation_does_not_wait_for_an_outage_to_end(reading: Reader) -> None:
    reading.raises["early"] = StoreAway("MongoDB does not answer.")
    await reading.kafka.publish(named("early"))
    async with reading.running():
        await until(lambda: reading.tried.count("early") >= 2)
        assert reading.source is not None
        async with asyncio.timeout(1):
            await reading.source.rebalance()
        assert reading.kafka.committed(GROUP) == {}
        del reading.raises["early"]
        await reading.read_all()
    assert reading.applied == ["early"]


async def test_what_could_not_be_committed_is_committed_while_nothing_new_comes(
    reading: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, refusals = TwiceSubscription.commit, [True]

    async def refuse_once(source: TwiceSubscription, offsets: Mapping[Place, int], *, epoch: int) -> bool:
        return False if refusals and refusals.pop() else await commit(source, offsets, epoch=epoch)

    monkeypatch.setattr(TwiceSubscription, "commit", refuse_once)
    await reading.kafka.publish(named("one"))
    async with reading.running():
        await until(lambda: list(reading.kafka.committed(GROUP).values()) == [1])
    assert reading.names == ["one", "one"]
    assert reading.registry.get_sample_value("consumer_commit_failures_total") == 1


async def test_what_could_not_be_committed_in_an_assignment_is_not_committed_in_the_next_one(
    reading: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    async def refuse(_source: TwiceSubscription, _offsets: Mapping[Place, int], *, epoch: int) -> bool:
        tried.append(epoch)
        return False

    await reading.kafka.publish(named("one"))
    async with reading.running():
        with monkeypatch.context() as patched:
            patched.setattr(TwiceSubscription, "commit", refuse)
            await until(lambda: len(tried) >= 2)
            assert reading.source is not None
            await reading.source.rebalance()
        await reading.read_all()
    assert len(reading.names) == 4


async def test_what_was_not_committed_is_read_again_by_the_next_consumer(reading: Reader) -> None:
    await reading.kafka.publish(named("one"))
    async with reading.running():
        await reading.read_all()
    await reading.kafka.publish(named("two"))
    async with reading.running():
        await reading.read_all()
    assert reading.names == ["one", "one", "two", "two"]
