"""Analytics, running in this process on a real database and a broker in memory."""

import asyncio
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
    mongo: Mongo

    async def hear(self, *events: Event, sequence: int = 1) -> None:
        """Have these events told, and wait until they are applied."""
        await self.kafka.publish(*events, sequence=sequence, source="survey")
        await self.kafka.until_read("analytics", *{event.topic for event in events})
        await at_rest(self.mongo)

    async def get(self, path: str, role: Role = "agency", *organizations: str) -> httpx.Response:
        return await self.client.get(path, headers=signed_in(self.app, role, *organizations))


async def at_rest(mongo: Mongo, seconds: float = 10.0) -> None:
    """Wait until no leaf is to be made anew."""
    async with asyncio.timeout(seconds):
        while await mongo.collection("touched").count({}):  # noqa: ASYNC110 - nobody would tell us
            await asyncio.sleep(0.01)


@pytest.fixture
async def analytics(mongo: Mongo) -> AsyncIterator[Analytics]:
    kafka = TwiceKafka()
    app = create_service("analytics", AnalyticsSettings(refresh_seconds=0.01), wire, mongo=mongo, broker=kafka)
    async with running(app) as client:
        yield Analytics(app, client, kafka, mongo)
