"""That a district hired a completer: when that is so, how it is told, and what may become of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.completer import Completer
from services.partnership.domain.matching import Matching, match
from services.partnership.domain.staff import Staff
from shared.events.partnership import (
    CompleterHired,
    Completion,
    EmploymentEnded,
    HireAmended,
    HireDateBasis,
    HireVariant,
    HireWithdrawn,
    MatchBasis,
)
from shared.ids import derived

YEAR_OF_COMPLETION = timedelta(days=365)

Mistake = Literal["not_our_completer", "did_not_happen"]
"""What was wrong with a hire: the person is somebody else, or is no new colleague."""


class Withdrawal(BaseModel):
    """A reviewer's word that a hire was wrong; the reason is for who reads it later, and is told to nobody."""

    model_config = ConfigDict(frozen=True)

    mistake: Mistake
    by: str
    reason: str
    at: datetime


class Hire(BaseModel):
    """One employment of one completer in one district; its id follows from them and the episode.

    `sequence` is the snapshot that first showed it.
    """

    model_config = ConfigDict(frozen=True)

    hire_id: str
    completer_id: str
    provider_ids: tuple[str, ...]
    district_id: str
    school_id: str | None
    connection_id: str
    staff_id: str
    episode: int
    sequence: int
    completions: tuple[Completion, ...]
    role: str
    hire_date: date
    hire_date_basis: HireDateBasis
    match_basis: MatchBasis
    match_confidence: float
    match_evidence: tuple[str, ...]
    variant: HireVariant
    is_provider_the_employer: bool = False
    ended_on: date | None = None
    withdrawal: Withdrawal | None = None
    revision: int = 1

    @property
    def is_over(self) -> bool:
        return self.ended_on is not None or self.withdrawal is not None

    def told(self) -> CompleterHired:
        return CompleterHired(
            **self.model_dump(
                include={
                    "hire_id",
                    "completer_id",
                    "completions",
                    "district_id",
                    "school_id",
                    "role",
                    "hire_date",
                    "hire_date_basis",
                    "match_basis",
                    "match_confidence",
                    "variant",
                    "is_provider_the_employer",
                }
            )
        )

    def following(self, staff: Staff) -> tuple[Self, HireAmended | EmploymentEnded | None]:
        """The hire after what the feed says now. Said twice, it changes nothing the second time.

        A withdrawn hire follows nobody, and no hire follows another record of the same person.
        """
        if self.withdrawal is not None or staff.staff_id != self.staff_id:
            return self, None
        if staff.status == "exited":
            return self._ended(staff.ended_on)
        if staff.appointment is None:
            return self, None
        now: dict[str, object] = {
            "school_id": staff.school_id,
            "role": staff.role,
            "hire_date": staff.appointment.hire_date,
            "hire_date_basis": staff.appointment.basis,
        }
        if all(getattr(self, name) == value for name, value in now.items()):
            return self, None
        amended = self.model_copy(update={**now, "revision": self.revision + 1})
        return amended, HireAmended(
            hire_id=self.hire_id, completer_id=self.completer_id, district_id=self.district_id, **now
        )

    def retold(self, completions: tuple[Completion, ...]) -> tuple[Self, CompleterHired | None]:
        """The same hire with every completion that is known by now, unless it is over."""
        if self.is_over or not completions or completions == self.completions:
            return self, None
        retold = self.model_copy(update={"completions": completions, "revision": self.revision + 1})
        return retold, retold.told()

    def withdrawn(self, mistake: Mistake, *, by: str, reason: str, now: datetime) -> tuple[Self, HireWithdrawn | None]:
        """The hire after a reviewer said that it was none. The first word stays."""
        if self.withdrawal is not None:
            return self, None
        withdrawal = Withdrawal(mistake=mistake, by=by, reason=reason, at=now)
        withdrawn = self.model_copy(update={"withdrawal": withdrawal, "revision": self.revision + 1})
        return withdrawn, HireWithdrawn(hire_id=self.hire_id, completer_id=self.completer_id, reason=mistake)

    def _ended(self, ended_on: date | None) -> tuple[Self, EmploymentEnded | None]:
        if ended_on is None or self.ended_on == ended_on:
            return self, None
        ended = self.model_copy(update={"ended_on": ended_on, "revision": self.revision + 1})
        return ended, EmploymentEnded(
            hire_id=self.hire_id, completer_id=self.completer_id, district_id=self.district_id, ended_on=ended_on
        )


def judge(staff: Staff, completers: Sequence[Completer]) -> Matching:
    """Which completer this new colleague is, if any: the match, and the rules of sis §5.3 on top of it."""
    matching = match(staff.known, completers, staff.matching.rejected)
    if matching.state != "matched" or staff.appointment is None:
        return matching
    completer = next(each for each in completers if each.completer_id == matching.candidates[0].completer_id)
    if not completer.completions:
        return matching.model_copy(update={"state": "awaiting_completion"})
    if staff.appointment.basis is not HireDateBasis.FIRST_SEEN:
        return matching
    if completer.is_practising_at(staff.school_id, staff.appointment.hire_date):
        return matching.model_copy(update={"state": "student_teacher"})
    if completer.was_studying_on(staff.appointment.hire_date):
        return matching.model_copy(update={"state": "review", "reason": "perhaps_student_teacher"})
    return matching


def decide(staff: Staff, completers: Sequence[Completer]) -> Staff:
    """A new colleague after the question, which of these completers it is, if any."""
    matching = judge(staff, completers)
    if matching.state != "matched":
        return staff.with_matching(matching)
    return staff.with_matching(matching, hire_id_of(staff, matching.candidates[0].completer_id))


def hire_id_of(staff: Staff, completer_id: str) -> str:
    return derived("hire", completer_id, staff.district_id, str(staff.episode))


def hire(staff: Staff, completer: Completer, *, employers: frozenset[str]) -> Hire:
    """The hire that a match led to. `employers`: the district and whoever runs it."""
    matching = staff.matching
    if staff.appointment is None or matching.basis is None:
        raise ValueError("Only somebody who was appointed and matched is hired.")
    candidate = matching.candidates[0]
    return Hire(
        hire_id=hire_id_of(staff, completer.completer_id),
        completer_id=completer.completer_id,
        provider_ids=tuple(sorted({completion.provider_id for completion in completer.completions})),
        district_id=staff.district_id,
        school_id=staff.school_id,
        connection_id=staff.connection_id,
        staff_id=staff.staff_id,
        episode=staff.episode,
        sequence=staff.sequence,
        completions=completer.completions,
        role=staff.role,
        hire_date=staff.appointment.hire_date,
        hire_date_basis=staff.appointment.basis,
        match_basis=matching.basis,
        match_confidence=candidate.confidence,
        match_evidence=candidate.evidence,
        variant=_variant(staff, completer),
        is_provider_the_employer=any(completion.provider_id in employers for completion in completer.completions),
    )


def _variant(staff: Staff, completer: Completer) -> HireVariant:
    if staff.appointment is None:
        raise ValueError("Only somebody who was appointed is hired.")
    if staff.appointment.is_rehire:
        return HireVariant.REHIRED
    first_completed = min(completion.completed_on for completion in completer.completions)
    if staff.appointment.hire_date < first_completed - YEAR_OF_COMPLETION:
        return HireVariant.EMPLOYED_BEFORE_COMPLETION
    return HireVariant.HIRED
