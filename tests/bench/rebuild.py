"""Topics in → a read model: what `prepbridge rebuild analytics` does between the announcement and the comparison."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from prometheus_client import CollectorRegistry

from services.analytics.app import TOPICS, reactions
from services.analytics.metrics import AnalyticsMetrics
from services.analytics.store.generations import Generations
from services.analytics.use_cases.rebuild_model import Asked, Step, rebuild_model
from shared.brokers import TRAITS
from shared.kafka_log import read_through
from shared.mongo import Mongo
from shared.records import RecordLog
from tests.bench.bare_kafka import BATCH
from tests.bench.figures import Pace
from tests.bench.ground import Ground, in_a_loop
from tests.survey.builders import NOW


def ours(on: Ground, run: str, count: int, seconds: float, batch: int = BATCH) -> tuple[Pace, dict[str, Any]]:
    """All that the topics hold, which must be `count` events, until every leaf is made; and one of the facts."""
    return in_a_loop(_ours(on, run, count))


async def _ours(on: Ground, run: str, count: int) -> tuple[Pace, dict[str, Any]]:
    mongo = await Mongo.connect(on.mongodb_uri, run, on.driver)
    began = ended = 0.0

    @asynccontextmanager
    async def topics() -> AsyncIterator[RecordLog]:
        nonlocal began
        async with read_through(on.bootstrap, TRAITS[on.broker], TOPICS, client_id=run) as log:
            began = perf_counter()
            yield log

    def tell(step: Step, _done: int, _of: int) -> None:
        nonlocal ended
        if step is Step.COUNTING:
            ended = perf_counter()

    rebuilt = await rebuild_model(
        Asked("bench", "a measurement", settle_seconds=0.0),
        generations=Generations(mongo),
        topics=topics,
        reactions=lambda to: reactions(to, AnalyticsMetrics(CollectorRegistry())),
        clock=lambda: NOW,
        tell=tell,
    )
    assert rebuilt.read.facts == count, f"The topics held {rebuilt.read.facts:,} facts, not {count:,}."
    kept = mongo.collection(f"facts_{rebuilt.generation}")
    fact = await kept.find_one({"kind": "submitted"}) or await kept.find_one({})
    await mongo.drop()
    await mongo.close()
    return Pace(count, ended - began), fact or {}
