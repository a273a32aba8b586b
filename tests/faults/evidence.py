"""What is left of a run: the clients' history, and what stores, topics, mail catcher and processes hold of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.events.partnership import HIRES, ORGANIZATIONS, PEOPLE
from shared.events.survey import SURVEYS
from tests.faults.history import History
from tests.faults.principals import Caught

Document = dict[str, Any]
Place = tuple[str, int, int]
"""Topic, partition, offset."""
Kind = Literal["lost", "doubled", "wrong"]
Found = Iterator[tuple[Kind, str]]

COLLECTIONS = {
    "partnership": (
        *("organizations", "programs", "role_holders", "completers", "hires", "snapshots", "parked"),
        *("webhooks", "deliveries", "review_surveys"),
    ),
    "survey": (
        "instruments",
        "employments",
        "surveys",
        "sittings",
        "role_holders",
        "profiles",
        "names",
        "parked",
        "reviews",
    ),
    "analytics": ("instruments", "facts", "organizations", "parked", "partnerships"),
}
PUBLISHED = {
    ORGANIZATIONS: ("partnership.organizations", "partnership.programs"),
    PEOPLE: ("partnership.role_holders", "partnership.completers"),
    HIRES: ("partnership.hires",),
    SURVEYS: ("survey.surveys", "survey.instruments"),
}
"""Topic → whose documents announce their changes there."""


@dataclass(frozen=True, slots=True)
class Told:
    """One record as it lies in its topic. One that nobody can read has no wire name."""

    topic: str
    partition: int
    offset: int
    key: str
    id: str = ""
    wire_name: str = ""
    subject: str = ""
    sequence: int = 0

    @property
    def place(self) -> Place:
        return self.topic, self.partition, self.offset

    @property
    def name(self) -> str:
        """The wire name without publisher and version: `survey_issued`."""
        return self.wire_name.partition(".")[2].rpartition(".")[0]


@dataclass(frozen=True)
class Vital:
    """How a process is. `descriptors`: open files now, and when it had just started."""

    is_alive: bool
    is_ready: bool
    descriptors: int
    descriptors_at_start: int


@dataclass(frozen=True)
class Seen:
    """What somebody was shown: the organizations that occur there, and those whose business it is."""

    who: str
    path: str
    organizations: frozenset[str]
    allowed: frozenset[str]


@dataclass
class Evidence:
    """`stores`: `survey.surveys` → documents, with the ids of what is aboard. `committed`: (reader, topic, partition).

    `figures` are those of the state, as analytics tells them. `unknown_at_most`: mails on their way when survey died.
    """

    history: History
    stores: dict[str, list[Document]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    committed: dict[tuple[str, str, int], int] = field(default_factory=dict)
    mails: list[Caught] = field(default_factory=list)
    figures: Mapping[str, Any] = field(default_factory=dict)
    vitals: dict[str, Vital] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    unknown_at_most: int = 0

    def all(self, collection: str) -> list[Document]:
        return self.stores.get(collection, [])

    def by_id(self, collection: str) -> dict[str, Document]:
        return {document["_id"]: document for document in self.all(collection)}

    def events(self, topic: str, *names: str) -> dict[str, Told]:
        """Each event once, by its id; those of these names, if any are named."""
        found: dict[str, Told] = {}
        for told in self.told:
            if told.topic == topic and told.wire_name and (not names or told.name in names):
                found.setdefault(told.id, told)
        return found

    def read_by(self, service: str, topics: tuple[str, ...]) -> Iterator[tuple[Told, int]]:
        """Each record of these topics, with the service's committed offset in its partition."""
        for told in self.told:
            if told.topic in topics:
                yield told, self.committed.get((service, told.topic, told.partition), 0)


def once(what: str, whose: str, number: int) -> Found:
    """A violation unless there is one."""
    if number != 1:
        yield "doubled" if number else "lost", f"{what} {whose} is there {number} times"
