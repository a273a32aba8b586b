"""The handler of the textbook: one awaited insert and one awaited send per event, on aiokafka and on FastStream."""

import asyncio
import json
from time import perf_counter
from typing import Any

from faststream.kafka import KafkaBroker

from shared.brokers import TRAITS
from shared.events.partnership import HIRES
from shared.events.survey import SURVEYS
from shared.records import OutboundRecord
from tests.bench.bare_kafka import bare_consumer, bare_producer
from tests.bench.bare_loop import Work
from tests.bench.figures import Pace
from tests.bench.ground import Ground, bare_database, in_a_loop
from tests.bench.watched import DidNotHappen

LATEST = 120.0
"""Seconds after which FastStream is given up: what fails in its handler it only logs."""


def on_aiokafka(on: Ground, run: str, count: int, work: Work) -> Pace:
    """Offsets are committed now and then by the client."""
    return in_a_loop(_on_aiokafka(on, run, count, work))


async def _on_aiokafka(on: Ground, run: str, count: int, work: Work) -> Pace:
    message, document = _left_behind(work)
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


def on_faststream(on: Ground, run: str, count: int, work: Work) -> Pace:
    """As its documentation writes it; offsets are committed as FastStream does by default."""
    return in_a_loop(_on_faststream(on, run, count, work))


async def _on_faststream(on: Ground, run: str, count: int, work: Work) -> Pace:
    message, document = _left_behind(work)
    headers = {name: value.decode() for name, value in message.headers}
    traits = TRAITS[on.broker]
    broker = KafkaBroker(on.bootstrap, acks="all", enable_idempotence=traits.enable_idempotence, logger=None)
    begun: list[float] = []
    ended: list[float] = []
    done = asyncio.Event()
    async with bare_database(on, run) as database:

        @broker.subscriber(
            HIRES, group_id=run, auto_offset_reset="earliest", fetch_max_wait_ms=traits.fetch_max_wait_ms
        )
        async def issue(hire: dict[str, Any]) -> None:
            begun.append(perf_counter())
            await database["surveys"].insert_one({**document, "_id": hire["hire_id"]})
            await broker.publish(message.value, topic=SURVEYS, key=hire["hire_id"].encode(), headers=headers)
            ended.append(perf_counter())
            if len(ended) == count:
                done.set()

        async with broker, asyncio.timeout(LATEST):
            await broker.start()
            await done.wait()
    return Pace(count, ended[count - 1] - begun[0])


def _left_behind(work: Work) -> tuple[OutboundRecord, dict[str, Any]]:
    if work.message is None:
        raise DidNotHappen("Nothing was published that could be sent again.")
    return work.message, work.documents["surveys"]
