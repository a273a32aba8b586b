"""The roll of a feed: everybody whom it ever showed, in brief, and what an upload changes about them."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from services.partnership.domain.episodes import Status
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.snapshot import Comparison, HoldRules
from services.partnership.domain.timeline import Facts, Timeline, as_of, facts_of

Change = tuple[str, Sighting | None]
"""(staff id, how the person is seen now; None: is seen no more)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A person as last seen; before a snapshot that comes late, as last seen before it.

    `facts`: what was said of the person then, where that is not what `digest` stands for.
    """

    staff_id: str
    source_keys: tuple[str, ...]
    status: Status
    school_id: str | None
    digest: str
    facts: Facts | None = None

    @classmethod
    def before(
        cls, staff_id: str, source_keys: tuple[str, ...], timeline: Timeline, digest: str, sequence: int
    ) -> Self:
        """As the feed had shown the person when a late snapshot was taken."""
        facts = as_of(timeline, sequence - 1)
        known_by_then = bool(timeline) and timeline[0].sequence < sequence
        absent: Status = "absent" if known_by_then and facts is None else "exited"
        is_here = facts is not None and facts.is_here
        school_id = facts.school_id if facts else None
        return cls(staff_id, source_keys, "present" if is_here else absent, school_id, digest, facts)

    def shows(self, sighting: Sighting) -> bool:
        """Whether the sighting says what is known already."""
        where_it_was = "present" if sighting.is_here else "exited"
        is_as_then = self.facts is None or self.facts == facts_of(sighting)
        return self.digest == sighting.digest and self.status == where_it_was and is_as_then


@dataclass(frozen=True, slots=True)
class Recognised:
    """A sighting and whom it is of; `has_new_key`: the source never named anybody by these keys."""

    staff_id: str
    sighting: Sighting
    has_new_key: bool = False

    @property
    def is_here(self) -> bool:
        return self.sighting.is_here


@dataclass(slots=True)
class Seen:
    """Whom an upload shows, in brief: ids of people, and the schools where somebody is."""

    mentioned: set[str] = field(default_factory=set)
    here: set[str] = field(default_factory=set)
    new_keys: set[str] = field(default_factory=set)
    schools: set[str] = field(default_factory=set)

    def note(self, each: Recognised) -> None:
        self.mentioned.add(each.staff_id)
        if each.has_new_key:
            self.new_keys.add(each.staff_id)
        if each.is_here:
            self.here.add(each.staff_id)
            if each.sighting.school_id:
                self.schools.add(each.sighting.school_id)


class Roll:
    """`hide`: how the keys of those who left and are forgotten are kept."""

    def __init__(self, entries: Iterable[Entry], hide: Callable[[str], str] | None = None) -> None:
        self._hide = hide
        self._entries = {entry.staff_id: entry for entry in entries}
        self._by_key = {key: entry.staff_id for entry in self._entries.values() for key in entry.source_keys}

    def __bool__(self) -> bool:
        """Whether the feed ever showed anybody."""
        return bool(self._entries)

    def whose(self, source_keys: Sequence[str]) -> str | None:
        """The id of the person whom the source knows by one of these keys."""
        found = next((self._by_key[key] for key in source_keys if key in self._by_key), None)
        if found is not None or self._hide is None:
            return found
        return next((self._by_key[key] for each in source_keys if (key := self._hide(each)) in self._by_key), None)

    def change(self, each: Recognised) -> Change | None:
        """If the person is new or otherwise than known."""
        entry = self._entries.get(each.staff_id)
        is_news = each.is_here if entry is None else not entry.shows(each.sighting)
        return (each.staff_id, each.sighting) if is_news else None

    def missed(self, mentioned: Container[str], *, is_earliest: bool = False) -> Iterator[Change]:
        """Whom a snapshot that shows everybody does not show.

        If this is the earliest snapshot, it is the baseline now: whoever is not in it may have become new by that.
        """
        others = self._entries.values() if is_earliest else self._still_there()
        yield from ((each.staff_id, None) for each in others if each.staff_id not in mentioned)

    def compare(self, seen: Seen, rules: HoldRules, *, is_delta: bool) -> Comparison:
        """The upload beside the roll, in numbers."""
        here, new_keys = seen.here, seen.new_keys
        present = [each for each in self._still_there() if each.status == "present"]
        gone = sum(each.staff_id not in here and (not is_delta or each.staff_id in seen.mentioned) for each in present)
        rekeyed = sum(each.staff_id in new_keys for each in self._still_there())
        new = len(new_keys & here) - rekeyed
        return Comparison(
            before=len(present),
            now=len(present) - gone + new if is_delta else len(here),
            new=new,
            gone=gone,
            unknown_keys=len(new_keys),
            rekeyed=rekeyed,
            emptied_schools=() if is_delta else _emptied_schools(present, seen.schools, rules),
        )

    def _still_there(self) -> Iterator[Entry]:
        return (each for each in self._entries.values() if each.status != "exited")


def _emptied_schools(before: Sequence[Entry], have: Container[str], rules: HoldRules) -> tuple[str, ...]:
    """Schools that had staff and have none."""
    had = Counter(each.school_id for each in before if each.school_id)
    return tuple(sorted(code for code, count in had.items() if count >= rules.smallest_school and code not in have))
