"""Every kill point, in every service that can come to it, at its first, second and middle hit.

Each round takes one point of each service. The three services die three times each, whenever they come to theirs, and
are started again while clients go on and try again; then all comes to rest, and every invariant is checked. A service
that does not come to its point does not die, and fails the run.
"""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from time import monotonic

import pytest

from deploy.local.services import SERVICES
from tests.faults.brisk import brisk_system
from tests.faults.kills import Kill, hits, kill_in_turn
from tests.faults.points import Point, points
from tests.faults.progress import Tell, tell
from tests.faults.pulls import PulledDistrict
from tests.faults.rows import Row
from tests.faults.world import World

SLICES = 4
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 120.0
THIRD_AT_LEAST = 3

__all__ = ["tell"]  # a fixture

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1500)]


@pytest.mark.fault("F1", "kill -9 of every service at every kill point: first, second and middle hit")
async def test_every_kill_point_at_its_first_second_and_middle_hit(tmp_path: Path, row: Row, tell: Tell) -> None:
    found = points()
    with brisk_system(tmp_path) as (system, season):
        async with (
            World.around(system, season, patience=PATIENCE_SECONDS) as world,
            PulledDistrict.connected(world.work, world.spare) as world.pulled,
        ):
            counted = await count_hits(world, found)
            row.lost = row.doubled = 0
            row.recovered_in = 0.0
            for kills in in_rounds(found, counted):
                await play(world, kills, row, tell)
            # Whatever the pulls that were cut off have left behind is there once the next one has ended.
            await world.pulled.pull()
            await world.at_rest()
            report = await world.check()
            assert not report.violations, str(report)
    tell(f"{len(found)} kill points, {3 * len(found)} deaths; requests: {world.history.counts()}")


async def count_hits(world: World, found: Sequence[Point]) -> dict[Point, int]:
    """How often each is passed in some slices of load."""
    await asyncio.gather(*(world.arm(service, "count") for service in SERVICES))
    async with world.load(pause=PAUSE_SECONDS, has_poison=True) as load:
        await load.until(load.slices + SLICES)
    await world.at_rest()
    told = {service: await hits(world, service) for service in SERVICES}
    await asyncio.gather(*(world.arm(service, "") for service in SERVICES))
    return {point: told[point.service].get(point.name, 0) for point in found}


def in_rounds(found: Sequence[Point], counted: Mapping[Point, int]) -> list[list[list[Kill]]]:
    """For each round and service: its kills, in turn. What so little load does not come to is tried last."""
    last = sorted(found, key=lambda point: (not counted[point], point))
    by_service = [[_three_of(point, counted[point]) for point in last if point.service == name] for name in SERVICES]
    return [[kills for kills in together if kills is not None] for together in zip_longest(*by_service)]


async def play(world: World, kills: Sequence[Sequence[Kill]], row: Row, tell: Tell) -> None:
    began = monotonic()
    named = ", ".join(f"{of_service[0].point} {[kill.nth for kill in of_service]}" for of_service in kills)
    async with world.load(pause=PAUSE_SECONDS, has_poison=True):
        async with asyncio.TaskGroup() as deaths:
            for of_service in kills:
                deaths.create_task(kill_in_turn(world, of_service))
        healed = monotonic()
    await world.at_rest()
    row.recovered_in = max(row.recovered_in or 0.0, monotonic() - healed)
    report = await world.check()
    row.lost, row.doubled, row.parked = report.lost, report.doubled, report.parked
    tell(f"{monotonic() - began:5.1f} s  {named}")
    assert not report.violations, f"{named}:\n{report}"


def _three_of(point: Point, number: int) -> list[Kill]:
    return [Kill(point, nth) for nth in (1, 2, max(THIRD_AT_LEAST, number // 2))]
