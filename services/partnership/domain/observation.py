"""What a district's system says about its staff on one day, in one shape whatever the source."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from services.partnership.domain.findings import Findings

StaffRole = Literal[
    "teacher",
    "co-teacher",
    "long-term-substitute",
    "substitute",
    "aide",
    "counselor",
    "instructional-coach",
    "assistant-principal",
    "principal",
    "school-admin",
    "district-admin",
    "school-or-district-admin",
    "other",
]
IdSystem = str
"""`state_id`, `licence`, `local_id`, `master_id`; an id type that no mapping names is `userid:<type>`."""


@dataclass(frozen=True, slots=True)
class PersonNames:
    """Names as the source writes them, blanks at the ends removed."""

    given: str
    family: str
    middle: str = ""
    preferred_given: str = ""
    preferred_family: str = ""
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """One role at one organization, in force from `start` up to but not including `end` (None: open)."""

    organization_key: str
    organization_code: str | None
    organization_type: str
    role: StaffRole
    role_raw: str
    primary: bool | None = None
    start: date | None = None
    end: date | None = None
    fte: float | None = None

    def in_force_on(self, day: date) -> bool:
        """Whether the day lies in [start, end)."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class StaffObservation:
    """One person on a district's staff, as seen in one snapshot.

    `source_key` is the smallest of the keys under which the source knows the person, `other_keys` are the rest: a
    comparison of two snapshots has to look at all of them. `active` is false when the source marks the person as
    deleted or gives no role at all; a disabled account is no exit. `employed_since`: where the source has no hire date,
    the first day of the first role that it knows.
    """

    source_key: str
    names: PersonNames
    ids: tuple[tuple[IdSystem, str], ...]
    emails: tuple[str, ...]
    positions: tuple[Position, ...]
    active: bool
    deleted: bool = False
    account_enabled: bool = True
    other_keys: tuple[str, ...] = ()
    birth_date: date | None = None
    hire_date: date | None = None
    employed_since: date | None = None
    exit_date: date | None = None
    file: str = ""
    line: int = 0

    def ids_of(self, system: IdSystem) -> tuple[str, ...]:
        """The person's ids in one system."""
        return tuple(value for known, value in self.ids if known == system)

    def positions_on(self, day: date) -> tuple[Position, ...]:
        """The positions in force on a day."""
        return tuple(position for position in self.positions if position.in_force_on(day))

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key under which the source knows the person."""
        return (self.source_key, *self.other_keys)


class Observations(Protocol):
    """People in the order of their keys: a tuple, or something that does not hold them all at once."""

    def __iter__(self) -> Iterator[StaffObservation]: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class RosterOrganization:
    """A school, district or department as the source names it; `code` is the state's, where it could be found."""

    key: str
    name: str
    type: str
    identifier: str
    code: str | None
    parent_key: str | None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Roster:
    """One feed, read.

    `mode` bulk: who is not here is gone. `mode` delta: who is not here has not changed. `people_dropped` counts by
    reason (`student`, `guardian`, …); of those people nothing else is kept. `changed_at` is the newest modification
    time that the source states, `written_at` when its archive was written (local to the writer, without a zone).

    `observations` may be made one after the other, each time they are gone through. `kept` are lines to keep for
    reading the next delta; where a delta has them, it was read on top of what was known, and shows everybody there is.
    `is_full_list`: it names everybody whom its source knows, and can begin a feed, though who is not in it is not gone.
    """

    version: str
    mode: Literal["bulk", "delta"]
    observations: Observations
    organizations: tuple[RosterOrganization, ...]
    findings: Findings
    rows_read: Mapping[str, int] = field(default_factory=dict)
    people_dropped: Mapping[str, int] = field(default_factory=dict)
    changed_at: datetime | None = None
    written_at: datetime | None = None
    kept: Iterable[str] | None = None
    is_full_list: bool = False

    @property
    def must_wait(self) -> bool:
        """Whether a person has to release it before it is applied."""
        return self.findings.count_of("hold") > 0

    @property
    def shows_everybody(self) -> bool:
        """Whether who is not here is gone."""
        return self.mode == "bulk" or self.kept is not None

    @property
    def people_kept(self) -> int:
        """How many people the feed has on staff."""
        return len(self.observations)
