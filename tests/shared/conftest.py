"""What the tests of a service in this process share; each module has an `app` of its own."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from tests.running import running


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with running(app) as client:
        yield client
