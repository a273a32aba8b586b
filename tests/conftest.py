"""What every test may ask for: a real mongod, a fresh database, a clock that stands where it is put."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from deploy.local.mongod import Mongod
from shared.mongo import Mongo

_databases = count(1)


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
    """One mongod for the session, on a free port, as a replica set of one."""
    server = Mongod.start(Path(tmp_path_factory.mktemp("mongod")))
    yield server
    server.stop()


@pytest.fixture(params=["motor", "pymongo"])
def mongo_driver(request: pytest.FixtureRequest) -> str:
    """Both drivers: a test that asks for `mongo` runs on each."""
    return str(request.param)


@pytest.fixture
async def mongo(mongod: Mongod, mongo_driver: str) -> AsyncIterator[Mongo]:
    """A database of its own for each test, dropped afterwards."""
    connected = await Mongo.connect(mongod.uri, f"test_{next(_databases)}", driver=mongo_driver)
    yield connected
    await connected.drop()
    await connected.close()
