"""Reads events and lets the service react: each is applied, skipped or parked, and only then is its offset committed.

    poll ─▶ group by key ─▶ react (keys side by side, one at a time within a key) ─▶ commit the settled prefix

An outage is waited out, however long it takes, and parks nothing. An event that no retry can mend is parked at once,
one that fails for an unknown reason after three tries; later events of its key are then parked behind it.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog

from shared.backoff import Backoff, Jitter, chance
from shared.clock import Clock
from shared.errors import BadEvent, Outage, StaleRevision, Undecodable
from shared.events.envelope import Event
from shared.fault import fault
from shared.metrics import ConsumerMetrics
from shared.parking import BehindParked, Parking
from shared.reactions import Outcome, Reaction, Reactions, Tombstone
from shared.records import InboundRecord, Place, RecordSource
from shared.supervise import Heartbeat

log = structlog.get_logger()
Answer = TypeVar("Answer")

TRIES = 3
RACES = 20
"""How often an event may find that somebody else has just changed its document."""
KEEP_ALIVE_SECONDS = 5.0
WIND_UP_SECONDS = 20.0
"""How long a batch in hand may go on when its assignment, or the process, comes to an end."""
CANCEL_SECONDS = 5.0
"""How long a cancelled reaction may take to notice; a call to the database has a deadline like this one."""
LAG_SECONDS = 5.0


class Batch:
    """Records polled together, and which of them are settled."""

    def __init__(self, records: list[InboundRecord], epoch: int) -> None:
        self.records = records
        self.epoch = epoch
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()
        self._open: dict[tuple[Place, int], int] = {}
        for record in records:
            self._open[record.place, record.offset] = self._open.get((record.place, record.offset), 0) + 1

    def by_key(self) -> dict[tuple[str, bytes | None], list[InboundRecord]]:
        groups: dict[tuple[str, bytes | None], list[InboundRecord]] = {}
        for record in self.records:
            groups.setdefault((record.topic, record.key), []).append(record)
        return groups

    def settle(self, record: InboundRecord, outcome: Outcome) -> None:
        self._open[record.place, record.offset] -= 1
        self.outcomes[record.topic, outcome] += 1

    def in_hand(self) -> list[InboundRecord]:
        """What is not settled yet."""
        return [record for record in self.records if self._open[record.place, record.offset]]

    def committable(self) -> dict[Place, int]:
        """For each place the offset after its last record before which everything is settled."""
        offsets: dict[Place, int] = {}
        stopped: set[Place] = set()
        for (place, offset), is_open in sorted(self._open.items()):
            if is_open:
                stopped.add(place)
            elif place not in stopped:
                offsets[place] = offset + 1
        return offsets


class Consumer:
    """One member of a service's consumer group. `run` is a loop for the supervisor."""

    def __init__(
        self,
        subscribe: Callable[[], RecordSource],
        reactions: Mapping[type[Event], Reaction],
        tombstones: Mapping[str, Tombstone],
        parking: Parking,
        metrics: ConsumerMetrics,
        *,
        clock: Clock,
        batch_size: int = 500,
        poll_seconds: float = 1.0,
        wind_up_seconds: float = WIND_UP_SECONDS,
        jitter: Jitter = chance,
    ) -> None:
        self.reactions = Reactions(reactions, tombstones)
        self._subscribe = subscribe
        self._parking = parking
        self._metrics = metrics
        self._clock = clock
        self._batch_size = batch_size
        self._poll_seconds = poll_seconds
        self._wind_up_seconds = wind_up_seconds
        self._jitter = jitter
        self._progress: Heartbeat = lambda: None
        self._working: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._waiting = 0
        self._read_up_to: dict[Place, datetime] = {}

    async def run(self, progress: Heartbeat) -> None:
        """Read until cancelled; then the batch in hand is finished and committed. A client that fails is replaced."""
        self._progress = progress
        backoff = Backoff(0.5, 10.0, self._jitter)
        while True:
            progress()
            try:
                await self._read(self._subscribe(), backoff)
            except Outage as error:
                log.warning("consumer_replaced", error=type(error).__name__, cause=type(error.__cause__).__name__)
                self._metrics.restarted()
            await asyncio.sleep(backoff.next())

    async def _read(self, source: RecordSource, backoff: Backoff) -> None:
        now = asyncio.get_running_loop().time
        next_lag = 0.0
        try:
            await source.start(self._wind_up)
            while True:
                records = await source.poll(self._batch_size, self._poll_seconds)
                batch = Batch(records, source.epoch)
                self._progress()
                self._metrics.polled(self._clock())
                if records:
                    fault("consumer.polled")
                    with self._metrics.batch_seconds.time():
                        await self._work_off(source, batch)
                    backoff.reset()
                if now() >= next_lag:
                    await self._tell_lag(source, [])
                    next_lag = now() + LAG_SECONDS
        finally:
            await source.stop()

    async def _work_off(self, source: RecordSource, batch: Batch) -> None:
        self._idle.clear()
        working = self._working = asyncio.create_task(self._settle(batch))
        try:
            while not working.done():
                await asyncio.wait({working}, timeout=KEEP_ALIVE_SECONDS)
                if not working.done():
                    await source.keep_alive()
                    await self._tell_lag(source, batch.in_hand())
            if not working.cancelled():
                working.result()
        except asyncio.CancelledError:
            if not self._waiting:
                await asyncio.wait({working}, timeout=self._wind_up_seconds)
            raise
        finally:
            working.cancel()
            await asyncio.wait({working}, timeout=CANCEL_SECONDS)
            try:
                await self._commit(source, batch)
            finally:
                self._idle.set()

    async def _commit(self, source: RecordSource, batch: Batch) -> None:
        offsets = batch.committable()
        fault("consumer.settled_not_committed")
        if offsets and not await source.commit(offsets, epoch=batch.epoch):
            self._metrics.commit_failed()
        fault("consumer.committed")
        for (topic, outcome), records in batch.outcomes.items():
            self._metrics.settled(topic, outcome, records)
        self._read_up_to.update({record.place: record.timestamp for record in batch.records})

    async def _tell_lag(self, source: RecordSource, in_hand: Sequence[InboundRecord]) -> None:
        behind = Counter(await source.lag())
        behind.update(record.place for record in in_hand)
        oldest = {record.place: record.timestamp for record in reversed(in_hand)}
        now = self._clock()
        stamps = {**self._read_up_to, **oldest}
        self._metrics.behind(behind, {place: (now - stamp).total_seconds() for place, stamp in stamps.items()})

    async def _wind_up(self) -> None:
        """Before an assignment ends: let the batch in hand finish and commit; what waits for an outage is let go."""
        self._metrics.rebalanced()
        fault("consumer.revoking")
        if not self._waiting:
            try:
                async with asyncio.timeout(self._wind_up_seconds):
                    await self._idle.wait()
            except TimeoutError:
                log.warning("batch_let_go")
        if self._working is not None:
            self._working.cancel()
        await self._idle.wait()

    async def _settle(self, batch: Batch) -> None:
        groups = batch.by_key()
        parked: set[tuple[str, bytes | None]] = set()
        for topic in {topic for topic, _ in groups}:
            keys = [key for of_topic, key in groups if of_topic == topic and key is not None]
            found = await self._outlast(partial(self._parking.parked_keys, topic, keys))
            parked.update((topic, key) for key in found)
        async with asyncio.TaskGroup() as tasks:
            for place, records in groups.items():
                tasks.create_task(self._settle_key(records, batch, is_parked=place in parked))

    async def _settle_key(self, records: Iterable[InboundRecord], batch: Batch, *, is_parked: bool) -> None:
        for record in records:
            outcome = await self._settle_one(record, is_parked=is_parked)
            is_parked = is_parked or (outcome is Outcome.PARKED and record.key is not None)
            batch.settle(record, outcome)
            fault("consumer.settled_one")
            self._progress()

    async def _settle_one(self, record: InboundRecord, *, is_parked: bool) -> Outcome:
        if is_parked:
            return await self._settle_behind(record)
        attempts = 0
        backoff = Backoff(0.05, 1.0, self._jitter)
        while True:
            try:
                return await self._outlast(partial(self.reactions.apply, record))
            except Exception as error:
                failure = error
            attempts += 1
            limit = 1 if isinstance(failure, BadEvent) else RACES if isinstance(failure, StaleRevision) else TRIES
            if attempts >= limit:
                return await self._park(record, failure, attempts)
            log.warning("reaction_failed", topic=record.topic, error=type(failure).__name__, attempts=attempts)
            await asyncio.sleep(backoff.next())

    async def _settle_behind(self, record: InboundRecord) -> Outcome:
        try:
            if self.reactions.find(record) is None:
                return Outcome.SKIPPED
        except Undecodable as error:
            return await self._park(record, error, 1)
        return await self._park(record, BehindParked("An earlier event of this key is parked."), 0)

    async def _park(self, record: InboundRecord, error: Exception, attempts: int) -> Outcome:
        await self._outlast(partial(self._parking.park, record, error, attempts=attempts))
        return Outcome.PARKED

    async def _outlast(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Call until no outage prevents it."""
        try:
            return await call()
        except Outage as error:
            log.warning("waiting_for_outage", error=type(error).__name__)
        backoff = Backoff(0.1, 5.0, self._jitter)
        self._waiting += 1
        try:
            with self._metrics.waiting.track_inprogress():
                while True:
                    await asyncio.sleep(backoff.next())
                    self._progress()
                    with suppress(Outage):
                        return await call()
        finally:
            self._waiting -= 1
