"""A service, and a node of Kafka, whose clocks are hours wrong, jump forwards and jump back."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.faults.long.playing import Stage
from tests.faults.rows import Row

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIBRARY = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """The file that says by how much a process's clock is wrong."""
    if not LIBRARY:
        pytest.skip("needs libfaketime (on Debian: apt-get install faketime)")
    file = tmp_path / "clock"
    file.write_text("+0")
    return file


def set_to(clock: Path, wrong: str) -> None:
    clock.write_text(wrong)


def under(clock: Path) -> dict[str, str]:
    """Variables of a process whose wall clock follows the file; its monotonic clock is left alone.

    So are waits on it: unless told, the library takes them for waits on the wall clock, and Java's come back too early
    or too late, by which a node of Kafka takes minutes to start.
    """
    return {
        "LD_PRELOAD": str(LIBRARY[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }


@pytest.mark.fault(
    "F29", "the clock of survey jumps 2 h ahead, then 2 h back behind the others, then to the right time"
)
async def test_a_service_whose_clock_is_wrong_loses_and_doubles_nothing(stage: Stage, row: Row, clock: Path) -> None:
    world, system = stage.world, stage.system

    async def begin(**environment: str) -> None:
        await asyncio.to_thread(system.services["survey"].stop)
        system.begin("survey", **environment)
        await asyncio.to_thread(system.await_ready, "survey")
        world.note_birth("survey")

    async def jump(load: Load) -> None:
        await begin(**under(clock))
        await load.until(load.slices + 1)
        for wrong in ("+2h", "-2h", "+0"):
            set_to(clock, wrong)
            await load.until(load.slices + 3)
        await begin()

    await stage.play(row, jump)


@pytest.mark.fault("F29", "the clock of one of Kafka's three nodes is 2 h behind, then 2 h ahead")
async def test_a_node_whose_clock_is_wrong_takes_what_it_is_given(stage: Stage, row: Row, clock: Path) -> None:
    cluster = stage.system.broker

    async def run_wrong(load: Load) -> None:
        node = cluster.node(1)
        for wrong in ("-2h", "+2h"):
            set_to(clock, wrong)
            await asyncio.to_thread(node.stop)
            node.start({**os.environ, **under(clock)})
            await asyncio.to_thread(cluster.await_health)
            await load.until(load.slices + 2)
        await asyncio.to_thread(node.stop)
        node.start()
        await asyncio.to_thread(cluster.await_health)

    await stage.play(row, run_wrong)
