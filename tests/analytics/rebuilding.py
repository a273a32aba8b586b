"""Analytics in this process on a real broker, and a rebuilder beside it, as if in a process of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from deploy.local.broker import Broker
from services.analytics.app import TOPICS, reactions
from services.analytics.metrics import AnalyticsMetrics
from services.analytics.settings import AnalyticsSettings
from services.analytics.store.generations import Generations, ReadModel
from services.analytics.use_cases.rebuild_model import Asked, Rebuilt, Step, rebuild_model
from shared.brokers import TRAITS
from shared.clock import utc_now
from shared.events import Event
from shared.kafka import Producer
from shared.kafka_edge import Kafka
from shared.kafka_log import read_through
from shared.mongo import Mongo
from shared.records import Publisher, RecordSource
from tests.running import signed_in
from tests.twice_kafka import outbound


@dataclass(frozen=True)
class InGroup:
    """The broker, for a service whose group is another one in each test: topics are the same for all."""

    kafka: Kafka
    group: str

    def publisher(self, client_id: str) -> Publisher:
        return self.kafka.publisher(client_id)

    def source(self, *, group: str, topics: Sequence[str], client_id: str) -> RecordSource:
        return self.kafka.source(group=self.group, topics=topics, client_id=client_id)


@dataclass
class Rebuilding:
    """The running service, and what a test does with it."""

    app: FastAPI
    client: httpx.AsyncClient
    settings: AnalyticsSettings
    mongo: Mongo
    producer: Producer
    campaign_id: str
    generations: Generations = field(init=False)

    def __post_init__(self) -> None:
        self.generations = Generations(self.mongo)

    def of_campaign(self, event: Event) -> Event:
        """The event as one of this test's own campaign and surveys."""
        own = {"survey_id": f"{self.campaign_id}-{event.subject}", "campaign_id": self.campaign_id}
        return event.model_copy(update=own)

    async def tell(self, *events: Event, sequence: int = 1) -> None:
        """Publish; the service will hear of it."""
        await self.producer.send_all(
            [outbound(self.of_campaign(event), sequence=sequence, source="survey") for event in events]
        )

    async def until_issued(self, number: int) -> None:
        """Wait until the doors show so many surveys."""

        async def shown() -> bool:
            found = await self.results()
            return found.status_code == 200 and found.json()["state"]["issued"] == number

        await until(shown, what=f"{number} issued")

    async def at_rest(self, facts: int) -> None:
        """Wait until so many facts are kept, and all are counted."""

        async def rests() -> bool:
            model = await self.generations.serving()
            kept = await model.collections["facts"].count({"leaf.campaign_id": self.campaign_id})
            return kept == facts and not await model.collections["touched"].count({})

        await until(rests, what="coming to rest")

    async def serves(self, number: int) -> bool:
        """Whether this generation is the one that is served."""
        return (await Generations(self.mongo).pointer()).serving == number

    async def results(self) -> httpx.Response:
        return await self.client.get(f"/v1/results/{self.campaign_id}", headers=signed_in(self.app, "agency"))

    async def rebuild(
        self,
        *,
        only_compare: bool = False,
        accept_loss: bool = False,
        settle_seconds: float = 1.0,
        bootstrap: str | None = None,
        tell: Callable[[Step, int, int], None] = lambda _step, _done, _of: None,
    ) -> Rebuilt:
        return await rebuild_model(
            Asked("an operator", "a test", only_compare, accept_loss, settle_seconds),
            generations=self.generations,
            topics=partial(
                read_through,
                bootstrap or self.settings.kafka_bootstrap_servers,
                TRAITS[self.settings.kafka_broker],
                TOPICS,
                client_id="rebuild",
            ),
            reactions=lambda to: reactions(to, AnalyticsMetrics(CollectorRegistry())),
            clock=utc_now,
            tell=tell,
        )

    def model(self, number: int) -> ReadModel:
        return ReadModel(self.mongo, number)

    async def ids(self, number: int, name: str = "facts") -> set[str]:
        """Of this campaign, in a generation."""
        found = await self.model(number).collections[name].find({"leaf.campaign_id": self.campaign_id})
        return {document["_id"] for document in found}


async def until(look: Callable[[], Awaitable[bool]], *, seconds: float = 20.0, what: str = "it") -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                if await look():
                    return
                await asyncio.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


def settings_for(broker: Broker, mongod_uri: str, database: str) -> AnalyticsSettings:
    return AnalyticsSettings.model_validate(
        {
            "kafka_bootstrap_servers": broker.bootstrap,
            "kafka_broker": broker.kind,
            "mongodb_uri": mongod_uri,
            "mongodb_database": database,
            "refresh_seconds": 0.05,
        }
    )


async def emptied(broker: Broker, topic: str) -> None:
    """Delete all records of a topic, as a retention that was set too short does."""
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        async with read_through(broker.bootstrap, TRAITS[broker.kind], [topic], client_id="test") as log:
            ends = {place: RecordsToDelete(before_offset=end) for place, end in log.ends.items()}
        await admin.delete_records(ends)
    finally:
        await admin.close()
