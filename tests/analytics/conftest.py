"""Analytics, running in this process on a real database and a broker in memory."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from services.analytics.app import wire
from services.analytics.settings import AnalyticsSettings
from shared.access.callers import Role
from shared.events import Event
from shared.mongo import Mongo
from shared.service import create_service
from tests.running import running, signed_in
from tests.twice_kafka import TwiceKafka


@dataclass
class Analytics:
    """The running service and what a test does with it."""

    app: FastAPI
    client: httpx.AsyncClient
    kafka: TwiceKafka

    async def hear(self, *events: Event, sequence: int = 1) -> None:
        """Have these events told, and wait until they are applied."""
        await self.kafka.publish(*events, sequence=sequence, source="survey")
        await self.kafka.until_read("analytics", *{event.topic for event in events})

    async def get(self, path: str, role: Role = "agency", *organizations: str) -> httpx.Response:
        return await self.client.get(path, headers=signed_in(self.app, role, *organizations))


@pytest.fixture
async def analytics(mongo: Mongo) -> AsyncIterator[Analytics]:
    kafka = TwiceKafka()
    app = create_service("analytics", AnalyticsSettings(), wire, mongo=mongo, broker=kafka)
    async with running(app) as client:
        yield Analytics(app, client, kafka)
