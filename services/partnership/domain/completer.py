"""A person who finished a preparation program, and what they finished."""

from datetime import date, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.match_keys import Known
from shared.events.partnership import CompleterProfileChanged, Completion
from shared.ids import derived

HIRING_BEFORE_COMPLETION = timedelta(days=90)
"""Who finishes in summer is often hired in spring; practice teaching begins earlier."""


class Placement(BaseModel):
    """A stretch of practice teaching at a school; the account that comes with it is no employment."""

    model_config = ConfigDict(frozen=True)

    school_id: str
    begins_on: date
    ends_on: date


class Enrolment(BaseModel):
    """A person in a program: from when, and since when complete. `completed_on` None means still enrolled, or gone;
    `is_date_assumed`: completed, but nobody said when."""

    model_config = ConfigDict(frozen=True)

    program_id: str
    program_name: str
    provider_id: str
    licence_field: str | None = None
    begins_on: date
    completed_on: date | None = None
    is_date_assumed: bool = False
    placement: Placement | None = None


class Completer(BaseModel):
    """A person of one provider. One who finished two programs has two completions and is still one person."""

    model_config = ConfigDict(frozen=True)

    completer_id: str
    provider_id: str
    candidate_identifier: str
    known: Known
    enrolments: tuple[Enrolment, ...] = ()

    @property
    def id(self) -> str:
        return self.completer_id

    @property
    def display_name(self) -> str:
        given = self.known.preferred_given or self.known.given
        family = self.known.preferred_family or self.known.family
        return f"{given} {family}"

    @property
    def completions(self) -> tuple[Completion, ...]:
        return tuple(
            Completion(
                completion_id=derived("completion", self.completer_id, enrolment.program_id),
                provider_id=enrolment.provider_id,
                program_id=enrolment.program_id,
                licence_field=enrolment.licence_field,
                completed_on=enrolment.completed_on,
            )
            for enrolment in self.enrolments
            if enrolment.completed_on is not None
        )

    def with_known(self, known: Known) -> Self:
        return self.model_copy(update={"known": known})

    def with_enrolment(self, enrolment: Enrolment) -> Self:
        """The latest word on a program replaces the earlier one."""
        others = (other for other in self.enrolments if other.program_id != enrolment.program_id)
        enrolments = sorted((*others, enrolment), key=lambda each: (each.begins_on, each.program_id))
        return self.model_copy(update={"enrolments": tuple(enrolments)})

    def is_practising_at(self, school_id: str | None, day: date) -> bool:
        """Whether an account seen on that day at that school is a student teacher's."""
        return any(
            enrolment.placement is not None
            and enrolment.placement.school_id == school_id
            and enrolment.placement.begins_on <= day <= enrolment.placement.ends_on
            for enrolment in self.enrolments
        )

    def was_studying_on(self, day: date) -> bool:
        """Whether the day lies in a program, well before its end: an account of then may be a student teacher's."""
        return any(
            enrolment.completed_on is not None
            and enrolment.begins_on <= day < enrolment.completed_on - HIRING_BEFORE_COMPLETION
            for enrolment in self.enrolments
        )

    def profile_changed(self) -> CompleterProfileChanged:
        return CompleterProfileChanged(completer_id=self.completer_id, display_name=self.display_name)


def completer_id(provider_id: str, candidate_identifier: str) -> str:
    return derived("completer", provider_id, candidate_identifier)
