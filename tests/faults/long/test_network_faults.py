"""A network that is slow, narrow, silent, one-sided or broken off in mid answer, on one hop after another."""

import asyncio
from collections.abc import Sequence
from itertools import cycle

import httpx
import pytest

from deploy.local.services import SERVICES, answers
from tests.faults.load import Load
from tests.faults.long.playing import Stage
from tests.faults.proxy import Loss, Proxy, Weather
from tests.faults.rows import Row

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_SERVICES = tuple(name.encode() for name in SERVICES)
"""A MongoDB driver's first bytes hold its application's name; members of the replica set hear one another well."""
LARGEST_POOL = 50
SPELL_SECONDS = 10.0
SILENT_STORE_SECONDS = 25.0
"""Five times as long as a call to MongoDB may take."""
SILENT_BROKER_SECONDS = 40.0
"""Longer than a call to Kafka may take (15 s), twice, and than its session (10 s)."""
ONE_SIDED_SECONDS = 30.0
ASKED_SECONDS = 31.0
"""Clients of ours wait for thirty seconds."""


@pytest.mark.fault("F23", "every hop +200 ms with jitter; MongoDB +2 s; Kafka +2 s; both at 10 kB/s")
async def test_on_a_slow_network_calls_end_in_time_and_pools_stay_small(stage: Stage, row: Row) -> None:
    system = stage.system
    slow = Weather(latency=2.0, only=OF_SERVICES)
    narrow = Weather(bytes_per_second=10_000, only=OF_SERVICES)
    spells: list[tuple[Sequence[Proxy], Weather]] = [
        ([*system.broker.proxies, *system.doors.values(), system.mail_proxy], Weather(latency=0.2, jitter=0.1)),
        (system.mongod.proxies, Weather(latency=0.2, jitter=0.1, only=OF_SERVICES)),
        (system.mongod.proxies, slow),
        (system.broker.proxies, Weather(latency=2.0)),
        (system.mongod.proxies, narrow),
        (system.broker.proxies, Weather(bytes_per_second=10_000)),
    ]

    async def slow_down(load: Load) -> None:
        for proxies, weather in spells:
            expose(proxies, weather)
            await asyncio.sleep(SPELL_SECONDS)
            for name in OF_SERVICES:
                # Each driver also keeps two connections to watch each server.
                assert all(proxy.open_connections(name) <= LARGEST_POOL + 2 for proxy in system.mongod.proxies)
            await asyncio.to_thread(system.heal)

    first = len(stage.world.history.acts)
    await stage.play(row, slow_down)
    acts = stage.world.history.acts[first:]
    assert all(act.ended is not None and act.ended - act.began < ASKED_SECONDS for act in acts)


@pytest.mark.fault(
    "F24", "MongoDB silent for 25 s, Kafka for 40 s, then each half open (longer than any deadline of ours)"
)
async def test_silence_is_noticed_by_deadlines_and_ends_in_a_new_connection(stage: Stage, row: Row) -> None:
    system = stage.system

    async def fall_silent(load: Load) -> None:
        for loss in (Loss.HELD, Loss.HALF_OPEN):
            expose(system.mongod.proxies, Weather(loss=loss, only=OF_SERVICES))
            await asyncio.sleep(SILENT_STORE_SECONDS if loss is Loss.HELD else SPELL_SECONDS)
            await asyncio.to_thread(system.heal)
            await load.until(load.slices + 1)
            expose(system.broker.proxies, Weather(loss=loss))
            await asyncio.sleep(SILENT_BROKER_SECONDS if loss is Loss.HELD else SPELL_SECONDS)
            assert all(answers(f"{system.url(name)}/health/ready") for name in SERVICES)
            await asyncio.to_thread(system.heal)

    await stage.play(row, fall_silent)


@pytest.mark.fault("F25", "answers of MongoDB, Kafka and our doors break off with a reset, twenty times (mail: F38)")
async def test_an_answer_that_breaks_off_is_asked_for_again_and_nothing_is_done_twice(stage: Stage, row: Row) -> None:
    system = stage.system
    hops = cycle(
        [
            (system.mongod.proxies, OF_SERVICES),
            (system.broker.proxies, ()),
            (list(system.doors.values()), ()),
        ]
    )

    async def break_off(load: Load) -> None:
        for _ in range(20):
            proxies, only = next(hops)
            expose(proxies, Weather(loss=Loss.CUT_SHORT, only=only))
            await asyncio.sleep(0.2)
            await asyncio.to_thread(system.heal)
            await asyncio.sleep(0.8)

    await stage.play(row, break_off)


@pytest.mark.fault("F26", "survey, then analytics, is cut off from MongoDB for 30 s and still has Kafka")
async def test_a_consumer_without_its_store_waits_and_parks_nothing(stage: Stage, row: Row) -> None:
    system = stage.system

    async def cut_off(load: Load) -> None:
        for name in ("survey", "analytics"):
            expose(system.mongod.proxies, Weather(loss=Loss.HELD, only=[name.encode()]))
            await asyncio.sleep(ONE_SIDED_SECONDS)
            for other in SERVICES:
                is_ready = (await system.ask(other, "/health/ready")).status_code == httpx.codes.OK
                assert is_ready == (other != name)
                assert (await system.ask(other, "/health/live")).status_code == httpx.codes.OK
            await asyncio.to_thread(system.heal)

    await stage.play(row, cut_off)
    assert row.parked == 0


def expose(proxies: Sequence[Proxy], weather: Weather) -> None:
    for proxy in proxies:
        proxy.expose(weather)
