"""Analytics, running in this process on a real database and a broker in memory."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

import httpx
import pytest
from fastapi import FastAPI

from deploy.kafka.topics import TOPICS as TOPICS_FILE
from deploy.local.broker import Broker
from deploy.local.mongod import Mongod
from services.analytics.app import wire
from services.analytics.settings import AnalyticsSettings
from services.analytics.store import generations as pointing
from services.analytics.use_cases import rebuild_model as rebuilding_module
from shared.access.callers import Role
from shared.brokers import TRAITS, topics_in
from shared.events import Event
from shared.kafka import Producer, create_topics
from shared.kafka_edge import Kafka
from shared.mongo import Mongo
from shared.service import create_service
from tests.analytics.events import issued, submitted
from tests.analytics.rebuilding import InGroup, Rebuilding, settings_for
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


_runs = count(1)


@pytest.fixture
async def at_work(
    mongo: Mongo, mongod: Mongod, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rebuilding]:
    """Twenty surveys issued and twelve answered, all counted. Everybody looks at the pointer five times as often."""
    monkeypatch.setattr(pointing, "FRESH_SECONDS", 0.2)
    monkeypatch.setattr(rebuilding_module, "ANNOUNCED_SECONDS", 0.4)
    run = f"rebuild-{next(_runs)}"
    await create_topics(broker.bootstrap, topics_in(TOPICS_FILE))
    settings = settings_for(broker, mongod.uri, mongo.collection("facts")._native.database.name)
    app = create_service("analytics", settings, wire, mongo=mongo, broker=InGroup(Kafka(settings), run))
    producer = Producer(broker.bootstrap, TRAITS[broker.kind], client_id="survey")
    async with running(app) as client:
        at_work = Rebuilding(app, client, settings, mongo, producer, run)
        await at_work.tell(*(issued(f"{number}") for number in range(20)))
        await at_work.tell(*(submitted(f"{number}", readiness=1 + number % 4) for number in range(12)), sequence=2)
        await at_work.at_rest(facts=32)
        yield at_work
    await producer.stop()
