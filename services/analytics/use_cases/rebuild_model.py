"""Make the read model again from the topics, beside the one that is served, and serve it if nothing is lost by that.

    announce ─▶ wait until every process writes to both ─▶ read all topics ─▶ make leaves ─▶ compare ─▶ swap

A process that dies at any step has changed nothing that is served; a rebuild that is begun then begins anew.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from services.analytics.domain.fact import KINDS, Fact, fact_of
from services.analytics.store.generations import ANNOUNCED_SECONDS, Generations, ReadModel, Written, audit
from services.analytics.store.leaves import Size
from services.analytics.use_cases.compare_models import Difference, compare_models
from services.analytics.use_cases.refresh_leaves import make_leaves, refresh_leaves
from shared.clock import Clock
from shared.errors import Conflict, Outage, Undecodable
from shared.events import Event, from_wire
from shared.events.envelope import wire_name_of
from shared.fault import fault
from shared.lease import SECONDS as LEASE_SECONDS
from shared.lease import Lease
from shared.reactions import Outcome, Reaction, Reactions
from shared.records import InboundRecord, RecordLog

Result = TypeVar("Result")

FACTS: Mapping[str, type[Event]] = {event.wire_name: event for event in KINDS}
SETTLE_SECONDS = 5.0
CATCH_UP_ROUNDS = 5
DRAINED_SECONDS = 5.0
"""After a swap nobody reads from the old generation any longer than this."""


class Step(StrEnum):
    """What a rebuild is at."""

    ANNOUNCING = "announcing"
    READING = "reading"
    COUNTING = "counting"
    COMPARING = "comparing"


class Ended(StrEnum):
    """What came of it: the new generation is served; it was only compared; it would lose something."""

    SWAPPED = "swapped"
    COMPARED = "compared"
    REFUSED = "refused"


Tell = Callable[[Step, int, int], None]
"""The step, how much of it is done, and of how much; 0: not known."""


@dataclass(frozen=True)
class Asked:
    """Who wants a rebuild, why, and how far it may go."""

    actor: str
    reason: str
    only_compare: bool = False
    accept_loss: bool = False
    settle_seconds: float = SETTLE_SECONDS


@dataclass(frozen=True)
class Read:
    """What the topics held: records that concern us, facts among them, and what could not be read."""

    records: int = 0
    facts: int = 0
    unreadable: int = 0


@dataclass(frozen=True)
class Rebuilt:
    """`generation` is the one that was built."""

    generation: int
    read: Read
    difference: Difference
    ended: Ended


async def alone(lease: Lease, work: Callable[[], Awaitable[Result]]) -> Result:
    """One rebuild at a time. Conflict if another runs; one that was killed is forgotten within LEASE_SECONDS."""
    now = asyncio.get_running_loop().time
    deadline = now() + LEASE_SECONDS + 1
    while not await lease.take():
        if now() > deadline:
            raise Conflict("Another rebuild is running: this one has changed nothing. Wait until that one has ended.")
        await asyncio.sleep(LEASE_SECONDS / 10)
    working = asyncio.ensure_future(work())
    try:
        while not working.done():
            await asyncio.wait({working}, timeout=LEASE_SECONDS / 3)
            if not working.done() and not await lease.take():
                raise Conflict("Another rebuild has begun meanwhile: this one has changed nothing.")
        return working.result()
    finally:
        working.cancel()
        await asyncio.wait({working})
        with suppress(Outage):
            await lease.give_back()


async def rebuild_model(
    asked: Asked,
    *,
    generations: Generations,
    topics: Callable[[], AbstractAsyncContextManager[RecordLog]],
    reactions: Callable[[Written], Mapping[type[Event], Reaction]],
    clock: Clock,
    tell: Tell = lambda _step, _done, _of: None,
) -> Rebuilt:
    """Build, compare, and swap if that is wanted and loses nothing. `topics` opens what they hold at that moment."""
    model = await generations.announce()
    fault("rebuild.announced")
    tell(Step.ANNOUNCING, 0, 0)
    try:
        await asyncio.sleep(ANNOUNCED_SECONDS)
        async with topics() as log:
            read = await _read_in(log, model, Reactions(reactions(model), {}), tell)
        fault("rebuild.read")
        await count_all(model, tell)
        fault("rebuild.counted")
        difference = await compare_models(
            await generations.serving(),
            model,
            catch_up=lambda: _catch_up(model),
            settle_seconds=asked.settle_seconds,
            tell=lambda compared: tell(Step.COMPARING, compared, 0),
        )
        fault("rebuild.compared")
        ended = _verdict(asked, difference)
        note = _note(clock(), asked, read, difference, ended)
        await (generations.swap if ended is Ended.SWAPPED else generations.give_up)(model, note)
        fault("rebuild.ended")
    except BaseException:
        with suppress(Outage):
            await generations.give_up(model)
        raise
    return Rebuilt(model.number, read, difference, ended)


async def drop_retired(generations: Generations) -> int | None:
    """Forget the generation that was served before, once nobody reads from it; answers which it was."""
    await asyncio.sleep(DRAINED_SECONDS)
    return await generations.drop_retired()


async def count_all(model: ReadModel, tell: Tell) -> None:
    """Make every leaf of a generation from its facts."""
    sizes = {leaf_id: Size(facts) for leaf_id, facts in (await model.facts.leaf_sizes()).items()}
    tell(Step.COUNTING, 0, len(sizes))
    await make_leaves(sizes, {}, model=model, heartbeat=lambda: None)
    await _catch_up(model)
    tell(Step.COUNTING, len(sizes), len(sizes))


async def _catch_up(model: ReadModel) -> None:
    for _ in range(CATCH_UP_ROUNDS):
        if not await refresh_leaves(model):
            return


async def _read_in(log: RecordLog, model: ReadModel, reactions: Reactions, tell: Tell) -> Read:
    """While a batch is being written the next one is read."""
    written = Read()
    done = 0
    writing = asyncio.ensure_future(_write([], [], 0, model, reactions))
    try:
        async for records in log.batches():
            facts, others, unreadable = _sorted_out(records)
            written = _sum(written, await writing)
            writing = asyncio.ensure_future(_write(facts, others, unreadable, model, reactions))
            done += len(records)
            tell(Step.READING, done, log.offsets)
        return _sum(written, await writing)
    finally:
        writing.cancel()


def _sorted_out(records: Sequence[InboundRecord]) -> tuple[list[Fact], list[InboundRecord], int]:
    """Facts, which are written together; what else there is; and how many could not be read."""
    facts: list[Fact] = []
    others: list[InboundRecord] = []
    unreadable = 0
    for record in records:
        try:
            if record.value is None or wire_name_of(record.headers, record.value) not in FACTS:
                others.append(record)
            else:
                facts.append(fact_of(from_wire(record.headers, record.value, FACTS)))  # type: ignore[arg-type]
        except Undecodable:
            unreadable += 1
    return facts, others, unreadable


async def _write(
    facts: list[Fact], others: list[InboundRecord], unreadable: int, model: ReadModel, reactions: Reactions
) -> Read:
    await model.facts.keep_unmarked(facts)
    fault("rebuild.facts_kept")
    applied = 0
    for record in others:
        try:
            applied += await reactions.apply(record) is Outcome.APPLIED
        except Undecodable:
            unreadable += 1
    return Read(len(facts) + applied, len(facts), unreadable)


def _sum(one: Read, other: Read) -> Read:
    return Read(one.records + other.records, one.facts + other.facts, one.unreadable + other.unreadable)


def _verdict(asked: Asked, difference: Difference) -> Ended:
    if asked.only_compare:
        return Ended.COMPARED
    return Ended.REFUSED if difference.lost and not asked.accept_loss else Ended.SWAPPED


def _note(at: datetime, asked: Asked, read: Read, difference: Difference, ended: Ended) -> dict[str, object]:
    differs = {f"{name}.{kind}": number for (name, kind), number in difference.counts.items()}
    return audit(at, actor=asked.actor, reason=asked.reason, outcome=ended.value, records=read.records, differs=differs)
