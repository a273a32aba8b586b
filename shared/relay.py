"""Publishes the events that documents carry, and takes them off once the broker has acknowledged them.

    write ──offer──▶ queue ─┐
                            ├─▶ publish ─▶ acknowledged ─▶ pull exactly these
    poll (the truth) ───────┘

Polling finds everything; the queue only spares it the reading. After a start, a failure or an overflow the relay polls
until nothing is left before it trusts the queue again, so that a document's events leave in the document's order. What
was published and not yet pulled when the process died is published again: readers count twice as once.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shared.errors import BrokerAway
from shared.kafka import OutboundRecord, Publisher
from shared.lease import Lease
from shared.metrics import OutboxMetrics
from shared.mongo import Document
from shared.outbox import ABOARD, Documents, OutboxEntry

BATCH = 500
LONGEST_QUEUE = 20_000
REMEMBERED = 20_000
POLL_SECONDS = 1.0
RETRY_SECONDS = 0.5

Progress = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Letter:
    """One event and the document that carries it."""

    documents: Documents
    document_id: str
    entry: OutboxEntry


class Relay:
    """One per process; of all processes of a service, the one that holds the lease publishes."""

    def __init__(
        self, publisher: Publisher, lease: Lease, metrics: OutboxMetrics, *, poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._publisher = publisher
        self._lease = lease
        self._metrics = metrics
        self._poll_seconds = poll_seconds
        self._carried: list[Documents] = []
        self._queue: deque[Letter] = deque()
        self._offered = asyncio.Event()
        self._is_behind = True
        self._published: OrderedDict[str, None] = OrderedDict()

    def carry(self, documents: Documents) -> None:
        """Publish the events of this collection's documents too."""
        self._carried.append(documents)

    def offer(self, documents: Documents, document_id: str, entries: Sequence[OutboxEntry]) -> None:
        """Events that were just saved. Never waits: what the queue cannot take, polling finds."""
        if self._is_behind:
            return
        if len(self._queue) + len(entries) > LONGEST_QUEUE:
            self._fall_behind()
            return
        self._queue.extend(Letter(documents, document_id, entry) for entry in entries)
        self._offered.set()

    async def run(self, progress: Progress) -> None:
        """Publish for ever. BrokerAway and StoreAway are waited out here or by the supervisor; nothing is given up."""
        loop = asyncio.get_running_loop()
        next_poll = renew_at = 0.0
        holds = False
        while True:
            progress()
            if loop.time() >= renew_at:
                holds = await self._lease.take()
                renew_at = loop.time() + self._poll_seconds
            if not holds:
                self._fall_behind()
                await asyncio.sleep(self._poll_seconds)
                continue
            if self._is_behind or loop.time() >= next_poll:
                await self._publish_polled()
                next_poll = loop.time() + self._poll_seconds
            elif self._queue:
                await self._publish([self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))])
            else:
                await self._await_offer(next_poll - loop.time())

    async def flush(self) -> None:
        """Publish what is aboard now, as far as the broker takes it; for a shutdown in good order."""
        if await self._lease.take():
            self._fall_behind()
            while self._is_behind:
                await self._publish_polled()
            await self._lease.give_back()

    async def _await_offer(self, seconds: float) -> None:
        self._offered.clear()
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await self._offered.wait()
        except TimeoutError:
            return

    async def _publish_polled(self) -> None:
        # From here on offers are kept: what is written after this poll has read must not fall between the two.
        was_behind, self._is_behind = self._is_behind, False
        letters: list[Letter] = []
        is_more = False
        try:
            for documents in self._carried:
                found = await documents.collection.find(
                    {f"{ABOARD}.id": {"$exists": True}}, projection={ABOARD: 1}, sort=[(f"{ABOARD}.at", 1)], limit=BATCH
                )
                is_more = is_more or len(found) == BATCH
                letters.extend(_letters(documents, found))
        except BaseException:
            self._is_behind = True
            raise
        self._metrics.pending(len(letters), min((letter.entry.at for letter in letters), default=None))
        if was_behind or letters:
            polled = {letter.entry.id for letter in letters}
            self._queue = deque(letter for letter in self._queue if letter.entry.id not in polled)
        await self._publish(letters)
        if is_more:
            self._fall_behind()

    async def _publish(self, letters: Sequence[Letter]) -> None:
        fresh = [letter for letter in letters if letter.entry.id not in self._published]
        records = [
            OutboundRecord(letter.entry.topic, letter.entry.key.encode(), letter.entry.value, letter.entry.headers)
            for letter in fresh
        ]
        try:
            if records:
                await self._publisher.send_all(records)
        except BrokerAway:
            self._metrics.failed()
            self._fall_behind()
            await asyncio.sleep(RETRY_SECONDS)
            return
        except BaseException:
            self._fall_behind()
            raise
        for letter in fresh:
            self._published[letter.entry.id] = None
            self._metrics.published(letter.entry.topic)
        while len(self._published) > REMEMBERED:
            self._published.popitem(last=False)
        await self._take_off(letters)

    async def _take_off(self, letters: Iterable[Letter]) -> None:
        by_collection: dict[Documents, list[Letter]] = {}
        for letter in letters:
            by_collection.setdefault(letter.documents, []).append(letter)
        for documents, carried in by_collection.items():
            await documents.collection.update_many(
                {"_id": {"$in": list({letter.document_id for letter in carried})}},
                {"$pull": {ABOARD: {"id": {"$in": [letter.entry.id for letter in carried]}}}},
            )

    def _fall_behind(self) -> None:
        self._is_behind = True
        self._queue.clear()


def _letters(documents: Documents, found: Iterable[Document]) -> Iterable[Letter]:
    for document in found:
        for kept in document[ABOARD]:
            yield Letter(documents, document["_id"], OutboxEntry.of(kept))
