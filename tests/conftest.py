"""What every test may ask for: a real mongod, a fresh database, a clock that stands where it is put."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pymongo import MongoClient

from deploy.local.broker import Broker
from deploy.local.mongod import Mongod
from shared.mongo import Mongo

MEMORY_WANTED = 2 * 1024**3
_databases = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-faults", action="store_true", help="run the long rows of the fault matrix too")
    parser.addoption("--write-faults", action="store_true", help="write what the rows showed to docs/faults.md")
    parser.addoption("--hires", type=int, default=1_000_000, help="how many hires are told across the kill points")


class SetClock:
    """A clock that moves only when told."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2027, 4, 5, 9, 30, tzinfo=UTC))


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    """One mongod for the session, on a free port, as a replica set of one; in memory where there is room for it."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is our own
    is_roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_WANTED
    with TemporaryDirectory(dir=memory if is_roomy else tmp_path_factory.getbasetemp(), prefix="mongod-") as folder:
        server = Mongod.start(Path(folder))
        yield server
        server.stop()


@pytest.fixture(scope="session")
def forget(mongod: Mongod) -> Iterator[Callable[[str], None]]:
    """Drops a database while the next test runs already: mongod takes a tenth of a second for it."""
    client = MongoClient[dict[str, Any]](mongod.uri)
    with client, ThreadPoolExecutor(1) as dropping:
        yield lambda name: dropping.submit(client.drop_database, name).add_done_callback(lambda drop: drop.result())


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for the session, of the kind that PREPBRIDGE_BROKER names."""
    kind = os.environ.get("PREPBRIDGE_BROKER", "auto")
    server = Broker.start(Path(tmp_path_factory.mktemp("broker")), kind=kind)  # type: ignore[arg-type]
    yield server
    server.stop()


@pytest.fixture(params=["motor", "pymongo"])
def mongo_driver(request: pytest.FixtureRequest) -> str:
    """Both drivers: a test that asks for `mongo` runs on each."""
    return str(request.param)


@pytest.fixture
async def mongo(mongod: Mongod, mongo_driver: str, forget: Callable[[str], None]) -> AsyncIterator[Mongo]:
    """A database of its own for each test, dropped afterwards."""
    if mongod.child.exit_status is not None:
        pytest.exit(f"The tests' MongoDB is no more; {mongod.child.last_words()}", returncode=1)
    name = f"test_{next(_databases)}"
    connected = await Mongo.connect(mongod.uri, name, driver=mongo_driver)
    yield connected
    await connected.close()
    forget(name)
