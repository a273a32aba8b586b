"""A real broker that notes when the first record came in, what was committed and what was acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from shared.errors import PrepBridgeError
from shared.frame import Broker
from shared.life import Life
from shared.reactions import Outcome
from shared.records import InboundRecord, OutboundRecord, Place, Publisher, RecordSource
from tests.bench.figures import Pace

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.01


class DidNotHappen(PrepBridgeError):
    """What a measurement waits for did not come."""


@dataclass
class Watch:
    """What has passed so far. `began`: when the first record was in hand."""

    began: float | None = None
    offsets: dict[Place, int] = field(default_factory=dict)
    acknowledged: int = 0
    last: OutboundRecord | None = None

    @property
    def committed(self) -> int:
        """Records, for the topics were empty before."""
        return sum(self.offsets.values())


@dataclass
class WatchedBroker:
    """Around another broker. `group` stands for the service's own, so that several runs can read the same topic;
    `batch` for the number of records that it polls at a time."""

    broker: Broker
    group: str
    batch: int | None = None
    watch: Watch = field(default_factory=Watch)

    def publisher(self, client_id: str) -> Publisher:
        return _Publisher(self.broker.publisher(client_id), self.watch)

    def source(self, *, group: str, topics: Sequence[str], client_id: str) -> RecordSource:
        return _Source(self.broker.source(group=self.group, topics=topics, client_id=client_id), self.watch, self.batch)


async def paced(
    app: FastAPI,
    watch: Watch,
    is_done: Callable[[], bool],
    seconds: float,
    at_last: Callable[[], Awaitable[bool]] | None = None,
) -> Pace:
    """Run a service from its first record until all is done, or the time is over; counts what it has committed.

    `at_last`: what must have happened too, after that; DidNotHappen unless it does.
    """
    life: Life = app.state.life
    async with app.router.lifespan_context(app):
        await until(lambda: watch.began is not None, PATIENCE_SECONDS)
        await until(is_done, seconds)
        if at_last is not None:
            await _at_last(at_last)
        ended = perf_counter()
    if life.failure is not None:
        raise DidNotHappen(f"The service did not stay up: {life.failure!r}.")
    if watch.began is None or not watch.committed:
        raise DidNotHappen("The service read nothing.")
    if parked := _parked(app):
        raise DidNotHappen(f"The service parked {parked:,.0f} records: what it did not do is not measured.")
    return Pace(watch.committed, ended - watch.began)


async def _at_last(happened: Callable[[], Awaitable[bool]]) -> None:
    deadline = perf_counter() + PATIENCE_SECONDS
    while not await happened():
        if perf_counter() > deadline:
            raise DidNotHappen("What was to happen at last did not.")
        await asyncio.sleep(LOOK_SECONDS)


def _parked(app: FastAPI) -> float:
    registry: CollectorRegistry = app.state.registry
    return sum(
        sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "consumer_records_total" and sample.labels["outcome"] == Outcome.PARKED
    )


async def until(happened: Callable[[], bool], seconds: float) -> None:
    """Return when it has happened, or the time is over."""
    deadline = perf_counter() + seconds
    while not happened() and perf_counter() < deadline:  # noqa: ASYNC110  looking is what a bystander can do
        await asyncio.sleep(LOOK_SECONDS)


@dataclass
class _Publisher:
    inner: Publisher
    watch: Watch

    async def start(self) -> None:
        await self.inner.start()

    async def send_all(self, records: Sequence[OutboundRecord]) -> None:
        await self.inner.send_all(records)
        self.watch.acknowledged += len(records)
        self.watch.last = records[-1]

    async def stop(self) -> None:
        await self.inner.stop()


@dataclass
class _Source:
    inner: RecordSource
    watch: Watch
    batch: int | None

    @property
    def epoch(self) -> int:
        return self.inner.epoch

    async def start(self, before_revoke: Callable[[], Awaitable[None]]) -> None:
        await self.inner.start(before_revoke)

    async def poll(self, max_records: int, timeout: float) -> list[InboundRecord]:
        records = await self.inner.poll(self.batch or max_records, timeout)
        if records and self.watch.began is None:
            self.watch.began = perf_counter()
        return records

    async def keep_alive(self) -> None:
        await self.inner.keep_alive()

    async def commit(self, offsets: Mapping[Place, int], *, epoch: int) -> bool:
        taken = await self.inner.commit(offsets, epoch=epoch)
        if taken:
            self.watch.offsets.update(offsets)
        return taken

    async def lag(self) -> dict[Place, int]:
        return await self.inner.lag()

    async def stop(self) -> None:
        await self.inner.stop()
