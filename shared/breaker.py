"""Stops a consumer before it parks what only a bad release, here or at the producer, can have made unreadable.

It stops when records of at least 10 keys, and more than 5 % of those that were read lately, would be parked. Lately: in
the last five minutes, and of those the last thousand or so. One bad row, or a thousand events behind it, is one key and
never stops anything; a release that cannot read a type of event is stopped within some fifty records, and nobody has to
replay a million. What waits for an outage has not failed.

A stopped consumer keeps its batch and its place in the group. A person resumes it, in all processes of the service:
then what was written before that moment is parked without being counted, however much it is, and counting begins anew
with what is written afterwards. A process that starts has not stopped yet: a new release is given its chance.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from shared.clock import Clock
from shared.mongo import Collection
from shared.records import InboundRecord, Place

SHARE = 0.05
KEYS = 10
LATELY = timedelta(minutes=5)
RECORDS = 1_000
REMEMBERED_DECISIONS = 100

log = structlog.get_logger()


@dataclass(frozen=True)
class Stopped:
    """Since when, and why, in words for the operator."""

    since: datetime
    reason: str


@dataclass(frozen=True)
class Resumed:
    """Who decided that what was written until then may be parked."""

    at: datetime
    actor: str
    reason: str


@dataclass
class _Polled:
    """A batch: how many of its records count, and which of them failed: (place, offset) → (key, error)."""

    at: datetime
    records: int
    failed: dict[tuple[Place, int], tuple[tuple[str, bytes | None], str]] = field(default_factory=dict)


class Breaker:
    """Of one consumer. `kept` holds the decisions to resume; without it they are this process's own."""

    def __init__(
        self,
        kept: Collection | None = None,
        *,
        clock: Clock,
        on_change: Callable[[bool], None] = lambda _is_stopped: None,
    ) -> None:
        self.stopped: Stopped | None = None
        self.resumed: Resumed | None = None
        self._kept = kept
        self._clock = clock
        self._on_change = on_change
        self._lately: deque[_Polled] = deque()
        self._going = asyncio.Event()
        self._going.set()

    def polled(self, records: Iterable[InboundRecord]) -> None:
        """A batch is in hand."""
        counting = {(record.place, record.offset) for record in records if self._counts(record)}
        if not counting:
            return
        self._lately.append(_Polled(self._clock(), len(counting)))
        in_view = sum(batch.records for batch in self._lately)
        while in_view - self._lately[0].records >= RECORDS:
            in_view -= self._lately.popleft().records

    def failed(self, record: InboundRecord, error: Exception) -> None:
        """A record of the batch in hand would be parked for a reason of its own; stops if that makes too many."""
        if self.stopped is not None or not self._counts(record) or not self._lately:
            return
        self._lately[-1].failed[record.place, record.offset] = ((record.topic, record.key), type(error).__name__)
        oldest = self._clock() - LATELY
        while len(self._lately) > 1 and self._lately[0].at < oldest:
            self._lately.popleft()
        failures = [failure for batch in self._lately for failure in batch.failed.values()]
        records = sum(batch.records for batch in self._lately)
        keys = len({key for key, _ in failures})
        if keys >= KEYS and len(failures) > SHARE * records:
            self._stop(failures, records, keys)

    async def going(self, seconds: float) -> None:
        """Return when the consumer may go on, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._going.wait()

    async def resume(self, *, actor: str, reason: str) -> bool:
        """Let the consumer go on, in every process of the service. False: in this one it had not stopped."""
        was_stopped = self.stopped is not None  # Once the decision is kept, `look` may find it before we go on here.
        decided = Resumed(self._clock(), actor, reason)
        decision = {"at": decided.at, "actor": actor, "reason": reason}
        if self._kept is not None:
            history = {"$each": [decision], "$slice": -REMEMBERED_DECISIONS}
            change = {"$set": {"resumed": decision}, "$push": {"history": history}}
            await self._kept.update_one({"_id": "consumer"}, change, upsert=True)
        log.warning("consumer_resume_decided", actor=actor)
        self._take(decided)
        return was_stopped

    async def look(self) -> None:
        """Learn what was decided in another process, or before this one began."""
        found = await self._kept.find_one({"_id": "consumer"}) if self._kept is not None else None
        if found is not None and (self.resumed is None or found["resumed"]["at"] > self.resumed.at):
            self._take(Resumed(**found["resumed"]))

    def _counts(self, record: InboundRecord) -> bool:
        return self.resumed is None or record.timestamp > self.resumed.at

    def _stop(self, failures: list[tuple[tuple[str, bytes | None], str]], records: int, keys: int) -> None:
        errors = Counter(error for _, error in failures).most_common()
        topics = sorted({topic for (topic, _), _ in failures})
        why = ", ".join(f"{error} {times} times" for error, times in errors)
        self.stopped = Stopped(
            self._clock(),
            f"Of the last {records} records {len(failures)}, of {keys} keys, could not be applied ({why}; "
            f"in {', '.join(topics)}).",
        )
        self._going.clear()
        self._on_change(True)
        log.critical("consumer_stopped", records=records, failed=len(failures), keys=keys, error=errors[0][0])

    def _take(self, decided: Resumed) -> None:
        self.resumed = decided
        self._lately.clear()
        self._going.set()
        if self.stopped is not None:
            self.stopped = None
            self._on_change(False)
            log.warning("consumer_resumed")
