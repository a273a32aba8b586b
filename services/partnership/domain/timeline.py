"""What a feed's snapshots said about one person, in the order in which they were taken, in as few words as it takes.

    snapshot   1      2      3      4      5
    said       –      here   here   here   –        timeline: 2 here, 5 not here

A turn holds until the next one: each snapshot in between said the same. So a person about whom nothing changes is never
written, and a snapshot that arrives late is put where it belongs, whatever came before it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.sighting import Sighting


class Snapped(BaseModel):
    """A snapshot's place in its connection's order, and its day. A delta says nothing of those whom it leaves out."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    day: date
    is_delta: bool = False


class Facts(BaseModel):
    """What of a sighting an employment follows from. `is_deleted`: gone since the snapshot that says so first."""

    model_config = ConfigDict(frozen=True)

    role: str
    school_id: str | None = None
    starts_on: date | None = None
    hire_date: date | None = None
    ended_on: date | None = None
    is_deleted: bool = False

    @property
    def is_here(self) -> bool:
        return self.ended_on is None and not self.is_deleted


class Turn(BaseModel):
    """From this snapshot on the feed says something else. Without facts: it does not show the person.

    `file` and `line` are where that stands in the delivery, as far as that is known.
    """

    model_config = ConfigDict(frozen=True)

    sequence: int
    day: date
    facts: Facts | None = None
    file: str = ""
    line: int = 0


Timeline = tuple[Turn, ...]


def facts_of(sighting: Sighting | None) -> Facts | None:
    """What the state machine needs of a sighting; no names."""
    if sighting is None:
        return None
    return Facts(
        role=sighting.role,
        school_id=sighting.school_id,
        starts_on=sighting.starts_on,
        hire_date=sighting.hire_date,
        ended_on=sighting.ended_on,
        is_deleted=sighting.is_deleted,
    )


def as_of(timeline: Timeline, sequence: int) -> Facts | None:
    """What was last said, up to and with this snapshot."""
    place = bisect_right(timeline, sequence, key=_sequence)
    return timeline[place - 1].facts if place else None


def is_seen_after(timeline: Timeline, sequence: int, others: Sequence[Snapped]) -> bool:
    """Whether a later snapshot shows the person too."""
    later = others[bisect_right(others, sequence, key=_place) :]
    return any(not each.is_delta and as_of(timeline, each.sequence) is not None for each in later)


def told(
    timeline: Timeline,
    snapped: Snapped,
    facts: Facts | None,
    others: Sequence[Snapped],
    place: tuple[str, int] = ("", 0),
) -> Timeline:
    """With what a snapshot says. `others` are the connection's snapshots, in order; the next whole one after this has
    said already how things stood then, and goes on saying it. Told twice, nothing changes the second time."""
    before = as_of(timeline, snapped.sequence)
    if before == facts:
        return timeline
    turns = [turn for turn in timeline if turn.sequence != snapped.sequence]
    turns.append(Turn(sequence=snapped.sequence, day=snapped.day, facts=facts, file=place[0], line=place[1]))
    return _in_order(_with_what_the_next_said(turns, snapped.sequence, before, others))


def untold(timeline: Timeline, sequence: int, others: Sequence[Snapped]) -> Timeline:
    """As if this snapshot had never been taken; what the next one said of the same is said by that one alone."""
    said = next((turn for turn in timeline if turn.sequence == sequence), None)
    if said is None:
        return timeline
    turns = [turn for turn in timeline if turn is not said]
    return _in_order(_with_what_the_next_said(turns, sequence, said.facts, others))


def _with_what_the_next_said(
    turns: Iterable[Turn], sequence: int, facts: Facts | None, others: Sequence[Snapped]
) -> list[Turn]:
    kept = list(turns)
    later = others[bisect_right(others, sequence, key=_place) :]
    following = next((each for each in later if not each.is_delta), None)
    if following and not any(sequence < turn.sequence <= following.sequence for turn in kept):
        kept.append(Turn(sequence=following.sequence, day=following.day, facts=facts))
    return kept


def _in_order(turns: Iterable[Turn]) -> Timeline:
    """Sorted, and without turns that say what the one before said."""
    kept: list[Turn] = []
    for turn in sorted(turns, key=_sequence):
        if turn.facts != (kept[-1].facts if kept else None):
            kept.append(turn)
    return tuple(kept)


def within(others: Sequence[Snapped], begin: int, end: int | None) -> Sequence[Snapped]:
    """The snapshots from `begin` up to but not including `end`."""
    stop = len(others) if end is None else bisect_left(others, end, key=_place)
    return others[bisect_left(others, begin, key=_place) : stop]


def _sequence(turn: Turn) -> int:
    return turn.sequence


def _place(snapped: Snapped) -> int:
    return snapped.sequence
