"""The door for the operator, under /v1/operations: how the service is, what is parked, and what to do about it.

It is what the `prepbridge` command asks. What is done leaves who did it, when and why.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from shared.access.asking import requires
from shared.access.callers import Caller
from shared.door import OPERATIONS
from shared.errors import Conflict, InvalidInput, NotFound, StaleRevision
from shared.life import Life
from shared.parked_words import in_full, keys_of_words, summary
from shared.parking import Parking
from shared.standing import Standing, standing

LISTED_AT_MOST = 1_000
LONGEST_REASON = 500

is_operator = requires("operator")
Operator = Annotated[Caller, Depends(is_operator)]


class Because(BaseModel):
    """Why something is done. It is kept; it should name nobody."""

    reason: str = Field("", max_length=LONGEST_REASON)

    def said(self) -> str:
        """InvalidInput if there is none."""
        if not (said := self.reason.strip()):
            raise InvalidInput("Say why: it is kept with what is done.", where="reason")
        return said


class Replay(Because):
    """Replay what waits under a key; None: records without one."""

    topic: str
    key: str | None = None
    dry_run: bool = True


class Discard(Because):
    id: str


def operator_door(life: Life) -> APIRouter:
    """The routes, for the service that this life is of."""
    router = APIRouter(prefix=OPERATIONS, tags=["operations"], dependencies=[Depends(is_operator)])

    @router.get("/status")
    async def status() -> Standing:
        return await standing(life.name, life.release, life.loops(), life.workings)

    @router.get("/parked")
    async def parked(limit: Annotated[int, Query(ge=1, le=LISTED_AT_MOST)] = 100) -> dict[str, Any]:
        parking, now = life.workings.parking, life.workings.clock()
        keys, events, _ = await parking.count()
        listed = [summary(key, now) for key in await parking.keys(limit=limit)]
        return {"keys": keys, "events": events, "listed": listed}

    @router.get("/parked/{parked_id}")
    async def show(parked_id: str) -> dict[str, Any]:
        return in_full(await life.workings.parking.get(parked_id))

    @router.post("/parked/replay")
    async def replay(wanted: Replay, operator: Operator) -> dict[str, Any]:
        workings = life.workings
        reason = "" if wanted.dry_run else wanted.said()
        key = await _key(workings.parking, wanted)
        try:
            results = await workings.parking.replay(
                wanted.topic,
                key,
                workings.reactions,
                actor=operator.subject,
                reason=reason,
                is_dry_run=wanted.dry_run,
            )
        except StaleRevision:
            raise _meanwhile() from None
        return {
            "dry_run": wanted.dry_run,
            "results": [{"id": each.id, "outcome": each.outcome, "reason": each.reason} for each in results],
        }

    @router.post("/parked/discard")
    async def discard(wanted: Discard, operator: Operator) -> dict[str, Any]:
        reason = wanted.said()
        try:
            await life.workings.parking.discard(wanted.id, actor=operator.subject, reason=reason)
        except StaleRevision:
            raise _meanwhile() from None
        return in_full(await life.workings.parking.get(wanted.id))

    @router.post("/consumer/resume")
    async def resume(wanted: Because, operator: Operator) -> dict[str, bool]:
        reason = wanted.said()
        consumer = life.workings.consumer
        if consumer is None:
            raise Conflict("This service reads no events: there is nothing to resume.")
        return {"was_stopped": await consumer.breaker.resume(actor=operator.subject, reason=reason)}

    return router


async def _key(parking: Parking, wanted: Replay) -> bytes | None:
    """The key that is shown as this text; NotFound if nothing waits under it."""
    for key in keys_of_words(wanted.key):
        if await parking.is_parked(wanted.topic, key):
            return key
    raise NotFound(
        "Nothing is parked under this topic and key.",
        hint="`prepbridge parked list` shows what is; it may have been replayed or discarded meanwhile.",
    )


def _meanwhile() -> Conflict:
    return Conflict(
        "Somebody else has replayed or discarded an event of this key in the same moment. Nothing was harmed.",
        hint="Look at what is parked now, and go on from there.",
    )
