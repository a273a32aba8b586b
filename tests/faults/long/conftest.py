"""The stage for the long rows: the whole system behind proxies, with people around it, one for the rows of a file."""

import gc
import os
import shutil
from collections.abc import AsyncIterator, Iterator
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
HERE = Path(__file__).parent
CUT_OFF = (
    "ignore:Exception ignored in. <function (_SelectorTransport|StreamWriter):pytest.PytestUnraisableExceptionWarning"
)
"""These rows cut off the tests' own clients while they connect, and then httpx leaves the transport to the collector.
That the services leave nothing open is for invariant I11, which counts their descriptors."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings(CUT_OFF))


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What a row left to the collector is told of in that row, and not in whichever test comes next."""
    yield
    gc.collect()


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
