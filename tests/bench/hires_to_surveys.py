"""Hires in → surveys issued: survey's real app, the bare loop, and the handler of the textbook."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from services.survey.app import wire
from services.survey.settings import SurveySettings
from shared.events.partnership import HIRES
from shared.events.survey import SURVEYS
from shared.kafka_edge import Kafka
from shared.mongo import Mongo
from shared.outbox import ABOARD
from shared.records import OutboundRecord
from shared.service import create_service
from tests.bench.bare_kafka import BATCH, bare_consumer, bare_producer, fill, sealed
from tests.bench.figures import Pace
from tests.bench.ground import Ground, bare_database, in_a_loop
from tests.bench.watched import DidNotHappen, WatchedBroker, paced
from tests.survey.builders import NOW, hired_person

SCHOOLS = 1855
"""In Massachusetts."""
KEPT = ("employments", "surveys")
"""What survey keeps of a hire: one document in each."""


@dataclass(frozen=True)
class Effects:
    """What one hire leaves behind, for the floors to leave as much: a document for each collection, and a message."""

    documents: dict[str, dict[str, Any]]
    message: OutboundRecord


def hires(count: int) -> Iterator[OutboundRecord]:
    for number in range(count):
        yield sealed(hired_person(number, school_id=f"{number % SCHOOLS:08d}"), "partnership")


def fill_topic(on: Ground, count: int) -> None:
    in_a_loop(fill(on, hires(count)))


def ours(on: Ground, run: str, count: int, seconds: float) -> tuple[Pace, Effects]:
    """Survey itself, with everything that it does beside, until all is acknowledged and committed."""
    return in_a_loop(_ours(on, run, count, seconds))


async def _ours(on: Ground, run: str, count: int, seconds: float) -> tuple[Pace, Effects]:
    settings = SurveySettings(kafka_bootstrap_servers=on.bootstrap, kafka_broker=on.broker)
    broker = WatchedBroker(Kafka(settings), group=run)
    watch = broker.watch
    mongo = await Mongo.connect(on.mongodb_uri, run, on.driver)
    app = create_service("survey", settings, wire, mongo=mongo, broker=broker, clock=lambda: NOW)
    # Beside the surveys, the instrument is told of once.
    pace = await paced(app, watch, lambda: watch.committed >= count and watch.acknowledged > count, seconds)
    documents = {name: await mongo.collection(name).find_one({}, {ABOARD: 0}) for name in KEPT}
    await mongo.drop()
    await mongo.close()
    if watch.last is None:
        raise DidNotHappen("Survey published nothing.")
    return pace, Effects({name: document or {} for name, document in documents.items()}, watch.last)


def bare_loop(on: Ground, run: str, count: int, effects: Effects) -> Pace:
    """Poll, `insert_many` into each collection, send, commit."""
    return in_a_loop(_bare_loop(on, run, count, effects))


async def _bare_loop(on: Ground, run: str, count: int, effects: Effects) -> Pace:
    message = effects.message
    done = 0
    began: float | None = None
    async with (
        bare_database(on, run) as database,
        bare_producer(on) as producer,
        bare_consumer(on, run, [HIRES]) as consumer,
    ):
        while done < count:
            polled = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
            records = [record for of_place in polled.values() for record in of_place]
            began = began or (perf_counter() if records else None)
            if not records:
                continue
            ids = [f"{record.partition:018d}{record.offset:018d}" for record in records]
            for name, document in effects.documents.items():
                await database[name].insert_many([{**document, "_id": one} for one in ids], ordered=False)
            for one in ids:
                await producer.send(SURVEYS, message.value, key=one.encode(), headers=list(message.headers))
            await producer.flush()
            await consumer.commit()
            done += len(records)
        return Pace(done, perf_counter() - (began or 0.0))


def textbook(on: Ground, run: str, count: int, effects: Effects) -> Pace:
    """One event at a time: one awaited insert, one awaited send; offsets are committed now and then by the client."""
    return in_a_loop(_textbook(on, run, count, effects))


async def _textbook(on: Ground, run: str, count: int, effects: Effects) -> Pace:
    message, document = effects.message, effects.documents["surveys"]
    began: float | None = None
    async with (
        bare_database(on, run) as database,
        bare_producer(on) as producer,
        bare_consumer(on, run, [HIRES], enable_auto_commit=True) as consumer,
    ):
        for _ in range(count):
            record = await anext(consumer)
            began = began or perf_counter()
            hire = json.loads(record.value)
            await database["surveys"].insert_one({**document, "_id": hire["hire_id"]})
            await producer.send_and_wait(
                SURVEYS, message.value, key=hire["hire_id"].encode(), headers=list(message.headers)
            )
        return Pace(count, perf_counter() - (began or 0.0))
