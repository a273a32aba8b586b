"""What every measurement stands on: one real mongod, one real broker, and topics that are empty."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import uvloop
from aiokafka.admin import AIOKafkaAdminClient
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient

from deploy.kafka.topics import TOPICS
from deploy.local.broker import Broker
from deploy.local.mongod import Mongod
from deploy.local.recipe import BrokerKind
from services.survey.settings import SurveySettings
from shared.brokers import topics_in
from shared.kafka import create_topics
from shared.logs import start_logging
from shared.process import collect_garbage_seldom

Found = TypeVar("Found")

DRIVERS = ("motor", "pymongo")
OURS = SurveySettings.model_fields["mongo_driver"].default
"""The driver that services take unless told otherwise."""
TOPICS_SECONDS = 20.0
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Ground:
    """Where the servers are, and through which MongoDB driver they are spoken to."""

    mongodb_uri: str
    bootstrap: str
    broker: BrokerKind
    driver: str
    notes: tuple[str, ...]
    folder: Path

    def through(self, driver: str) -> "Ground":
        return replace(self, driver=driver)


async def empty_topics(on: Ground, names: Sequence[str]) -> None:
    """As if nothing had ever been published to them."""
    topics = [topic for topic in topics_in(TOPICS) if topic.name in names]
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=on.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(list(names))
        await create_topics(on.bootstrap, topics)
        async with asyncio.timeout(TOPICS_SECONDS):
            while not _are_led(await admin.describe_topics(list(names))):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        await admin.close()


def _are_led(topics: list[dict[str, Any]]) -> bool:
    """Whether the broker knows all topics, and who leads each of their partitions."""
    partitions = [partition for topic in topics for partition in topic["partitions"]]
    return not any(topic["error_code"] for topic in topics) and all(each["leader"] >= 0 for each in partitions)


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Servers of this run's own, with the topics of deploy/kafka/topics.yml."""
    mongod = Mongod.start(folder / "mongod")
    try:
        broker = Broker.start(folder / "broker", kind=os.environ.get("PREPBRIDGE_BROKER", "auto"))  # type: ignore[arg-type]
        try:
            uvloop.run(create_topics(broker.bootstrap, topics_in(TOPICS)))
            notes = (mongod.note, broker.note)
            yield Ground(mongod.uri, broker.bootstrap, broker.kind, OURS, notes, folder)
        finally:
            broker.stop()
    finally:
        mongod.stop()


@asynccontextmanager
async def bare_database(on: Ground, name: str, *, keep: bool = False) -> AsyncIterator[Any]:
    """The driver's own database, with the durability that shared.mongo asks for; dropped afterwards, or kept."""
    clients: dict[str, Any] = {"motor": AsyncIOMotorClient, "pymongo": AsyncMongoClient}
    client = clients[on.driver](on.mongodb_uri, w="majority", journal=True, tz_aware=True)
    try:
        yield client[name]
        if not keep:
            await client.drop_database(name)
    finally:
        closing = client.close()
        if on.driver == "pymongo":
            await closing


def in_a_loop(work: Coroutine[Any, Any, Found]) -> Found:
    """As a service runs: on uvloop, logging what goes wrong."""
    start_logging("bench", "bench", "warning")
    collect_garbage_seldom()
    return uvloop.run(work)
