"""Services that die together, stand still, are replaced one by one, or lack what a process needs, under load."""

import asyncio
import random
import resource

import pytest

from deploy.local.services import SERVICES, answers
from tests.faults.gathering import descriptors
from tests.faults.load import Load
from tests.faults.long.playing import Stage
from tests.faults.proxy import Proxy
from tests.faults.rows import Row
from tests.journeys.system import Addresses, freeze, thaw, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = 11
FROZEN_SECONDS = 20.0
"""Longer than the relay's lease (5 s) and the group's session (10 s)."""
BLOCKED_SECONDS = 30
STARVED_SECONDS = 15.0
NAMELESS_SECONDS = 15.0
NOWHERE = "nowhere.invalid"


@pytest.mark.fault("F7", "kill -9 of all services at once, three times; started again in any order")
async def test_services_that_died_together_start_in_any_order(stage: Stage, row: Row) -> None:
    world, system = stage.world, stage.system
    order = random.Random(SEED)

    async def kill_all(load: Load) -> None:
        for _ in range(3):
            for name in SERVICES:
                system.kill(name)
                world.note_death(name)
            for name in order.sample(SERVICES, k=len(SERVICES)):
                await world.revive(name)
            await load.until(load.slices + 1)

    await stage.play(row, kill_all)


@pytest.mark.fault(
    "F8", "SIGSTOP of each service for 20 s, longer than lease and session, while another one takes over"
)
async def test_a_process_that_wakes_up_after_it_was_replaced_does_no_harm(stage: Stage, row: Row) -> None:
    system = stage.system

    async def stand_still(load: Load) -> None:
        others = {name: system.beside(name) for name in SERVICES}
        for other in others.values():
            await asyncio.to_thread(other.await_ready)
        await load.until(load.slices + 1)
        zombies = {name: system.succeed(name, other) for name, other in others.items()}
        try:
            for name, zombie in zombies.items():
                freeze(zombie)
                system.doors[name].reset()
            slices = load.slices
            await asyncio.sleep(FROZEN_SECONDS)
            assert load.slices > slices
        finally:
            for zombie in zombies.values():
                thaw(zombie)
        await load.until(load.slices + 2)
        stage.world.note_birth(*SERVICES)
        for zombie in zombies.values():
            assert zombie.exit_status is None
            await asyncio.to_thread(zombie.stop)

    await stage.play(row, stand_still)


@pytest.mark.fault("F9", "each service in turn is replaced by a new process and told to stop (SIGTERM)")
async def test_a_rolling_restart_is_hardly_noticed(stage: Stage, row: Row) -> None:
    system, history = stage.system, stage.world.history

    async def replace_each(load: Load) -> None:
        first = len(history.acts)
        for name in SERVICES:
            other = system.beside(name)
            await asyncio.to_thread(other.await_ready)
            before = system.succeed(name, other)
            await asyncio.to_thread(before.stop, seconds=40.0)
            assert before.exit_status == 0
            stage.world.note_birth(name)
            await load.until(load.slices + 1)
        failed = [act for act in history.acts[first:] if act.ended is not None and act.outcome != "ok"]
        noticed = [act for act in failed if act.answer.startswith("5") or not act.answer.isdecimal()]
        assert len(noticed) <= len(SERVICES), [(act.verb, act.answer) for act in noticed]

    await stage.play(row, replace_each)


@pytest.mark.fault("F27", "survey starts with names that nobody resolves, then before its servers listen")
async def test_a_start_without_servers_waits_and_does_not_crash(stage: Stage, row: Row) -> None:
    world, system = stage.world, stage.system
    late = Proxy.start(0)
    late.refuse()

    async def stays_up_without_being_ready() -> None:
        await until(lambda: is_live(system.url("survey")), what="survey to live")
        await asyncio.sleep(NAMELESS_SECONDS)
        assert system.services["survey"].exit_status is None
        assert not answers(f"{system.url('survey')}/health/ready")

    async def start_too_early(_: Load) -> None:
        nameless = f"mongodb://{NOWHERE}:27017/?replicaSet=rs0"
        unheard = f"mongodb://127.0.0.1:{late.port}/?directConnection=true"
        for uri in (nameless, unheard):
            await asyncio.to_thread(system.services["survey"].stop)
            system.addresses["survey"] = Addresses(mongodb_uri=uri, kafka_bootstrap_servers=f"{NOWHERE}:9092")
            system.begin("survey")
            await stays_up_without_being_ready()
        late.target = (await asyncio.to_thread(system.mongod.primary)).port
        late.listen()
        await system.until_ready("survey")
        del system.addresses["survey"]
        await asyncio.to_thread(system.services["survey"].stop)
        await world.revive("survey")

    await stage.play(row, start_too_early)
    late.stop()


@pytest.mark.fault("F45", "the event loop of survey, then of partnership, is blocked for 30 s")
async def test_a_blocked_event_loop_is_outlived(stage: Stage, row: Row) -> None:
    world, system = stage.world, stage.system

    async def block(load: Load) -> None:
        for name in ("survey", "partnership"):
            await world.arm(name, f"door.answered:5:block:{BLOCKED_SECONDS}")
            await until(lambda name=name: is_mute(system.url(name)), what=f"{name} to be blocked")  # type: ignore[misc]
            await until(lambda name=name: is_live(system.url(name)), what=f"{name} to be itself again")  # type: ignore[misc]
            await load.until(load.slices + 1)

    await stage.play(row, block)


@pytest.mark.fault("F45", "each service in turn may open no file and no connection more for 15 s (OOM kill: F7)")
async def test_a_process_without_descriptors_recovers_when_it_has_some(stage: Stage, row: Row) -> None:
    system = stage.system

    async def starve(load: Load) -> None:
        for name in SERVICES:
            pid = system.services[name].pid
            usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (descriptors(system.services[name]), usual[1]))
            for proxy in (*system.mongod.proxies, *system.broker.proxies, system.doors[name]):
                proxy.reset()
            await asyncio.sleep(STARVED_SECONDS)
            assert system.services[name].exit_status is None
            resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
            await system.until_ready(name)
            await load.until(load.slices + 1)

    await stage.play(row, starve)


async def is_live(url: str) -> bool:
    return await asyncio.to_thread(answers, f"{url}/health/live")


async def is_mute(url: str) -> bool:
    return not await is_live(url)
