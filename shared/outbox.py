"""Documents that carry the events which announce their change, so that both are saved by one write.

    {_id, revision: 3, …, _outbox: [{id, topic, key, headers, value, at}, …]}

The relay (shared/relay.py) publishes what it finds aboard and takes it off. A document with events aboard is never
deleted. No multi-document transaction exists in PrepBridge (docs/decisions/0001).
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared import context
from shared.coalesce import CoalescedReads, CoalescedWrites
from shared.errors import AlreadyThere, PrepBridgeError, StaleRevision, TooLarge
from shared.events import Event, seal, to_wire
from shared.fault import fault
from shared.mongo import Collection, Document, Index

ABOARD = "_outbox"
UNADDRESSED = {f"{ABOARD}.headers": 0, f"{ABOARD}.value": 0}
REMEMBERED = 10_000
LARGEST_EVENT = 256 * 1024
"""Bytes. Refused when written, for what the broker would refuse later (1 MiB) could never leave."""

IS_LADEN: Document = {f"{ABOARD}.0": {"$exists": True}}
"""A MongoDB condition: something is aboard, whatever it is."""
OUTBOX_INDEX = Index(keys=[f"{ABOARD}.at", "_id"], partial=IS_LADEN)
TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


class Unreadable(PrepBridgeError):
    """What is aboard is no event of ours: another hand has changed the document."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """The very bytes of a Kafka record, so that each attempt to publish is the same. `value` None is a tombstone."""

    id: str
    topic: str
    key: str
    headers: Sequence[tuple[str, bytes]]
    value: bytes | None
    at: datetime

    def document(self) -> Document:
        return {
            "id": self.id,
            "topic": self.topic,
            "key": self.key,
            "headers": [list(header) for header in self.headers],
            "value": self.value,
            "at": self.at,
        }

    @classmethod
    def of(cls, kept: object) -> "OutboxEntry":
        """Unreadable names the field that is not as it was written."""
        fields: Mapping[str, Any] = kept if isinstance(kept, Mapping) else {}
        for name, kind in KINDS.items():
            if name not in fields or not isinstance(fields[name], kind):
                raise Unreadable(f"An event aboard has no {name}, or one of the wrong type.")
        if not TOPIC.fullmatch(fields["topic"]):
            raise Unreadable("An event aboard has a topic that cannot be one.")
        headers = [_header(each) for each in fields["headers"]]
        return cls(fields["id"], fields["topic"], fields["key"], headers, fields["value"], fields["at"])


KINDS: Mapping[str, tuple[type, ...]] = {
    "id": (str,),
    "topic": (str,),
    "key": (str,),
    "headers": (list,),
    "value": (bytes, type(None)),
    "at": (datetime,),
}


def _header(kept: object) -> tuple[str, bytes]:
    match kept:
        case [str(name), bytes(value)]:
            return name, value
        case _:
            raise Unreadable("An event aboard has a header that is no pair of a name and bytes.")


class Relaying(Protocol):
    """Who takes written events on their way; the relay, or a test that wants to see them."""

    def offer(
        self, documents: "Documents", document_id: str, entries: Sequence[OutboxEntry], *, is_all: bool
    ) -> None: ...


class Documents:
    """A collection whose documents have a revision and may have events aboard."""

    def __init__(self, collection: Collection, *, source: str, relay: Relaying | None = None) -> None:
        self.collection = collection
        self._source = source
        self._relay = relay
        self._reads = CoalescedReads(collection, UNADDRESSED)
        self._unladen: OrderedDict[str, int] = OrderedDict()
        """Documents that were read with nothing aboard, and at which revision."""
        self._writes = CoalescedWrites(collection)

    async def get(self, document_id: str) -> Document | None:
        """The document without what is aboard."""
        document = await self._reads.get(document_id)
        if document is not None and not document.pop(ABOARD, None) and "revision" in document:
            self._unladen[document_id] = document["revision"]
            if len(self._unladen) > REMEMBERED:
                self._unladen.popitem(last=False)
        return document

    async def insert(self, document_id: str, body: Document, *events: Event, at: datetime) -> bool:
        """Save a new document with its events. False: it is there already, and nothing was written."""
        return await self.insert_entries(document_id, body, self._sealed(events, body["revision"], at))

    async def insert_entries(self, document_id: str, body: Document, entries: Sequence[OutboxEntry]) -> bool:
        """As `insert`, for records that are sent as they are: tombstones and what was parked."""
        document = {**body, "_id": document_id, ABOARD: [entry.document() for entry in entries]}
        try:
            await self._writes.insert(document)
        except AlreadyThere:
            return False
        self._offer(document_id, entries, is_all=True)
        return True

    async def update(self, document_id: str, body: Document, *events: Event, at: datetime) -> None:
        """Save the next revision with its events. StaleRevision if the stored one is not `body["revision"] - 1`."""
        await self.update_entries(document_id, body, self._sealed(events, body["revision"], at))

    async def update_entries(self, document_id: str, body: Document, entries: Sequence[OutboxEntry]) -> None:
        """As `update`, for records that are sent as they are."""
        fields = {name: value for name, value in body.items() if name not in ("_id", ABOARD)}
        change: Document = {"$set": fields}
        if entries:
            change["$push"] = {ABOARD: {"$each": [entry.document() for entry in entries]}}
        guard = {"_id": document_id, "revision": body["revision"] - 1}
        try:
            # An upsert whose guard does not match runs into the document's own id: that is how a bulk of many guarded
            # updates, which reports only sums, still tells each caller whether its own was the one that came too late.
            await self._writes.update(guard, change, upsert=True)
        except AlreadyThere:
            raise StaleRevision("The document has changed since it was read.") from None
        # Another process may have saved an event with the revision before, and it may still be aboard.
        is_all = self._unladen.pop(document_id, None) == guard["revision"]
        self._offer(document_id, entries, is_all=is_all)

    def _sealed(self, events: Iterable[Event], revision: int, at: datetime) -> list[OutboxEntry]:
        origin = context.origin()
        entries = []
        for event in events:
            envelope = seal(
                event,
                source=self._source,
                sequence=revision,
                at=at,
                traceparent=origin.traceparent,
                correlation_id=origin.correlation_id,
            )
            headers, value = to_wire(envelope)
            if len(value) > LARGEST_EVENT:
                raise TooLarge(
                    f"What would be told of it ({event.wire_name}) is larger than {LARGEST_EVENT // 1024} KiB.",
                    hint="Shorten its texts. Nothing of it was saved.",
                )
            entries.append(OutboxEntry(envelope.id, event.topic, envelope.partition_key, headers, value, at))
        return entries

    def _offer(self, document_id: str, entries: Sequence[OutboxEntry], *, is_all: bool) -> None:
        if entries:
            fault("outbox.saved_not_offered")
        if self._relay is not None and entries:
            self._relay.offer(self, document_id, entries, is_all=is_all)
