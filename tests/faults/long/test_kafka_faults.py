"""Kafka's nodes stop, die and come back, its groups are shaken, its offsets and its topics are lost, under load."""

import asyncio
from itertools import cycle
from time import monotonic

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.services import SERVICES, answers
from shared.events.partnership import HIRES
from shared.events.survey import SURVEYS
from tests.faults.history import Outcome
from tests.faults.load import Load
from tests.faults.long.offsets import forget_offsets
from tests.faults.long.playing import PAUSE_SECONDS, Stage
from tests.faults.rows import Row
from tests.journeys.records import READS

pytestmark = pytest.mark.asyncio(loop_scope="module")

AWAY_SECONDS = 60.0
"""Four times as long as any call to Kafka may take, twelve leases, six backoff limits: ten minutes reach no more."""
BOUNCES = 5
STORM_SECONDS = 5.0
JOINS = 4
WITHOUT_PLACES = ("I1", "I2", "I3", "I4", "I5", "I6", "I10", "I12", "I13")
"""All that do not ask for the offset of a record: there are two records with the same one now."""


@pytest.mark.fault("F10", "the node that leads hires is stopped or killed and started again, five times")
async def test_bounces_of_a_leader_lose_and_double_nothing(stage: Stage, row: Row) -> None:
    cluster = stage.system.broker
    ways = cycle(["stop", "kill"])

    async def bounce(load: Load) -> None:
        for _ in range(BOUNCES):
            leader = await asyncio.to_thread(cluster.leader_of, HIRES)
            await asyncio.to_thread(getattr(leader, next(ways)))
            await load.until(load.slices + 1)
            leader.start()
            await asyncio.to_thread(cluster.await_health)

    await stage.play(row, bounce)


@pytest.mark.fault(
    "F11", "all of Kafka's nodes are killed for 60 s, which is as good as ten minutes (longest wait: 15 s)"
)
async def test_without_kafka_everything_is_taken_and_goes_out_later(stage: Stage, row: Row) -> None:
    cluster, history = stage.system.broker, stage.world.history

    async def take_away(load: Load) -> None:
        first = len(history.acts)
        for node in cluster.nodes:
            node.kill()
        try:
            slices = load.slices
            await asyncio.sleep(AWAY_SECONDS)
            assert load.slices > slices + 2
            assert all(answers(f"{stage.system.url(name)}/health/ready") for name in SERVICES)
            taken = [act for act in history.acts[first:] if act.ended is not None]
            assert {act.answer for act in taken if act.outcome is Outcome.UNKNOWN} == set()
        finally:
            await asyncio.to_thread(cluster.start_again)

    await stage.play(row, take_away)


@pytest.mark.fault("F12", "the node that coordinates survey's group is stopped, then the next one killed")
async def test_a_coordinator_that_moves_costs_no_record(stage: Stage, row: Row) -> None:
    cluster = stage.system.broker

    async def move(load: Load) -> None:
        for way in ("stop", "kill"):
            coordinator = await asyncio.to_thread(cluster.coordinator_of, "survey")
            await asyncio.to_thread(getattr(coordinator, way))
            await load.until(load.slices + 2)
            coordinator.start()
            await asyncio.to_thread(cluster.await_health)

    await stage.play(row, move)


@pytest.mark.fault("F15", "a second survey and a second analytics join and leave every 5 s, in order or killed")
async def test_a_storm_of_rebalances_does_not_stop_progress(stage: Stage, row: Row) -> None:
    system = stage.system

    async def storm(load: Load) -> None:
        leave = cycle(["stop", "kill"])
        for _ in range(JOINS):
            others = [system.beside(name) for name in ("survey", "analytics")]
            for other in others:
                await asyncio.to_thread(other.await_ready)
            await asyncio.sleep(STORM_SECONDS)
            await load.until(load.slices + 1)
            way = next(leave)
            for other in others:
                await asyncio.to_thread(getattr(other.child, way))
            if way == "kill":
                stage.world.note_death("survey")

    await stage.play(row, storm)


@pytest.mark.fault("F16", "the offsets of both groups are lost")
async def test_without_offsets_everything_is_read_again_and_has_no_second_effect(stage: Stage, row: Row) -> None:
    system = stage.system

    async def lose_offsets(_: Load) -> None:
        for name in READS:
            await asyncio.to_thread(system.services[name].stop)
            await forget_offsets(system.broker.bootstrap, name)
            await stage.world.revive(name)

    await stage.play(row, lose_offsets)


@pytest.mark.fault("F16", "the topics of hires and surveys are deleted, all having been read, and made anew, empty")
async def test_topics_that_are_made_anew_are_read_from_their_beginning(stage: Stage, row: Row) -> None:
    """Last of all. (What nobody had read before the deletion is lost with it: no reader can do anything about that.)"""
    world, system = stage.world, stage.system
    async with world.load(pause=PAUSE_SECONDS) as load:
        await load.until(load.slices + 1)
    await world.at_rest()
    await world.check()
    admin = AIOKafkaAdminClient(bootstrap_servers=system.broker.bootstrap)
    await admin.start()
    await admin.delete_topics([HIRES, SURVEYS])
    await admin.close()
    async with world.load(pause=PAUSE_SECONDS) as load:
        await load.until(load.slices + 1)
        await asyncio.to_thread(system.broker.create_topics)
        healed = monotonic()
        await load.until(load.slices + 1)
    await stage.settle(row, healed, only=WITHOUT_PLACES)
    assert all(answers(f"{system.url(name)}/health/ready") for name in SERVICES)
