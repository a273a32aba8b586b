"""Kafka records as we handle them, and the two things that one does with them: publish and read."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

Place = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True, slots=True)
class OutboundRecord:
    """A record to publish. `value` None is a tombstone."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True, slots=True)
class InboundRecord:
    """A record as it was read. `timestamp` is the record's, not the event's."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]
    timestamp: datetime

    @property
    def place(self) -> Place:
        return self.topic, self.partition


class Publisher(Protocol):
    """Takes records on their way."""

    async def start(self) -> None: ...
    async def send_all(self, records: Sequence[OutboundRecord]) -> None: ...
    async def stop(self) -> None: ...


class RecordSource(Protocol):
    """One member of a consumer group.

    `epoch` counts assignments; what was polled in an earlier one may not be committed any more. `before_revoke` is
    awaited while the old assignment can still be committed.
    """

    @property
    def epoch(self) -> int: ...
    async def start(self, before_revoke: Callable[[], Awaitable[None]]) -> None: ...
    async def poll(self, max_records: int, timeout: float) -> list[InboundRecord]: ...
    async def keep_alive(self) -> None: ...
    async def commit(self, offsets: Mapping[Place, int], *, epoch: int) -> bool: ...
    async def lag(self) -> dict[Place, int]: ...
    async def stop(self) -> None: ...


class RecordLog(Protocol):
    """What topics hold at a moment, read without a group. `offsets` is how far it is through them."""

    @property
    def offsets(self) -> int: ...
    def batches(self) -> AsyncIterator[list[InboundRecord]]: ...


def inbound(record: Any) -> InboundRecord:
    return InboundRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        # Kafka knows headers without a value; for us those are empty.
        headers={name: value or b"" for name, value in record.headers},
        timestamp=_moment(record.timestamp),
    )


def _moment(milliseconds: int) -> datetime:
    """What a writer says; one that cannot be is the beginning of time, for the record must be read nevertheless."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
