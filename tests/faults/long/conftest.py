"""The stage for the long rows: the whole system behind proxies, with people around it, one for the rows of a file."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from deploy.local.process import ToolMissing
from tests.faults.long.playing import Stage
from tests.faults.long.proxied import ProxiedSystem
from tests.faults.world import World
from tests.journeys.season import Season

MEMORY_WANTED = 6 * 1024**3
PATIENCE_SECONDS = 150.0


@pytest.fixture(scope="session")
def season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    return Season.simulated(Path(tmp_path_factory.mktemp("simulated")) / "season")


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where servers keep what they hold: in memory where there is room for it."""
    memory = Path("/dev/shm")  # noqa: S108 - the folders in it are our own
    is_roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_WANTED
    return memory if is_roomy else tmp_path_factory.getbasetemp()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(disk: Path, season: Season) -> AsyncIterator[Stage]:
    """Six servers and three services."""
    if os.environ.get("PREPBRIDGE_BROKER") == "tansu":
        pytest.skip("needs Apache Kafka")
    with TemporaryDirectory(dir=disk, prefix="faults-") as folder:
        system = ProxiedSystem(Path(folder), season.folder)
        try:
            system.start()
            async with World.around(system, season, patience=PATIENCE_SECONDS) as world:
                yield Stage(world, system=system)
        except ToolMissing as missing:
            pytest.skip(f"needs Apache Kafka: {missing}")
        finally:
            system.stop()
