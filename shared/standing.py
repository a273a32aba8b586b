"""How a service is, for its operator: what runs, what is behind, what is aboard, what waits for a person."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from shared.clock import Clock
from shared.consumer import Consumer
from shared.errors import Outage
from shared.frame import Figure
from shared.lease import Lease
from shared.mongo import Document
from shared.outbox import ABOARD, Documents
from shared.parking import Parking
from shared.reactions import Reactions
from shared.relay import Relay
from shared.supervise import LoopState

COUNTED_AT_MOST = 10_000
"""Of each collection's documents with events aboard; beyond that it is "or more"."""
STORE_SECONDS = 4.0

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Workings:
    """The parts of a running service that its operator may look at and touch."""

    parking: Parking
    reactions: Reactions
    consumer: Consumer | None
    relay: Relay
    lease: Lease
    carried: Sequence[Documents]
    figures: Callable[[], Awaitable[Sequence[Figure]]] | None
    clock: Clock


class Told(BaseModel):
    """Read from what it tells of, or from the answer of a service."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class LoopTold(Told):
    """`failures`: in the last ten minutes."""

    name: str
    idle_seconds: float
    failures: int
    failed_ago: float | None


class TopicTold(Told):
    """Records that are not settled yet, and the age of the oldest known of them."""

    topic: str
    partitions: tuple[int, ...]
    records: int
    seconds: float


class StoppedTold(Told):
    since: datetime
    reason: str


class ResumedTold(Told):
    at: datetime
    actor: str
    reason: str


class ConsumerTold(Told):
    """Of the process that was asked. `waiting` records wait for an outage to end."""

    is_reading: bool
    waiting: int
    stopped: StoppedTold | None
    resumed: ResumedTold | None
    topics: tuple[TopicTold, ...]


class RefusedTold(Told):
    """`key` None: the whole topic. `seconds`: until it is tried again."""

    topic: str
    key: str | None
    reason: str
    seconds: float


class OutboxTold(Told):
    """`sender`: the process that holds the lease, `host:pid:…`; None: nobody sends."""

    sender: str | None
    events: int
    are_more: bool
    oldest_seconds: float | None


class ParkedTold(Told):
    keys: int
    events: int
    oldest_seconds: float | None


class FigureTold(Told):
    name: str
    words: str
    count: int
    needs_somebody: bool


class Standing(Told):
    """`consumer` None: the service reads nothing. Of the last three: MongoDB does not answer."""

    service: str
    release: str
    loops: tuple[LoopTold, ...]
    refused: tuple[RefusedTold, ...]
    consumer: ConsumerTold | None
    outbox: OutboxTold | None
    parked: ParkedTold | None
    figures: tuple[FigureTold, ...] | None


async def standing(service: str, release: str, loops: Sequence[LoopState], workings: Workings) -> Standing:
    """Answers within seconds, whatever is away."""
    outbox, parked, figures = await asyncio.gather(
        *(_unless_away(count(workings)) for count in (_outbox, _parked, _figures))
    )
    return Standing(
        service=service,
        release=release,
        loops=tuple(LoopTold.model_validate(loop) for loop in loops),
        refused=tuple(RefusedTold.model_validate(held) for held in workings.relay.refused()),
        consumer=workings.consumer and _consumer(workings.consumer),
        outbox=outbox,
        parked=parked,
        figures=figures,
    )


def _consumer(consumer: Consumer) -> ConsumerTold:
    breaker = consumer.breaker
    return ConsumerTold(
        is_reading=consumer.is_reading,
        waiting=consumer.waiting,
        stopped=breaker.stopped and StoppedTold.model_validate(breaker.stopped),
        resumed=breaker.resumed and ResumedTold.model_validate(breaker.resumed),
        topics=tuple(TopicTold.model_validate(lag) for lag in consumer.lag.by_topic()),
    )


async def _outbox(workings: Workings) -> OutboxTold:
    """Counted in the collections."""
    pipeline: list[Document] = [
        {"$match": {f"{ABOARD}.id": {"$exists": True}}},
        {"$sort": {f"{ABOARD}.at": 1}},
        {"$limit": COUNTED_AT_MOST},
        {"$project": {"events": {"$size": f"${ABOARD}"}, "oldest": {"$min": f"${ABOARD}.at"}}},
        {
            "$group": {
                "_id": None,
                "documents": {"$sum": 1},
                "events": {"$sum": "$events"},
                "oldest": {"$min": "$oldest"},
            }
        },
    ]
    found = [row for each in workings.carried for row in await each.collection.aggregate(pipeline)]
    return OutboxTold(
        sender=await workings.lease.held_by(),
        events=sum(row["events"] for row in found),
        are_more=any(row["documents"] == COUNTED_AT_MOST for row in found),
        oldest_seconds=_ago(min((row["oldest"] for row in found), default=None), workings.clock()),
    )


async def _parked(workings: Workings) -> ParkedTold:
    keys, events, oldest = await workings.parking.count()
    return ParkedTold(keys=keys, events=events, oldest_seconds=_ago(oldest, workings.clock()))


async def _figures(workings: Workings) -> tuple[FigureTold, ...]:
    figures = await workings.figures() if workings.figures is not None else ()
    return tuple(FigureTold.model_validate(figure) for figure in figures)


async def _unless_away(counting: Awaitable[Answer]) -> Answer | None:
    try:
        async with asyncio.timeout(STORE_SECONDS):
            return await counting
    except (Outage, TimeoutError):
        return None


def _ago(then: datetime | None, now: datetime) -> float | None:
    return None if then is None else max(0.0, (now - then).total_seconds())
