"""What is shown of a parked event: all that helps to find the cause, and nothing about a person."""

import re
from datetime import datetime
from typing import Any

import orjson

from shared.events.partnership import PEOPLE
from shared.parking import Parked, ParkedKey
from shared.records import InboundRecord

SHOWN_BYTES = 20_000
KNOWN_HEADERS = ("ce_", "content-type")

_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


def key_in_words(key: bytes | None) -> str | None:
    """A key as text; bytes that are no text are escaped. None: the record has no key."""
    return None if key is None else key.decode(errors="backslashreplace")


def keys_of_words(words: str | None) -> list[bytes | None]:
    """The keys that these words may show: the text itself, and with its escapes read as bytes."""
    if words is None:
        return [None]
    return [words.encode(), _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), words.encode())]


def summary(key: ParkedKey, now: datetime) -> dict[str, Any]:
    """What waits under one key, and for how many seconds."""
    return {
        "topic": key.topic,
        "key": key_in_words(key.key),
        "events": key.events,
        "first_id": key.first_id,
        "reason": key.reason,
        "attempts": key.attempts,
        "oldest": key.oldest,
        "seconds": max(0.0, (now - key.oldest).total_seconds()),
    }


def in_full(parked: Parked) -> dict[str, Any]:
    """One parked event. Of a topic with personal data only the names of the fields are shown."""
    record = parked.record
    is_personal = record.topic == PEOPLE
    return {
        "id": parked.id,
        "state": parked.state,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": key_in_words(record.key),
        "sequence": parked.sequence,
        "reason": parked.reason,
        "message": parked.message,
        "attempts": parked.attempts,
        "written_at": record.timestamp,
        "parked_at": parked.first_seen,
        "headers": _headers(record),
        "data": None if is_personal else _data(record.value),
        "fields": _fields(record.value) if is_personal else None,
        "withheld": "This topic holds personal data: only the names of its fields are shown." if is_personal else None,
        "history": list(parked.history),
    }


def _headers(record: InboundRecord) -> dict[str, str]:
    """Of headers that are not ours only the names."""
    return {
        name: value.decode(errors="backslashreplace") if name.startswith(KNOWN_HEADERS) else "(not shown)"
        for name, value in record.headers.items()
    }


def _data(value: bytes | None) -> Any:
    """As JSON if it is JSON, else as text."""
    if value is None:
        return "(a tombstone: it erases its key)"
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value[:SHOWN_BYTES].decode(errors="backslashreplace")


def _fields(value: bytes | None) -> list[str]:
    try:
        content = orjson.loads(value or b"{}")
    except orjson.JSONDecodeError:
        return []
    if isinstance(content, dict) and isinstance(content.get("data"), dict) and "specversion" in content:
        content = content["data"]
    return sorted(content) if isinstance(content, dict) else []
