"""From a saved document to its event in a reader's hands, at a steady pace."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from services.survey.settings import SurveySettings
from shared.clock import utc_now
from shared.events.survey import SURVEYS, SurveyIssued
from shared.frame import Frame, Wiring
from shared.kafka_edge import Kafka
from shared.life import Life
from shared.mongo import Mongo
from shared.outbox import Documents
from shared.service import create_service
from tests.analytics.events import issued
from tests.bench.bare_kafka import bare_consumer, bare_producer, sealed
from tests.bench.figures import Waits
from tests.bench.ground import Ground, bare_database, in_a_loop
from tests.bench.watched import DidNotHappen, until

RATE = 100
LAST_CALL_SECONDS = 10.0

Save = Callable[[SurveyIssued], Awaitable[None]]


def ours(on: Ground, run: str, count: int) -> Waits:
    """A document with its event aboard, taken off by the service's own relay."""
    return in_a_loop(_ours(on, run, count))


async def _ours(on: Ground, run: str, count: int) -> Waits:
    async with relayed(on, run, "bench") as documents:

        async def save(event: SurveyIssued) -> None:
            await documents.insert(
                event.survey_id, {"revision": 1, **event.model_dump(mode="json")}, event, at=utc_now()
            )

        return await _at_a_steady_pace(on, run, count, save)


def bare(on: Ground, run: str, count: int) -> Waits:
    """`insert_one`, and `send` at once thereafter: what a crash between the two would lose is lost."""
    return in_a_loop(_bare(on, run, count))


async def _bare(on: Ground, run: str, count: int) -> Waits:
    async with bare_database(on, run) as database, bare_producer(on) as producer:

        async def save(event: SurveyIssued) -> None:
            await database["letters"].insert_one({"_id": event.survey_id, **event.model_dump(mode="json")})
            message = sealed(event, "survey")
            await producer.send(SURVEYS, message.value, key=message.key, headers=list(message.headers))

        return await _at_a_steady_pace(on, run, count, save)


@asynccontextmanager
async def relayed(on: Ground, run: str, source: str) -> AsyncIterator[Documents]:
    """A collection whose events a service of that name takes off and publishes."""
    settings = SurveySettings(kafka_bootstrap_servers=on.bootstrap, kafka_broker=on.broker)
    mongo = await Mongo.connect(on.mongodb_uri, run, on.driver)
    letters: list[Documents] = []

    async def wire(frame: Frame) -> Wiring:
        letters.append(frame.documents("letters"))
        return Wiring()

    app = create_service(source, settings, wire, mongo=mongo, broker=Kafka(settings))
    life: Life = app.state.life
    async with app.router.lifespan_context(app):
        await life.opened()
        yield letters[0]
    await mongo.drop()
    await mongo.close()


async def _at_a_steady_pace(on: Ground, run: str, count: int, save: Save) -> Waits:
    """The first tenth warms up and is not counted."""
    saved: dict[str, float] = {}
    seen: dict[str, float] = {}
    loop = asyncio.get_running_loop()

    async def one(number: int) -> None:
        await asyncio.sleep(begin + number / RATE - loop.time())
        event = issued(f"{run}-{number}")
        await save(event)
        saved[event.survey_id] = perf_counter()

    async with bare_consumer(on, None, [SURVEYS], auto_offset_reset="latest") as consumer:
        await consumer.seek_to_end()
        reading = asyncio.create_task(_read(consumer, run, seen))
        begin = loop.time() + 0.1
        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                tasks.create_task(one(number))
        await until(lambda: len(seen) == count, LAST_CALL_SECONDS)
        reading.cancel()
        await asyncio.wait({reading})
    if len(seen) < count:
        raise DidNotHappen(f"Of {count} events {count - len(seen)} did not arrive.")
    counted = [f"{run}-{number}" for number in range(count // 10, count)]
    return Waits(tuple(max(0.0, seen[one] - saved[one]) for one in counted))


async def _read(consumer: Any, run: str, seen: dict[str, float]) -> None:
    async for record in consumer:
        key = record.key.decode()
        if key.startswith(run):
            seen[key] = perf_counter()
