"""Publishes the events that documents carry, and takes them off once the broker has acknowledged them.

    write ──offer──▶ queue ─┐
                            ├─▶ publish ─▶ acknowledged ─▶ pull exactly these
    poll (the truth) ───────┘

Polling finds everything; the queue only spares it the reading. After a start, a failure or an overflow the relay polls
until nothing is left before it trusts the queue again, so that a document's events leave in the document's order. What
was published and not yet pulled when the process died is published again: readers count twice as once. What the broker
refuses (too large, no such topic) is tried again later and later; until then its key waits, and others do not. So does
a document that has something aboard which is no event: it is read again later and later, until somebody has mended it.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog

from shared.backoff import Jitter, chance
from shared.errors import BrokerAway, RecordRefused
from shared.fault import fault
from shared.lease import Lease
from shared.metrics import OutboxMetrics
from shared.mongo import Document
from shared.outbox import ABOARD, IS_LADEN, Documents, OutboxEntry, Unreadable
from shared.quarantine import Held, Quarantine
from shared.records import OutboundRecord, Publisher

BATCH = 500
LONGEST_QUEUE = 20_000
REMEMBERED = 20_000
MOST_UNREADABLE = 5_000
"""Documents of one collection. Beyond so many the whole collection waits: something writes nonsense."""
POLL_SECONDS = 1.0
RETRY_SECONDS = 0.5

Progress = Callable[[], None]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Letter:
    """One event and the document that carries it."""

    documents: Documents
    document_id: str
    entry: OutboxEntry

    def record(self) -> OutboundRecord:
        entry = self.entry
        return OutboundRecord(entry.topic, entry.key.encode(), entry.value, entry.headers)


class Relay:
    """One per process; of all processes of a service, the one that holds the lease publishes."""

    def __init__(
        self,
        publisher: Publisher,
        lease: Lease,
        metrics: OutboxMetrics,
        *,
        poll_seconds: float = POLL_SECONDS,
        jitter: Jitter = chance,
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
        self._quarantine = Quarantine(jitter)
        self._unreadable = Quarantine(jitter, MOST_UNREADABLE)
        """Documents, by collection and id."""
        self._progress: Progress = lambda: None

    def carry(self, documents: Documents) -> None:
        """Publish the events of this collection's documents too."""
        self._carried.append(documents)

    def offer(self, documents: Documents, document_id: str, entries: Sequence[OutboxEntry], *, is_all: bool) -> None:
        """Events that were just saved. Never waits: what the queue cannot take, polling finds.

        `is_all`: nothing that was saved earlier is aboard. Else these must not leave before what polling finds.
        """
        if self._is_behind:
            return
        if not is_all or len(self._queue) + len(entries) > LONGEST_QUEUE:
            self._fall_behind()
            self._offered.set()
            return
        self._queue.extend(Letter(documents, document_id, entry) for entry in entries)
        self._offered.set()

    def refused(self) -> list[Held]:
        """What the broker refused last time; and documents with something unreadable aboard, by collection and id."""
        now = asyncio.get_running_loop().time()
        return self._quarantine.held(now) + self._unreadable.held(now)

    async def run(self, progress: Progress) -> None:
        """Publish for ever. BrokerAway and StoreAway are waited out here or by the supervisor; nothing is given up."""
        loop = asyncio.get_running_loop()
        self._progress = progress
        next_poll = renew_at = 0.0
        holds = False
        while True:
            progress()
            if loop.time() >= renew_at:
                holds = await self._lease.take()
                renew_at = loop.time() + self._poll_seconds
                fault("relay.lease_asked")
            if not holds:
                self._fall_behind()
                await asyncio.sleep(self._poll_seconds)
                continue
            released = self._quarantine.release(loop.time()), self._unreadable.release(loop.time())
            if any(released):
                self._fall_behind()
            try:
                if self._is_behind or loop.time() >= next_poll:
                    await self._publish_polled()
                    next_poll = loop.time() + self._poll_seconds
                elif self._queue:
                    await self._publish([self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))])
                else:
                    await self._await_offer(next_poll - loop.time())
            except BrokerAway:
                self._metrics.failed()
                await asyncio.sleep(RETRY_SECONDS)

    async def flush(self) -> None:
        """Publish what is aboard now, for a shutdown in good order. BrokerAway: the next process finds the rest."""
        if await self._lease.take():
            self._fall_behind()
            try:
                while self._is_behind:
                    await self._publish_polled()
            finally:
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
                found = await self._laden(documents)
                is_more = is_more or len(found) == BATCH
                letters.extend(self._letters(documents, found))
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
        else:
            self._quarantine.forget_tried()
            self._unreadable.forget_tried()
        self._tell_refused()

    async def _laden(self, documents: Documents) -> list[Document]:
        """Documents with something aboard that does not have to wait, oldest first, up to a batch."""
        wanted = dict(IS_LADEN)
        if unheld := self._quarantine.unheld():
            wanted[ABOARD] = {"$elemMatch": unheld}
        unreadable = self._unreadable.waiting(documents.collection.name)
        if unreadable is None:
            return []
        if unreadable:
            wanted["_id"] = {"$nin": unreadable}
        return await documents.collection.find(wanted, projection={ABOARD: 1}, sort=[(f"{ABOARD}.at", 1)], limit=BATCH)

    def _letters(self, documents: Documents, found: Iterable[Document]) -> Iterable[Letter]:
        """What is aboard, but of documents that have something unreadable aboard nothing: an order is not guessed."""
        for document in found:
            document_id = document["_id"]
            try:
                entries = [OutboxEntry.of(kept) for kept in document[ABOARD]]
            except Unreadable as error:
                self._set_document_aside(documents, document_id, error)
                continue
            self._unreadable.accepted(documents.collection.name, document_id)
            for entry in entries:
                yield Letter(documents, document_id, entry)

    async def _publish(self, letters: Sequence[Letter]) -> None:
        for start in range(0, len(letters), BATCH):
            batch = letters[start : start + BATCH]
            gone = [letter for letter in batch if letter.entry.id in self._published]
            fresh = [letter for letter in batch if letter.entry.id not in self._published]
            try:
                sent = await self._sent(fresh)
            except BaseException:
                self._fall_behind()
                raise
            for letter in sent:
                self._published[letter.entry.id] = None
            for topic, events in Counter(letter.entry.topic for letter in sent).items():
                self._metrics.published(topic, events)
            while len(self._published) > REMEMBERED:
                self._published.popitem(last=False)
            fault("relay.acknowledged_not_taken_off")
            await self._take_off([*gone, *sent])
            fault("relay.taken_off")

    async def _sent(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        """Those that the broker took: all but what has to wait and what it refuses."""
        is_any_held = self._quarantine or self._unreadable
        going = [letter for letter in letters if not self._waits(letter)] if is_any_held else letters
        if not going:
            return []
        self._progress()
        fault("relay.read_not_sent")
        try:
            await self._publisher.send_all([letter.record() for letter in going])
        except RecordRefused as refusal:
            if len(going) == 1:
                self._set_aside(going[0], refusal)
                return []
            # Which of them it was shows when each goes alone. Those behind it wait, so its key keeps its order.
            return [letter for one in going for letter in await self._sent([one])]
        if self._quarantine:
            for letter in going:
                self._quarantine.accepted(letter.entry.topic, letter.entry.key)
            self._tell_refused()
        return going

    def _waits(self, letter: Letter) -> bool:
        return self._quarantine.holds(letter.entry.topic, letter.entry.key) or self._unreadable.holds(
            letter.documents.collection.name, letter.document_id
        )

    def _set_aside(self, letter: Letter, refusal: RecordRefused) -> None:
        entry = letter.entry
        key = None if refusal.concerns_topic else entry.key
        seconds = self._quarantine.hold(entry.topic, key, asyncio.get_running_loop().time(), str(refusal))
        self._tell_refused()
        log.error("event_refused", event_id=entry.id, topic=entry.topic, reason=str(refusal), again_in=round(seconds))

    def _set_document_aside(self, documents: Documents, document_id: str, error: Unreadable) -> None:
        collection = documents.collection.name
        seconds = self._unreadable.hold(collection, document_id, asyncio.get_running_loop().time(), str(error))
        log.error(
            "event_unreadable",
            collection=collection,
            document_id=document_id,
            reason=str(error),
            again_in=round(seconds),
        )

    def _tell_refused(self) -> None:
        self._metrics.refused(len(self._quarantine) + len(self._unreadable))

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
