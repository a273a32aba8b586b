"""What we were told about a completer's hires, in whatever order it arrived.

Each hire keeps three registers: that it happened, where, and that it ended. A register holds what the highest sequence
said, so the outcome does not depend on the order in which events are heard, nor on how often.
"""

from collections.abc import Iterator

from services.survey.domain.decision import Decision
from services.survey.domain.shape import Day, Kept
from shared.events.partnership import (
    CompleterHired,
    Completion,
    EmploymentEnded,
    HireAmended,
    HireEvent,
    HireWithdrawn,
    MatchBasis,
)
from shared.events.survey import WithdrawalReason


class Finished(Completion):
    """A completion, in the form in which it is kept."""

    completed_on: Day


class Happened(Kept):
    sequence: int
    completions: tuple[Finished, ...]
    match_basis: MatchBasis
    match_confidence: float
    is_provider_the_employer: bool


class Placed(Kept):
    sequence: int
    district_id: str
    school_id: str | None
    role: str
    hire_date: Day


class Ended(Kept):
    sequence: int
    reason: WithdrawalReason


class Hire(Kept):
    hire_id: str
    happened: Happened | None = None
    placed: Placed | None = None
    ended: Ended | None = None

    @property
    def is_over(self) -> bool:
        """Ended, and not told again since."""
        return self.ended is not None and (self.happened is None or self.ended.sequence > self.happened.sequence)

    def told(self, event: HireEvent, sequence: int) -> "Hire":
        """This hire with what the event adds; itself, if it adds nothing."""
        match event:
            case CompleterHired():
                return self._with_happened(event, sequence)._with_place(event, sequence)
            case HireAmended():
                return self._with_place(event, sequence)
            case HireWithdrawn():
                return self._with_end(WithdrawalReason.HIRE_WITHDRAWN, sequence)
            case EmploymentEnded():
                return self._with_end(WithdrawalReason.EMPLOYMENT_ENDED, sequence)
            case _:
                return self

    def _with_happened(self, event: CompleterHired, sequence: int) -> "Hire":
        if self.happened is not None and self.happened.sequence >= sequence:
            return self
        happened = Happened(
            sequence=sequence,
            completions=tuple(Finished.model_validate(one, from_attributes=True) for one in event.completions),
            match_basis=event.match_basis,
            match_confidence=event.match_confidence,
            is_provider_the_employer=event.is_provider_the_employer,
        )
        return self.model_copy(update={"happened": happened})

    def _with_place(self, event: CompleterHired | HireAmended, sequence: int) -> "Hire":
        if self.placed is not None and self.placed.sequence >= sequence:
            return self
        placed = Placed(
            sequence=sequence,
            district_id=event.district_id,
            school_id=event.school_id,
            role=event.role,
            hire_date=event.hire_date,
        )
        return self.model_copy(update={"placed": placed})

    def _with_end(self, reason: WithdrawalReason, sequence: int) -> "Hire":
        if self.ended is not None and self.ended.sequence >= sequence:
            return self
        return self.model_copy(update={"ended": Ended(sequence=sequence, reason=reason)})


class Employment(Kept):
    """A completer's hires, and what was decided about asking."""

    completer_id: str
    revision: int = 0
    hires: tuple[Hire, ...] = ()
    decisions: tuple[Decision, ...] = ()

    def told(self, event: HireEvent, sequence: int) -> "Employment":
        """With what the event adds; itself, if everything it says is known."""
        known = {hire.hire_id: hire for hire in self.hires}
        before = known.get(event.hire_id, Hire(hire_id=event.hire_id))
        after = before.told(event, sequence)
        if after is before:
            return self
        known[event.hire_id] = after
        return self.model_copy(update={"hires": tuple(known.values())})

    def decided(self, decisions: list[Decision]) -> "Employment":
        """With the decisions that differ from the last one about the same program and campaign."""
        last = {decision.about: decision for decision in self.decisions}
        new = tuple(decision for decision in decisions if not decision.repeats(last.get(decision.about)))
        return self.model_copy(update={"decisions": self.decisions + new}) if new else self

    def completions(self) -> Iterator[tuple[Hire, Happened, Placed, Completion]]:
        """Every completion that a hire was told with, with the hire."""
        for hire in self.hires:
            if hire.happened is not None and hire.placed is not None:
                for completion in hire.happened.completions:
                    yield hire, hire.happened, hire.placed, completion
