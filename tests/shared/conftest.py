"""What the tests of a service in this process share; each module has an `app` of its own."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from deploy.local.broker import Broker
from shared.mongo import Mongo
from tests.running import running
from tests.shared.reading import Reader, reader
from tests.shared.topics import Topic


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with running(app) as client:
        yield client


@pytest.fixture
async def topic(broker: Broker) -> Topic:
    made = Topic(broker)
    await made.create()
    return made


@pytest.fixture
async def reading(mongo: Mongo) -> Reader:
    return await reader(mongo)
