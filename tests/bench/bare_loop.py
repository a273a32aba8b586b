"""The bare loop: poll, `insert_many` into each collection, send, commit. The fairer one also decodes and encodes."""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson

from shared.events import REGISTER
from shared.records import OutboundRecord
from tests.bench.bare_kafka import BATCH, bare_consumer, bare_producer
from tests.bench.figures import Pace
from tests.bench.ground import Ground, bare_database, in_a_loop


@dataclass(frozen=True)
class Work:
    """What is read, and what each record leaves behind: a document in each collection, and a message if one is sent."""

    topic: str
    documents: dict[str, dict[str, Any]]
    message: OutboundRecord | None = None


def bare_loop(on: Ground, run: str, count: int, seconds: float, work: Work, batch: int = BATCH) -> Pace:
    """Until so many are done, or the time is over."""
    return in_a_loop(_bare_loop(on, run, count, seconds, work, batch, decodes=False))


def decoding_loop(on: Ground, run: str, count: int, seconds: float, work: Work, batch: int = BATCH) -> Pace:
    """The same, but what is read becomes an event, and the JSON of each message is written anew."""
    return in_a_loop(_bare_loop(on, run, count, seconds, work, batch, decodes=True))


async def _bare_loop(
    on: Ground, run: str, count: int, seconds: float, work: Work, batch: int, *, decodes: bool
) -> Pace:
    done = 0
    began: float | None = None
    async with (
        bare_database(on, run) as database,
        bare_producer(on) as producer,
        bare_consumer(on, run, [work.topic]) as consumer,
    ):
        while done < count and (began is None or perf_counter() - began < seconds):
            polled = await consumer.getmany(timeout_ms=1000, max_records=batch)
            records = [record for of_place in polled.values() for record in of_place]
            began = began or (perf_counter() if records else None)
            if not records:
                continue
            if decodes:
                for record in records:
                    REGISTER[dict(record.headers)["ce_type"].decode()].model_validate_json(record.value)
            ids = [f"{record.partition:018d}{record.offset:018d}" for record in records]
            for name, document in work.documents.items():
                await database[name].insert_many([{**document, "_id": one} for one in ids], ordered=False)
            await _send(producer, ids, work.message, encodes=decodes)
            await consumer.commit()
            done += len(records)
        return Pace(done, perf_counter() - (began or 0.0))


async def _send(producer: Any, ids: list[str], message: OutboundRecord | None, *, encodes: bool) -> None:
    if message is None or message.value is None:
        return
    value, content = message.value, orjson.loads(message.value)
    for one in ids:
        if encodes:
            value = orjson.dumps(content)
        await producer.send(message.topic, value, key=one.encode(), headers=list(message.headers))
    await producer.flush()
