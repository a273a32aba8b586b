"""Reads events and lets the service react: each is applied, skipped or parked, and only then is its offset committed.

    poll ─▶ group by key ─▶ react (keys side by side, one at a time within a key) ─▶ commit the settled prefix

An outage is waited out, however long it takes, and parks nothing. An event that no retry can mend is parked at once,
one that fails for an unknown reason after three tries; later events of its key are then parked behind it. Where far too
many would be parked, the breaker (shared/breaker.py) stops the consumer first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

import structlog

from shared.backoff import Backoff, Jitter, chance
from shared.batch import Batch, Uncommitted
from shared.breaker import Breaker
from shared.clock import Clock
from shared.errors import BadEvent, Outage, StaleRevision, Undecodable
from shared.events.envelope import Event
from shared.fault import fault
from shared.lag import Lag
from shared.metrics import ConsumerMetrics
from shared.parking import BehindParked, Parking
from shared.reactions import Outcome, Reaction, Reactions, Tombstone
from shared.records import InboundRecord, RecordSource
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
HALT_SECONDS = 1.0
"""How often a stopped consumer says that it is alive."""


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
        breaker: Breaker | None = None,
        batch_size: int = 500,
        poll_seconds: float = 1.0,
        wind_up_seconds: float = WIND_UP_SECONDS,
        jitter: Jitter = chance,
    ) -> None:
        self.reactions = Reactions(reactions, tombstones)
        self.breaker = breaker or Breaker(clock=clock)
        self.lag = Lag(metrics, clock)
        self.is_reading = False
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
        self._uncommitted = Uncommitted()
        self._idle = asyncio.Event()
        self._idle.set()
        self._waiting = 0
        self._halted = 0

    @property
    def waiting(self) -> int:
        """Records that wait for an outage to end."""
        return self._waiting

    @property
    def _is_held_up(self) -> bool:
        return bool(self._waiting or self._halted)

    async def run(self, progress: Heartbeat) -> None:
        """Read until cancelled; then the batch in hand is finished and committed. A client that fails is replaced."""
        self._progress = progress
        backoff = Backoff(0.5, 10.0, self._jitter)
        await self._outlast(self.breaker.look)
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
        self._uncommitted = Uncommitted()
        try:
            await source.start(self._wind_up)
            self.is_reading = True
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
                else:
                    await self._commit(source, batch)
                if now() >= next_lag:
                    self.lag.look(await source.lag(), [])
                    next_lag = now() + LAG_SECONDS
        finally:
            self.is_reading = False
            await source.stop()

    async def _work_off(self, source: RecordSource, batch: Batch) -> None:
        self._idle.clear()
        working = self._working = asyncio.create_task(self._settle(batch))
        try:
            while not working.done():
                await asyncio.wait({working}, timeout=KEEP_ALIVE_SECONDS)
                if not working.done():
                    await source.keep_alive()
                    self.lag.look(await source.lag(), batch.in_hand())
                    with suppress(Outage):
                        await self.breaker.look()
            if not working.cancelled():
                working.result()
        except asyncio.CancelledError:
            if not self._is_held_up:
                await asyncio.wait({working}, timeout=self._wind_up_seconds)
            raise
        finally:
            working.cancel()
            await asyncio.wait({working}, timeout=CANCEL_SECONDS)
            try:
                fault("consumer.settled_not_committed")
                await self._commit(source, batch)
                fault("consumer.committed")
                for (topic, outcome), records in batch.outcomes.items():
                    self._metrics.settled(topic, outcome, records)
                self.lag.note_read(batch.records)
            finally:
                self._idle.set()

    async def _commit(self, source: RecordSource, batch: Batch) -> None:
        """This batch, and what could not be committed before: the next record may be long in coming."""
        self._uncommitted.add(batch)
        if not self._uncommitted.offsets:
            return
        if await source.commit(self._uncommitted.offsets, epoch=batch.epoch):
            self._uncommitted.offsets.clear()
        else:
            self._metrics.commit_failed()

    async def _wind_up(self) -> None:
        """Before an assignment ends: let the batch in hand finish and commit; what is held up is let go."""
        self._metrics.rebalanced()
        fault("consumer.revoking")
        if not self._is_held_up:
            try:
                async with asyncio.timeout(self._wind_up_seconds):
                    await self._idle.wait()
            except TimeoutError:
                log.warning("batch_let_go")
        if self._working is not None:
            self._working.cancel()
        await self._idle.wait()

    async def _settle(self, batch: Batch) -> None:
        await self._until_going()
        self.breaker.polled(batch.records)
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
                self.breaker.failed(record, failure)
                return await self._park(record, failure, attempts)
            log.warning("reaction_failed", topic=record.topic, error=type(failure).__name__, attempts=attempts)
            await asyncio.sleep(backoff.next())

    async def _settle_behind(self, record: InboundRecord) -> Outcome:
        try:
            if self.reactions.find(record) is None:
                return Outcome.SKIPPED
        except Undecodable as error:
            return await self._park(record, error, 1)
        await self._until_going()
        if not await self._outlast(partial(self._parking.is_parked, record.topic, record.key)):
            return await self._settle_one(record, is_parked=False)  # Somebody has replayed its key in the meantime.
        return await self._park(record, BehindParked("An earlier event of this key is parked."), 0)

    async def _park(self, record: InboundRecord, error: Exception, attempts: int) -> Outcome:
        await self._until_going()
        await self._outlast(partial(self._parking.park, record, error, attempts=attempts))
        return Outcome.PARKED

    async def _until_going(self) -> None:
        """Wait while the breaker has stopped us; the batch stays in hand, and we stay in the group."""
        self._halted += 1
        try:
            while self.breaker.stopped is not None:
                await self.breaker.going(HALT_SECONDS)
                self._progress()
        finally:
            self._halted -= 1

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
