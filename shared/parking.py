"""Where events wait that could not be applied, in their key's order, until somebody replays or discards them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from traceback import extract_tb
from typing import Any

import structlog

from shared.clock import Clock
from shared.errors import NotFound, Outage, PrepBridgeError
from shared.fault import fault
from shared.ids import derived
from shared.mongo import Document, Index
from shared.outbox import Documents, OutboxEntry
from shared.reactions import Outcome, Reactions
from shared.records import InboundRecord

log = structlog.get_logger()

LARGEST_KEPT = 6 * 1024 * 1024
LARGEST_ANNOUNCED = 1024 * 1024
LARGEST_HEADERS = 256 * 1024
"""Bytes that fit into a document, and into the topic. What is longer is cut, which replaying it will show."""
LONGEST_MESSAGE = 500

_KEY = {"topic": "$topic", "key": "$key"}
_OF_FIRST = {"first_id": "_id", "reason": "reason", "attempts": "attempts"}


class ParkedState(StrEnum):
    PARKED = "parked"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


class BehindParked(PrepBridgeError):
    """An earlier event of the same key is parked."""


@dataclass(frozen=True)
class Parked:
    """A record that waits, and why. `sequence` is its place among those of its key; `message` quotes no data."""

    id: str
    record: InboundRecord
    sequence: int
    reason: str
    message: str
    attempts: int
    first_seen: datetime
    state: ParkedState
    history: tuple[Document, ...]


@dataclass(frozen=True)
class ParkedKey:
    """What waits under one key. Reason, attempts and id are those of the first event; the others wait behind it."""

    topic: str
    key: bytes | None
    events: int
    first_id: str
    reason: str
    attempts: int
    oldest: datetime


@dataclass(frozen=True)
class Replayed:
    """What came of replaying one parked event. `outcome` None: it failed again, for `reason`."""

    id: str
    outcome: Outcome | None
    reason: str = ""


class Parking:
    """The parked events of one service."""

    def __init__(self, documents: Documents, *, service: str, clock: Clock) -> None:
        self._documents = documents
        self._topic = f"prepbridge.{service}.parked"
        self._clock = clock

    async def ensure_indexes(self) -> None:
        await self._documents.collection.ensure_indexes(
            Index(keys=["topic", "key", "sequence"]),
            Index(keys=["state", "topic", "key"], partial={"state": ParkedState.PARKED}),
        )

    async def park(self, record: InboundRecord, error: Exception, *, attempts: int) -> None:
        """Keep the record as it came, and announce it. The same record parked twice is parked once."""
        now = self._clock()
        content = sha256(record.value or b"").hexdigest()
        parked_id = derived("parked", record.topic, str(record.partition), str(record.offset), content)
        reason, message = type(error).__name__, _without_data(error)[:LONGEST_MESSAGE]
        carried = record.headers if sum(map(len, record.headers.values())) <= LARGEST_HEADERS else {}
        body: Document = {
            "revision": 1,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": record.key,
            "headers": [[name, value] for name, value in carried.items()],
            "value": record.value and record.value[:LARGEST_KEPT],
            "timestamp": record.timestamp,
            "sequence": await self._next_sequence(record),
            "reason": reason,
            "message": message,
            "attempts": attempts,
            "first_seen": now,
            "state": ParkedState.PARKED,
            "history": [],
        }
        headers = [
            *carried.items(),
            ("x-parked-topic", record.topic.encode()),
            ("x-parked-partition", str(record.partition).encode()),
            ("x-parked-offset", str(record.offset).encode()),
            ("x-parked-reason", reason.encode()),
            ("x-parked-message", message.encode()),
            ("x-parked-attempts", str(attempts).encode()),
            ("x-parked-at", now.isoformat().encode()),
            ("x-parked-bytes", str(len(record.value or b"")).encode()),
        ]
        key = (record.key or b"").decode(errors="backslashreplace")
        entry = OutboxEntry(
            parked_id, self._topic, key, headers, record.value and record.value[:LARGEST_ANNOUNCED], now
        )
        if await self._documents.insert_entries(parked_id, body, [entry]):
            log.error("event_parked", parked_id=parked_id, topic=record.topic, reason=reason, attempts=attempts)

    async def parked_keys(self, topic: str, keys: Iterable[bytes]) -> set[bytes]:
        """Those of these keys that have an event waiting."""
        found = await self._documents.collection.find(
            {"state": ParkedState.PARKED, "topic": topic, "key": {"$in": list(keys)}}, projection={"key": 1}
        )
        return {bytes(document["key"]) for document in found}

    async def is_parked(self, topic: str, key: bytes | None) -> bool:
        """Whether an event waits under this key; None: one without a key."""
        wanted: Document = {"state": ParkedState.PARKED, "topic": topic, "key": key}
        return await self._documents.collection.find_one(wanted, {"_id": 1}) is not None

    async def waiting(self, topic: str | None = None, key: bytes | None = None, *, limit: int = 0) -> list[Parked]:
        """Events that wait, those of one key in their order."""
        wanted: Document = {"state": ParkedState.PARKED}
        if topic is not None:
            wanted["topic"] = topic
        if key is not None:
            wanted["key"] = key
        order = [("topic", 1), ("key", 1), ("sequence", 1), ("offset", 1)]
        return [_parked(found) for found in await self._documents.collection.find(wanted, sort=order, limit=limit)]

    async def keys(self, *, limit: int) -> list[ParkedKey]:
        """The keys under which events wait, those that have waited longest first."""
        first = {name: {"$first": f"${field}"} for name, field in _OF_FIRST.items()}
        found = await self._documents.collection.aggregate(
            [
                {"$match": {"state": ParkedState.PARKED}},
                {"$sort": {"topic": 1, "key": 1, "sequence": 1, "offset": 1}},
                {"$group": {"_id": _KEY, "events": {"$sum": 1}, "oldest": {"$min": "$first_seen"}, **first}},
                {"$sort": {"oldest": 1, "_id": 1}},
                {"$limit": limit},
            ]
        )
        return [
            ParkedKey(
                topic=row["_id"]["topic"],
                key=_bytes(row["_id"]["key"]),
                **{name: row[name] for name in ("events", "oldest", *_OF_FIRST)},
            )
            for row in found
        ]

    async def count(self) -> tuple[int, int, datetime | None]:
        """How many keys and how many events wait, and since when the first."""
        found = await self._documents.collection.aggregate(
            [
                {"$match": {"state": ParkedState.PARKED}},
                {"$group": {"_id": _KEY, "events": {"$sum": 1}, "oldest": {"$min": "$first_seen"}}},
                {
                    "$group": {
                        "_id": None,
                        "keys": {"$sum": 1},
                        "events": {"$sum": "$events"},
                        "oldest": {"$min": "$oldest"},
                    }
                },
            ]
        )
        return (found[0]["keys"], found[0]["events"], found[0]["oldest"]) if found else (0, 0, None)

    async def get(self, parked_id: str) -> Parked:
        """One parked event, in whatever state; NotFound."""
        found = await self._documents.get(parked_id)
        if found is None:
            raise NotFound("No event is parked under this id.")
        return _parked(found)

    async def replay(
        self, topic: str, key: bytes | None, reactions: Reactions, *, actor: str, reason: str, is_dry_run: bool = False
    ) -> list[Replayed]:
        """Apply what waits under this key, in order, up to the first that fails again. A dry run only reads each.

        An event that was replayed is done; replaying its key once more changes nothing. What the consumer parks behind
        in the meantime is replayed too.
        """
        results: list[Replayed] = []
        while events := [event for event in await self.waiting(topic, key) if event.record.key == key]:
            for parked in events:
                replayed = await self._replay_one(parked, reactions, is_dry_run=is_dry_run)
                results.append(replayed)
                fault("parking.replayed_not_noted")
                if not is_dry_run:
                    await self._note_replay(parked, replayed, actor, reason)
                if replayed.outcome is None:
                    return results
            if is_dry_run:
                return results
        return results

    async def discard(self, parked_id: str, *, actor: str, reason: str) -> None:
        """Give an event up; what waits behind it can then be replayed."""
        parked = await self.get(parked_id)
        if parked.state is ParkedState.PARKED:
            await self._note(parked, ParkedState.DISCARDED, actor, reason, "discarded")

    async def _replay_one(self, parked: Parked, reactions: Reactions, *, is_dry_run: bool) -> Replayed:
        try:
            if is_dry_run:
                outcome = Outcome.SKIPPED if reactions.find(parked.record) is None else Outcome.APPLIED
            else:
                outcome = await reactions.apply(parked.record)
        except Outage:
            raise
        except Exception as error:
            return Replayed(parked.id, None, type(error).__name__)
        return Replayed(parked.id, outcome)

    async def _note_replay(self, parked: Parked, replayed: Replayed, actor: str, reason: str) -> None:
        state = ParkedState.PARKED if replayed.outcome is None else ParkedState.REPLAYED
        await self._note(parked, state, actor, reason, replayed.outcome or replayed.reason)

    async def _note(self, parked: Parked, state: ParkedState, actor: str, reason: str, outcome: str) -> None:
        now = self._clock()
        body = {
            "revision": len(parked.history) + 2,
            "state": state,
            "history": [*parked.history, {"at": now, "actor": actor, "reason": reason, "outcome": outcome}],
        }
        await self._documents.update(parked.id, body, at=now)
        log.info("parked_event_changed", parked_id=parked.id, state=state, outcome=outcome, actor=actor)

    async def _next_sequence(self, record: InboundRecord) -> int:
        last = await self._documents.collection.find(
            {"topic": record.topic, "key": record.key}, projection={"sequence": 1}, sort=[("sequence", -1)], limit=1
        )
        return 1 + (last[0]["sequence"] if last else 0)


def _without_data(error: Exception) -> str:
    """Our own errors say what is wrong without quoting data; of others only the place is told."""
    if isinstance(error, PrepBridgeError):
        return str(error)
    frames = extract_tb(error.__traceback__)
    return f"raised at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _parked(found: dict[str, Any]) -> Parked:
    record = InboundRecord(
        topic=found["topic"],
        partition=found["partition"],
        offset=found["offset"],
        key=_bytes(found["key"]),
        value=_bytes(found["value"]),
        headers={name: bytes(value) for name, value in found["headers"]},
        timestamp=found["timestamp"],
    )
    return Parked(
        id=found["_id"],
        record=record,
        sequence=found["sequence"],
        reason=found["reason"],
        message=found["message"],
        attempts=found["attempts"],
        first_seen=found["first_seen"],
        state=ParkedState(found["state"]),
        history=tuple(found["history"]),
    )


def _bytes(kept: bytes | None) -> bytes | None:
    return None if kept is None else bytes(kept)
