"""What the frame lends to a service, and what the service hands back to be run."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from shared.clock import Clock
from shared.events.envelope import Envelope, Event
from shared.mongo import Mongo
from shared.outbox import Documents
from shared.relay import Relay
from shared.supervise import Loop

Reaction = Callable[[Envelope[Any]], Awaitable[None]]
Tombstone = Callable[[str], Awaitable[None]]


@dataclass
class Frame:
    """What a service is built from. `documents` registers a collection with the relay that empties its outbox."""

    name: str
    settings: Any
    mongo: Mongo
    clock: Clock
    registry: CollectorRegistry
    relay: Relay

    def documents(self, collection: str) -> Documents:
        """The documents of a collection, with events aboard."""
        documents = Documents(self.mongo.collection(collection), source=self.name, relay=self.relay)
        self.relay.carry(documents)
        return documents


@dataclass(frozen=True)
class Wiring:
    """A wired service: its doors, what it reacts to, what it does by itself.

    state          what the doors are given, as `request.app.state.wiring`
    tombstones     topic → what to forget when a key is erased
    loops          name → an async function that works until it is cancelled; it is given a heartbeat (shared/supervise.py)
                   and calls it at least every half minute, also when it has nothing to do
    public_paths   route templates that strangers may ask for; every other route needs a caller
    body_limits    path prefix → largest request in bytes, where it differs from the setting
    """

    routers: Sequence[APIRouter] = ()
    state: object = None
    reactions: Mapping[type[Event], Reaction] = field(default_factory=dict)
    tombstones: Mapping[str, Tombstone] = field(default_factory=dict)
    topics: Sequence[str] = ()
    loops: Mapping[str, Loop] = field(default_factory=dict)
    indexes: Callable[[], Awaitable[None]] | None = None
    public_paths: frozenset[str] = frozenset()
    body_limits: Mapping[str, int] = field(default_factory=dict)


Wire = Callable[[Frame], Awaitable[Wiring]]
