"""From a record to the use case that reacts to it: read, find, run in the event's own context."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any

from shared import context
from shared.errors import Undecodable
from shared.events.envelope import Envelope, Event, from_wire, wire_name_of
from shared.records import InboundRecord

Reaction = Callable[[Envelope[Any]], Awaitable[None]]
Tombstone = Callable[[str], Awaitable[None]]


class Outcome(StrEnum):
    """What became of a record."""

    APPLIED = "applied"
    SKIPPED = "skipped"
    PARKED = "parked"


class Reactions:
    """What a service does about which event.

    A type that is not listed is skipped. Another version of a type that is listed is `Undecodable`: it concerns us, and
    we cannot read it yet. A record without value erases its key, where the topic has a tombstone reaction.
    """

    def __init__(self, reactions: Mapping[type[Event], Reaction], tombstones: Mapping[str, Tombstone]) -> None:
        self._register = {event.wire_name: event for event in reactions}
        self._reactions = {event.wire_name: reaction for event, reaction in reactions.items()}
        self._families = {_family(wire_name) for wire_name in self._register}
        self._tombstones = tombstones

    def find(self, record: InboundRecord) -> Callable[[], Awaitable[None]] | None:
        """What is to be done about this record; None: nothing. `Undecodable` if that cannot be told."""
        if record.value is None:
            return self._erasure(record)
        wire_name = wire_name_of(record.headers, record.value)
        if wire_name not in self._register and _family(wire_name) not in self._families:
            return None
        envelope = from_wire(record.headers, record.value, self._register)
        return lambda: self._react(wire_name, envelope)

    async def apply(self, record: InboundRecord) -> Outcome:
        """Find and do it. Whatever the reaction raises is passed on."""
        effect = self.find(record)
        if effect is None:
            return Outcome.SKIPPED
        await effect()
        return Outcome.APPLIED

    async def _react(self, wire_name: str, envelope: Envelope[Event]) -> None:
        correlation = envelope.correlation_id or envelope.id
        with context.within(envelope.traceparent, correlation, envelope.id, wire_name):
            await self._reactions[wire_name](envelope)

    def _erasure(self, record: InboundRecord) -> Callable[[], Awaitable[None]] | None:
        erase = self._tombstones.get(record.topic)
        if erase is None:
            return None
        try:
            key = (record.key or b"").decode()
        except UnicodeDecodeError:
            key = ""
        if not key:
            raise Undecodable("A tombstone needs a key that is text.")
        return lambda: erase(key)


def _family(wire_name: str) -> str:
    """The wire name without its version: `partnership.completer_hired`."""
    return wire_name.rpartition(".v")[0]
