"""A replica set that steps down, dies, freezes, loses its majority or the answer to a write, under load."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from deploy.local.services import SERVICES
from tests.faults.load import Load
from tests.faults.long.playing import Stage
from tests.faults.rows import Row
from tests.journeys.state import CAMPAIGN
from tests.journeys.system import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAILOVER_SECONDS = 15.0
ELECTION_SECONDS = 12.0
FROZEN_SECONDS = 30.0
FAST_SECONDS = 1.0
DOORS = {"partnership": "/v1/feeds", "survey": "/v1/campaigns", "analytics": f"/v1/results/{CAMPAIGN}"}


@pytest.mark.fault("F17", "MongoDB's primary steps down, three times")
async def test_a_primary_that_steps_down_holds_nobody_up_for_long(stage: Stage, row: Row) -> None:
    async def step_down(load: Load) -> None:
        for _ in range(3):
            await asyncio.to_thread(stage.system.mongod.step_down)
            await asyncio.to_thread(stage.system.mongod.await_health)
            await load.until(load.slices + 1)

    await stage.play(row, step_down)
    assert stage.slowest <= FAILOVER_SECONDS


@pytest.mark.fault("F18", "MongoDB's primary is killed, and then the next one")
async def test_two_primaries_killed_in_a_row_lose_no_write_that_was_acknowledged(stage: Stage, row: Row) -> None:
    servers = stage.system.mongod

    async def kill_two(load: Load) -> None:
        for _ in range(2):
            primary = await asyncio.to_thread(servers.primary)
            primary.kill()
            await asyncio.to_thread(servers.primary)
            primary.start()
            await asyncio.to_thread(servers.await_health)
            await load.until(load.slices + 1)

    await stage.play(row, kill_two)


@pytest.mark.fault("F19", "MongoDB's primary stands still for 30 s, is replaced, and goes on as if nothing had been")
async def test_a_primary_that_was_thought_dead_and_wakes_up_has_acknowledged_nothing(stage: Stage, row: Row) -> None:
    servers = stage.system.mongod

    async def freeze(load: Load) -> None:
        primary = await asyncio.to_thread(servers.primary)
        primary.freeze()
        try:
            await asyncio.sleep(ELECTION_SECONDS)
            await load.until(load.slices + 1)
            await asyncio.sleep(FROZEN_SECONDS - ELECTION_SECONDS)
        finally:
            primary.thaw()
        await asyncio.to_thread(servers.await_health)

    await stage.play(row, freeze)


@pytest.mark.fault("F20", "two of MongoDB's three members are killed for 25 s: no majority")
async def test_without_a_majority_every_door_says_so_at_once_and_no_write_is_acknowledged(
    stage: Stage, row: Row
) -> None:
    servers = stage.system.mongod

    async def lose_the_majority(_: Load) -> None:
        killed = await asyncio.to_thread(servers.secondaries)
        last = await asyncio.to_thread(servers.primary)
        for member in killed:
            member.kill()
        try:
            await until(lambda: _no(last.is_primary), what="the last member to step down")
            await asyncio.gather(*(the_door_says_so_at_once(stage, name) for name in SERVICES))
        finally:
            for member in killed:
                member.start()
        await asyncio.to_thread(servers.await_health)

    await stage.play(row, lose_the_majority)


@pytest.mark.fault("F22", "MongoDB closes the connection after each of 40 writes, before it has answered")
async def test_a_write_whose_answer_never_came_is_done_once(stage: Stage, row: Row) -> None:
    async def lose_answers(load: Load) -> None:
        primary = await asyncio.to_thread(stage.system.mongod.primary)
        before = await asyncio.to_thread(_times_hit, primary)
        for _ in range(4):
            await asyncio.to_thread(_close_after_writes, primary, 10)
            await load.until(load.slices + 1)
        assert await asyncio.to_thread(_times_hit, primary) > before, "no write was disturbed"

    await stage.play(row, lose_answers)


async def the_door_says_so_at_once(stage: Stage, name: str) -> None:
    """The first that asks may have to find out; from then on everybody is told at once."""
    await stage.system.ask(name, DOORS[name])
    for _ in range(3):
        began = time.monotonic()
        answer = await stage.system.ask(name, DOORS[name])
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert int(answer.headers["retry-after"]) > 0
        assert time.monotonic() - began < FAST_SECONDS


async def _no(look: Any) -> bool:
    return not await asyncio.to_thread(look)


def _close_after_writes(primary: Any, times: int) -> None:
    with primary.asked() as client:
        client.admin.command("configureFailPoint", "onPrimaryTransactionalWrite", mode={"times": times})


def _times_hit(primary: Any) -> int:
    with primary.asked() as client:
        return int(client.admin.command("configureFailPoint", "onPrimaryTransactionalWrite", mode="off")["count"])
