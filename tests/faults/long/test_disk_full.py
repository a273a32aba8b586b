"""Disks that fill up: MongoDB's, Kafka's, and the one on which services log and keep uploads for a while."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio

from deploy.local.process import Child
from tests.faults.long.playing import Scene
from tests.faults.rows import Row
from tests.faults.world import World
from tests.journeys.season import Season
from tests.journeys.system import System, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEGABYTES = {"mongod": 700, "broker": 200, "logs": 8, "temporary": 8}
PATIENCE_SECONDS = 150.0
FULL_SECONDS = 10.0


@pytest.fixture(scope="module")
def small_disks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which each of these is a file system of its own."""
    folder = tmp_path_factory.mktemp("disks")
    mounted: list[Path] = []
    try:
        for name, size in MEGABYTES.items():
            (folder / name).mkdir()
            mounting = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(folder / name)]
            if subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
                pytest.skip("needs the right to mount a small file system")
            mounted.append(folder / name)
        yield folder
    finally:
        for place in mounted:
            subprocess.run(["umount", "-l", str(place)], check=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cramped(small_disks: Path, season: Season) -> AsyncIterator[Scene]:
    """One mongod and one node of Kafka, each on a disk of its own."""
    kind = os.environ.get("PREPBRIDGE_BROKER", "auto")
    system = System(small_disks, kind, season.folder, {"TMPDIR": str(small_disks / "temporary")})  # type: ignore[arg-type]
    try:
        system.start()
        if system.broker.kind == "tansu":
            pytest.skip("needs Apache Kafka")
        async with World.around(system, season, patience=PATIENCE_SECONDS) as world:
            yield Scene(world)
    finally:
        system.stop()


@pytest.mark.fault("F28", "MongoDB's disk is full: it ends; space is made, and it is started again")
async def test_a_full_disk_of_mongo_loses_nothing_that_was_acknowledged(cramped: Scene, row: Row) -> None:
    mongod = cramped.world.system.mongod
    await fill_up(cramped, row, "mongod", mongod.child, mongod.start_again)


@pytest.mark.fault("F28", "Kafka's disk is full: it ends; space is made, and it is started again")
async def test_a_full_disk_of_kafka_loses_nothing_that_was_acknowledged(cramped: Scene, row: Row) -> None:
    broker = cramped.world.system.broker
    await fill_up(cramped, row, "broker", broker.child, broker.start_again)


@pytest.mark.fault("F28", "the disk on which services log, and the one for temporary files, are full for 10 s")
async def test_services_that_can_write_neither_log_nor_upload_go_on_when_they_can(cramped: Scene, row: Row) -> None:
    world = cramped.world
    async with world.load(pause=0.3) as load:
        await load.until(load.slices + 1)
        with filled(cramped.world.system.folder / "logs"), filled(cramped.world.system.folder / "temporary"):
            await asyncio.sleep(FULL_SECONDS)
            assert all(service.exit_status is None for service in cramped.world.system.services.values())
        healed = monotonic()
        await load.until(load.slices + 1)
    await cramped.settle(row, healed)


async def fill_up(stage: Scene, row: Row, disk: str, server: Child, start_again: object) -> None:
    """Until the server cannot go on."""

    async def has_ended() -> bool:
        return server.exit_status is not None

    async with stage.world.load(pause=0.3) as load:
        await load.until(load.slices + 1)
        with filled(stage.world.system.folder / disk):
            await until(has_ended, what=f"{disk} to end", seconds=90.0)
        server.kill()
        await asyncio.to_thread(start_again)  # type: ignore[arg-type]
        healed = monotonic()
        await load.until(load.slices + 1)
    await stage.settle(row, healed)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Not a byte is free."""
    ballast = disk / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65_536)
            except OSError:
                pass
        yield
    finally:
        ballast.unlink()
