"""The employments of one person in one connection, read from the timeline by the rules of sis §5.2.

unknown ──first seen──▶ present ──not seen──▶ absent ──N snapshots and D days──▶ exited ──seen again──▶ present
                           ▲                    │                                  ▲       (next episode)
                           └────seen again──────┘            told explicitly───────┘
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.sighting import EDUCATOR_ROLES
from services.partnership.domain.timeline import Facts, Snapped, Timeline, Turn, within
from shared.events.partnership import HireDateBasis

BASIS_ORDER = tuple(HireDateBasis)
BASELINE_HIRE_WINDOW = timedelta(days=120)

Status = Literal["present", "absent", "exited"]


class ExitRules(BaseModel):
    """How long somebody may be missing before that counts: so many good snapshots and so many days (sis §5.2)."""

    model_config = ConfigDict(frozen=True)

    snapshots: int = 3
    days: int = 14
    summer_days: int = 75

    def has_left(self, missed: int, since: date, today: date) -> bool:
        in_summer = (6, 15) <= (since.month, since.day) <= (8, 31)
        days = self.summer_days if in_summer else self.days
        return missed >= self.snapshots and (today - since).days >= days


class Appointment(BaseModel):
    """That a person took up an educator's work in the district while we were watching: what may become a hire."""

    model_config = ConfigDict(frozen=True)

    hire_date: date
    basis: HireDateBasis
    is_rehire: bool = False


class Episode(BaseModel):
    """One employment. `sequence` is the snapshot that first showed it, `ended_on` the first day without it."""

    model_config = ConfigDict(frozen=True)

    number: int
    sequence: int
    first_seen_on: date
    role: str
    school_id: str | None
    appointment: Appointment | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Chronicle:
    """What is known of a connection as a whole: its snapshots in order, and its rules.

    The first snapshot is the baseline: in it nobody is new, but for those whose source dates their hire around going
    live. A connection that has no snapshots, because each person is told one by one, has no baseline.
    """

    snapshots: tuple[Snapped, ...]
    live_since: date
    exits: ExitRules

    def with_snapshot(self, snapped: Snapped) -> Self:
        others = {each.sequence: each for each in (*self.snapshots, snapped)}
        return type(self)(tuple(others[key] for key in sorted(others)), self.live_since, self.exits)

    def is_late(self, sequence: int) -> bool:
        """Whether a newer snapshot is known already."""
        return self.snapshots[-1].sequence > sequence

    def is_baseline(self, sequence: int) -> bool:
        return bool(self.snapshots) and self.snapshots[0].sequence == sequence


@dataclass(frozen=True, slots=True)
class Course:
    """What a timeline comes to. No episodes: nobody was ever here."""

    episodes: tuple[Episode, ...] = ()
    status: Status = "exited"
    missed_snapshots: int = 0
    missing_since: date | None = None


def course_of(timeline: Timeline, chronicle: Chronicle) -> Course:
    """The person's employments, whatever the order in which the snapshots arrived."""
    course = Course()
    for place, turn in enumerate(timeline):
        until = timeline[place + 1].sequence if place + 1 < len(timeline) else None
        if turn.facts is None:
            course = _missed(course, turn, within(chronicle.snapshots, turn.sequence, until), chronicle.exits)
        elif turn.facts.is_here:
            course = _seen(course, turn, turn.facts, chronicle)
        elif course.episodes:
            course = _ended(course, turn.facts.ended_on or _gone_since(course, turn))
    return course


def _gone_since(course: Course, turn: Turn) -> date:
    """Whom the source deletes is gone on the day of the snapshot, unless it was gone before."""
    ended_on = course.episodes[-1].ended_on
    return ended_on if course.status == "exited" and ended_on is not None else turn.day


def _seen(course: Course, turn: Turn, facts: Facts, chronicle: Chronicle) -> Course:
    if course.status == "exited":
        return Course((*course.episodes, _begun(course, turn, facts, chronicle)), "present")
    now = course.episodes[-1]
    appointment = now.appointment
    if appointment is not None:
        appointment = _better_dated(appointment, facts)
    elif facts.role in EDUCATOR_ROLES and now.role not in EDUCATOR_ROLES:
        appointment = _appointed(facts, turn.day, is_rehire=False)
    changed = now.model_copy(update={"appointment": appointment, "role": facts.role, "school_id": facts.school_id})
    return Course((*course.episodes[:-1], changed), "present")


def _begun(course: Course, turn: Turn, facts: Facts, chronicle: Chronicle) -> Episode:
    is_rehire = bool(course.episodes)
    window_begins = chronicle.live_since - BASELINE_HIRE_WINDOW
    dated_recently = facts.hire_date is not None and facts.hire_date >= window_begins
    is_new = is_rehire or dated_recently or not chronicle.is_baseline(turn.sequence)
    is_appointed = is_new and facts.role in EDUCATOR_ROLES
    return Episode(
        number=len(course.episodes) + 1,
        sequence=turn.sequence,
        first_seen_on=turn.day,
        role=facts.role,
        school_id=facts.school_id,
        appointment=_appointed(facts, turn.day, is_rehire=is_rehire) if is_appointed else None,
    )


def _missed(course: Course, turn: Turn, snapshots: Sequence[Snapped], rules: ExitRules) -> Course:
    if course.status == "exited":
        return course
    missed = 0
    for snapped in snapshots:
        missed += not snapped.is_delta
        if rules.has_left(missed, turn.day, snapped.day):
            return _ended(course, turn.day)
    return Course(course.episodes, "absent", missed, turn.day)


def _ended(course: Course, ended_on: date) -> Course:
    ended = course.episodes[-1].model_copy(update={"ended_on": ended_on})
    return Course((*course.episodes[:-1], ended), "exited")


def _dated(facts: Facts) -> tuple[date | None, HireDateBasis]:
    if facts.hire_date is not None:
        return facts.hire_date, HireDateBasis.EXPLICIT
    return facts.starts_on, HireDateBasis.ROLE_BEGIN


def _appointed(facts: Facts, day: date, *, is_rehire: bool) -> Appointment:
    hire_date, basis = _dated(facts)
    if hire_date is None:
        return Appointment(hire_date=day, basis=HireDateBasis.FIRST_SEEN, is_rehire=is_rehire)
    return Appointment(hire_date=hire_date, basis=basis, is_rehire=is_rehire)


def _better_dated(appointment: Appointment, facts: Facts) -> Appointment:
    """A date from a better source replaces a worse one; a corrected explicit date replaces an explicit one.

    A role that begins anew, as each does at a school year's start, is no better date.
    """
    hire_date, basis = _dated(facts)
    is_better = BASIS_ORDER.index(basis) < BASIS_ORDER.index(appointment.basis)
    if hire_date is None or not (is_better or basis is HireDateBasis.EXPLICIT):
        return appointment
    return appointment.model_copy(update={"hire_date": hire_date, "basis": basis})
