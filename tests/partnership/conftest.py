"""The whole partnership service: real mongod, Kafka in memory delivering everything twice."""

from collections.abc import AsyncIterator

import pytest

from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.working import Working, working


@pytest.fixture
def mongo_driver() -> str:
    """The stores are run on both drivers in test_stores.py; the whole service on the default is enough."""
    return "motor"


@pytest.fixture
async def partnership(mongo: Mongo, clock: SetClock) -> AsyncIterator[Working]:
    """With a directory, a feed, and nobody on staff yet."""
    async with working(mongo, clock) as running:
        await running.bring_directory()
        assert (await running.connect()).status_code == 201
        yield running
