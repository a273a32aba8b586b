"""That a district hired a completer: when that is so, how it is told, and what may become of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.completer import Completer
from services.partnership.domain.episodes import Appointment, Episode
from services.partnership.domain.exact_evidence import match
from services.partnership.domain.matching import Matching
from services.partnership.domain.staff import Staff
from shared.events.partnership import (
    CompleterHired,
    Completion,
    EmploymentEnded,
    HireAmended,
    HireDateBasis,
    HireEvent,
    HireVariant,
    HireWithdrawn,
    MatchBasis,
)

SAID = {"school_id", "role", "hire_date", "hire_date_basis", "ended_on", "reason"}
MOST_TOLD = 50
YEAR_OF_COMPLETION = timedelta(days=365)

Mistake = Literal["not_our_completer", "did_not_happen"]
"""What was wrong with a hire: the person is somebody else, or is no new colleague."""


class Withdrawal(BaseModel):
    """The word that a hire was wrong; the reason is for who reads it later, and is told to nobody.

    Without `by` it is the rules' word, because of what came late or was taken back, and ends when they say otherwise.
    """

    model_config = ConfigDict(frozen=True)

    mistake: Mistake
    by: str | None = None
    reason: str
    at: datetime


class Told(BaseModel):
    """One event that told of a hire: its wire name, when, and what it said of it."""

    model_config = ConfigDict(frozen=True)

    event: str
    at: datetime
    said: dict[str, str] = {}


class Hire(BaseModel):
    """One employment of one completer in one district; its id follows from them and the episode.

    `sequence` is the snapshot that first showed it. `history`: the first event that told of it, and the latest ones.
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
    history: tuple[Told, ...] = ()
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

    def following(self, staff: Staff, episode: Episode) -> tuple[Self, HireEvent | None]:
        """The hire after the next thing that has to be told so that it is as the feed says; said twice, nothing.

        What a person withdrew follows nobody, unless a person confirmed it later; no hire follows another record of
        the same person.
        """
        appointment = staff.appointment_in(episode)
        was_none = self.withdrawal and self.withdrawal.by and not staff.matching.was_confirmed_after(self.withdrawal.at)
        if staff.staff_id != self.staff_id or appointment is None or was_none:
            return self, None
        now: dict[str, object] = {
            "school_id": episode.school_id,
            "role": episode.role,
            "hire_date": appointment.hire_date,
            "hire_date_basis": appointment.basis,
        }
        is_as_told = all(getattr(self, name) == value for name, value in now.items())
        if self.withdrawal is not None or (self.ended_on is not None and episode.ended_on is None):
            again = self._changed(**now, sequence=episode.sequence, withdrawal=None, ended_on=None)
            return again, again.told()
        if not is_as_told:
            amended = self._changed(**now, sequence=episode.sequence)
            return amended, HireAmended(
                hire_id=self.hire_id, completer_id=self.completer_id, district_id=self.district_id, **now
            )
        return self._ended(episode.ended_on)

    def noting(self, event: HireEvent, now: datetime) -> Self:
        """With this event in its history."""
        fields = event.model_dump(mode="json", include=SAID, exclude_none=True)
        note = Told(event=event.wire_name, at=now, said={name: str(value) for name, value in fields.items()})
        history = (*self.history, note)
        return self.model_copy(update={"history": history[:1] + history[1:][-MOST_TOLD:]})

    def _changed(self, **changes: object) -> Self:
        return self.model_copy(update={**changes, "revision": self.revision + 1})

    def retold(self, completions: tuple[Completion, ...]) -> tuple[Self, CompleterHired | None]:
        """The same hire with every completion that is known by now, unless it is over."""
        if self.is_over or not completions or completions == self.completions:
            return self, None
        retold = self.model_copy(update={"completions": completions, "revision": self.revision + 1})
        return retold, retold.told()

    def withdrawn(
        self, mistake: Mistake, *, by: str | None, reason: str, now: datetime
    ) -> tuple[Self, HireWithdrawn | None]:
        """The hire after a reviewer, or the rules, said that it was none. A person's first word stays."""
        if self.withdrawal is not None and (self.withdrawal.by or not by):
            return self, None
        withdrawn = self._changed(withdrawal=Withdrawal(mistake=mistake, by=by, reason=reason, at=now))
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
    if matching.state != "matched":
        return matching
    completer = next(each for each in completers if each.completer_id == matching.candidates[0].completer_id)
    if not completer.completions:
        return matching.model_copy(update={"state": "awaiting_completion"})
    if any(is_hire(staff, episode, completer) for episode in staff.episodes):
        return matching
    practising = any(_practising(each, completer) for each in staff.episodes if staff.appointment_in(each))
    if practising:
        return matching.model_copy(update={"state": "student_teacher"})
    return matching.model_copy(update={"state": "review", "reason": "perhaps_student_teacher"})


def decide(staff: Staff, completers: Sequence[Completer]) -> Staff:
    """A new colleague after the question, which of these completers it is, if any."""
    matching = staff.matching.followed_by(judge(staff, completers))
    if matching == staff.matching:
        return staff
    return staff.with_matching(matching, matching.candidates[0].completer_id if matching.state == "matched" else None)


def is_hire(staff: Staff, episode: Episode, completer: Completer) -> bool:
    """Whether an employment is a hire by the rules: begun before our eyes, and no account of a student teacher."""
    appointment = staff.appointment_in(episode)
    if appointment is None:
        return False
    if appointment.basis is not HireDateBasis.FIRST_SEEN:
        return True
    return not _practising(episode, completer) and not completer.was_studying_on(appointment.hire_date)


def _practising(episode: Episode, completer: Completer) -> bool:
    appointment = episode.appointment
    return (
        appointment is not None
        and appointment.basis is HireDateBasis.FIRST_SEEN
        and completer.is_practising_at(episode.school_id, appointment.hire_date)
    )


def hire(staff: Staff, episode: Episode, completer: Completer, *, employers: frozenset[str]) -> Hire:
    """The hire that an employment of a completer is. `employers`: the district and whoever runs it."""
    matching, appointment = staff.matching, staff.appointment_in(episode)
    if appointment is None or matching.basis is None:
        raise ValueError("Only somebody who was appointed and matched is hired.")
    candidate = matching.candidates[0]
    if candidate.is_by_likeness and (matching.basis is not MatchBasis.REVIEWER or matching.decided_by is None):
        raise ValueError("Likeness makes no hire: a person has to have said so.")
    return Hire(
        hire_id=staff.hire_id_of(episode),
        completer_id=completer.completer_id,
        provider_ids=tuple(sorted({completion.provider_id for completion in completer.completions})),
        district_id=staff.district_id,
        school_id=episode.school_id,
        connection_id=staff.connection_id,
        staff_id=staff.staff_id,
        episode=episode.number,
        sequence=episode.sequence,
        completions=completer.completions,
        role=episode.role,
        hire_date=appointment.hire_date,
        hire_date_basis=appointment.basis,
        match_basis=matching.basis,
        match_confidence=candidate.confidence,
        match_evidence=candidate.evidence,
        variant=_variant(appointment, completer),
        is_provider_the_employer=any(completion.provider_id in employers for completion in completer.completions),
    )


def _variant(appointment: Appointment, completer: Completer) -> HireVariant:
    if appointment.is_rehire:
        return HireVariant.REHIRED
    first_completed = min(completion.completed_on for completion in completer.completions)
    if appointment.hire_date < first_completed - YEAR_OF_COMPLETION:
        return HireVariant.EMPLOYED_BEFORE_COMPLETION
    return HireVariant.HIRED
