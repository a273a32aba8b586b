"""What the frame lends to a service, and what the service hands back to be run."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from shared.clock import Clock
from shared.direct import DirectRoute
from shared.events.envelope import Event
from shared.mongo import Mongo
from shared.outbox import Documents
from shared.pages import Pages
from shared.reactions import Reaction, Tombstone
from shared.records import Publisher, RecordSource
from shared.relay import Relay
from shared.supervise import Loop


class Broker(Protocol):
    """Where records go and come from: Kafka, or in tests a stand-in that keeps them in memory."""

    def publisher(self, client_id: str) -> Publisher: ...
    def source(self, *, group: str, topics: Sequence[str], client_id: str) -> RecordSource: ...


@dataclass
class Frame:
    """What a service is built from. `documents` registers a collection with the relay that empties its outbox."""

    name: str
    settings: Any
    mongo: Mongo
    clock: Clock
    registry: CollectorRegistry
    relay: Relay
    carried: list[Documents] = field(default_factory=list)

    def documents(self, collection: str) -> Documents:
        """The documents of a collection, with events aboard."""
        documents = Documents(self.mongo.collection(collection), source=self.name, relay=self.relay)
        self.relay.carry(documents)
        self.carried.append(documents)
        return documents


@dataclass(frozen=True)
class Figure:
    """A number of a service's own that its operator may want to know; `needs_somebody` if it should be 0."""

    name: str
    words: str
    count: int
    needs_somebody: bool = False


@dataclass(frozen=True)
class Wiring:
    """A wired service: its doors, what it reacts to, what it does by itself.

    direct_routes  the few that are asked most often
    state          what the doors are given, as `request.app.state.wiring`
    tombstones     topic → what to forget when a key is erased
    topics         what is read; the service's name is its consumer group
    loops          name → an async function that works until it is cancelled; it is given a heartbeat
                   (shared/supervise.py) and calls it at least every half minute, also when it has nothing to do
    pages          how this service renders, so that its error pages look like its pages
    public_paths   route templates that strangers may ask for; every other route needs a caller
    paced_paths    those of them that one address may ask for only so often: where something can be guessed
    body_limits    path prefix → largest request in bytes, where it differs from the setting
    figures        what `prepbridge status` tells of this service beyond what it tells of all
    """

    routers: Sequence[APIRouter] = ()
    direct_routes: Sequence[DirectRoute] = ()
    state: object = None
    reactions: Mapping[type[Event], Reaction] = field(default_factory=dict)
    tombstones: Mapping[str, Tombstone] = field(default_factory=dict)
    topics: Sequence[str] = ()
    loops: Mapping[str, Loop] = field(default_factory=dict)
    indexes: Callable[[], Awaitable[None]] | None = None
    pages: Pages | None = None
    public_paths: frozenset[str] = frozenset()
    paced_paths: frozenset[str] = frozenset()
    body_limits: Mapping[str, int] = field(default_factory=dict)
    figures: Callable[[], Awaitable[Sequence[Figure]]] | None = None


Wire = Callable[[Frame], Awaitable[Wiring]]
