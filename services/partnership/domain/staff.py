"""A member of a district's staff as its feed shows them from snapshot to snapshot.

unknown ──first seen──▶ present ──not seen──▶ absent ──N snapshots and D days──▶ exited ──seen again──▶ present
                           ▲                    │                                  ▲       (next episode)
                           └────seen again──────┘            told explicitly───────┘
"""

from datetime import date, timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.match_keys import Known
from services.partnership.domain.matching import Matching
from services.partnership.domain.sighting import EDUCATOR_ROLES, Sighting
from shared.events.partnership import HireDateBasis

BASIS_ORDER = tuple(HireDateBasis)
BASELINE_HIRE_WINDOW = timedelta(days=120)


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


class Snapped(BaseModel):
    """The snapshot that something was seen in: its place in the connection's order, and its day."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    day: date
    is_baseline: bool = False


class Appointment(BaseModel):
    """That a person took up an educator's work in the district while we were watching: what may become a hire."""

    model_config = ConfigDict(frozen=True)

    hire_date: date
    basis: HireDateBasis
    is_rehire: bool = False


class Staff(BaseModel):
    """One person in one connection. `episode` counts employments; `sequence` is the last snapshot that changed this.

    `hire_id` says that this is a completer's hire: decided here first, told afterwards, so that nobody is hired twice
    when two decide at once.
    """

    model_config = ConfigDict(frozen=True)

    staff_id: str
    connection_id: str
    district_id: str
    source_keys: tuple[str, ...]
    known: Known
    role: str
    school_id: str | None
    digest: str
    status: Literal["present", "absent", "exited"] = "present"
    episode: int = 1
    first_seen_on: date
    appointment: Appointment | None = None
    missed_snapshots: int = 0
    missing_since: date | None = None
    ended_on: date | None = None
    hire_id: str | None = None
    hire_is_told: bool = False
    matching: Matching = Matching()
    sequence: int
    revision: int = 1

    @property
    def may_be_hired(self) -> bool:
        """Whether the question, which completer this is, is open."""
        return self.appointment is not None and self.hire_id is None and self.status == "present"

    @property
    def has_hire_to_tell(self) -> bool:
        return self.hire_id is not None and not self.hire_is_told

    def seen(self, sighting: Sighting, snapped: Snapped) -> Self:
        """After a snapshot in which this person occurs."""
        if sighting.ended_on is not None:
            return self._changed(snapped, digest=sighting.digest, **self._exit(sighting.ended_on))
        returned = self.status == "exited"
        was_educator = self.role in EDUCATOR_ROLES and not returned
        appointment = None if returned else self.appointment
        if appointment is None and sighting.is_educator and not was_educator:
            appointment = _appointed(sighting, snapped.day, is_rehire=returned)
        elif appointment is not None:
            appointment = _better_dated(appointment, sighting)
        afresh: dict[str, object] = {"episode": self.episode + 1, "hire_id": None, "hire_is_told": False}
        afresh["matching"] = self.matching.reopened()
        return self._changed(
            snapped,
            **_kept(sighting),
            status="present",
            appointment=appointment,
            missed_snapshots=0,
            missing_since=None,
            ended_on=None,
            **(afresh | {"first_seen_on": snapped.day} if returned else {}),
        )

    def missed(self, snapped: Snapped, rules: ExitRules) -> Self:
        """After a good snapshot in which this person does not occur."""
        if self.status == "exited":
            return self
        since = self.missing_since or snapped.day
        missed = self.missed_snapshots + 1
        if rules.has_left(missed, since, snapped.day):
            return self._changed(snapped, **self._exit(since))
        return self._changed(snapped, status="absent", missed_snapshots=missed, missing_since=since)

    def with_matching(self, matching: Matching, hire_id: str | None = None) -> Self:
        """After somebody, or the rules, decided which completer this is."""
        decision = {"matching": matching, "hire_id": hire_id, "hire_is_told": False}
        return self.model_copy(update={**decision, "revision": self.revision + 1})

    def without_appointment(self) -> Self:
        """After somebody said that this is no new colleague: nobody asks again while they stay."""
        return self.model_copy(update={"appointment": None})

    def _exit(self, ended_on: date) -> dict[str, object]:
        return {"status": "exited", "ended_on": ended_on, "missed_snapshots": 0, "missing_since": None}

    def _changed(self, snapped: Snapped, **fields: object) -> Self:
        return self.model_copy(update={**fields, "sequence": snapped.sequence, "revision": self.revision + 1})


def first_seen(
    staff_id: str, connection_id: str, district_id: str, sighting: Sighting, snapped: Snapped, *, live_since: date
) -> Staff:
    """Somebody unknown. In a baseline nobody is new, but for those whose source dates their hire around going live."""
    dated_recently = sighting.hire_date is not None and sighting.hire_date >= live_since - BASELINE_HIRE_WINDOW
    is_new = sighting.is_educator and (not snapped.is_baseline or dated_recently)
    return Staff(
        staff_id=staff_id,
        connection_id=connection_id,
        district_id=district_id,
        first_seen_on=snapped.day,
        appointment=_appointed(sighting, snapped.day, is_rehire=False) if is_new else None,
        sequence=snapped.sequence,
        **_kept(sighting),
    )


def _kept(sighting: Sighting) -> dict[str, object]:
    return {
        "source_keys": sighting.source_keys,
        "known": sighting.known,
        "role": sighting.role,
        "school_id": sighting.school_id,
        "digest": sighting.digest,
    }


def _dated(sighting: Sighting) -> tuple[date | None, HireDateBasis]:
    if sighting.hire_date is not None:
        return sighting.hire_date, HireDateBasis.EXPLICIT
    return sighting.starts_on, HireDateBasis.ROLE_BEGIN


def _appointed(sighting: Sighting, day: date, *, is_rehire: bool) -> Appointment:
    hire_date, basis = _dated(sighting)
    if hire_date is None:
        return Appointment(hire_date=day, basis=HireDateBasis.FIRST_SEEN, is_rehire=is_rehire)
    return Appointment(hire_date=hire_date, basis=basis, is_rehire=is_rehire)


def _better_dated(appointment: Appointment, sighting: Sighting) -> Appointment:
    """A date from a better source replaces a worse one; a corrected explicit date replaces an explicit one.

    A role that begins anew, as each does at a school year's start, is no better date.
    """
    hire_date, basis = _dated(sighting)
    is_better = BASIS_ORDER.index(basis) < BASIS_ORDER.index(appointment.basis)
    if hire_date is None or not (is_better or basis is HireDateBasis.EXPLICIT):
        return appointment
    return appointment.model_copy(update={"hire_date": hire_date, "basis": basis})
