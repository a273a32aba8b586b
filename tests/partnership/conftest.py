"""The whole partnership service: real mongod, Kafka in memory delivering everything twice."""

from collections.abc import AsyncIterator

import pytest

from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.receiver import Receiver, a_receiver
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


@pytest.fixture
async def hooked(mongo: Mongo, clock: SetClock) -> AsyncIterator[Working]:
    """With a directory and completers, and quick with webhooks."""
    async with working(mongo, clock, webhook_round_seconds=0.02, webhook_answer_seconds=2.0) as running:
        await running.bring_directory()
        await running.bring_completers(1, 2, 3)
        yield running


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiving:
        yield receiving
