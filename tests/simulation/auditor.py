"""What must hold at every instant about documents, the log and the offsets; stronger than whoever does the damage."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from shared.outbox import ABOARD
from shared.records import InboundRecord, Place
from tests.simulation.world import World

Identity = tuple[str, ...]
Settled = Callable[[InboundRecord], bool]


class Auditor:
    """Hears of each write, each record and each commit; says what was violated, and never writes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._saved: dict[Identity, tuple[str, int]] = {}
        self._events_of: defaultdict[str, list[Identity]] = defaultdict(list)
        self._published: defaultdict[str, int] = defaultdict(int)
        self._seen: set[Identity] = set()
        self._foreign: set[bytes] = set()
        self._checked: defaultdict[Place, int] = defaultdict(int)

    def wrote(self, collection: str, document: Mapping[str, Any]) -> None:
        """A document as it is now; what is aboard for the first time was saved with it."""
        owner = f"{collection}/{document['_id']}"
        for entry in document.get(ABOARD, ()):
            identity = _identity(entry["topic"], dict(entry["headers"]))
            if identity not in self._saved:
                self._saved[identity] = owner, len(self._events_of[owner])
                self._events_of[owner].append(identity)

    def foreign(self, value: bytes) -> None:
        """A record with this value comes from outside; no document of ours stands behind it."""
        self._foreign.add(value)

    def appended(self, record: InboundRecord) -> None:
        if record.value in self._foreign and not record.topic.endswith(".parked"):
            return
        identity = _identity(record.topic, record.headers)
        if identity in self._seen:
            return
        self._seen.add(identity)
        if identity not in self._saved:
            self._world.violated(f"{identity} is in the log, and no document was saved with it.")
            return
        owner, place = self._saved[identity]
        if place != self._published[owner]:
            self._world.violated(f"Event {place + 1} of {owner} came when {self._published[owner]} had come.")
        self._published[owner] += 1

    def committed(self, log: list[InboundRecord], place: Place, offset: int, settled: Settled) -> None:
        """Everything before the offset is done or parked."""
        for record in log[self._checked[place] : offset]:
            if not settled(record):
                self._world.violated(f"{place} was committed up to {offset}; {record.offset} was not settled.")
        self._checked[place] = max(self._checked[place], offset)

    def lost(self) -> list[Identity]:
        """Saved, and never published."""
        return [identity for identity in self._saved if identity not in self._seen]

    def told_of(self, owner: str) -> int:
        """How many events were saved with this document."""
        return len(self._events_of[owner])


def _identity(topic: str, headers: Mapping[str, bytes]) -> Identity:
    """An event is itself by its CloudEvents id; parked, also by where it had stood."""
    names = ("ce_id", "x-parked-topic", "x-parked-partition", "x-parked-offset")
    return topic, *(headers.get(name, b"").decode() for name in names)
