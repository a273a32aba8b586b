"""How far the question, which completer a hired person is, has come; what was found, and what people said of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from services.partnership.domain.completer import Completer
from services.partnership.domain.likeness import LEAST_PROBABILITY, MOST_CANDIDATES, SUREST, Likeness
from shared.events.partnership import MatchBasis

AUTOMATIC = 0.93
LIKENESS = "likeness"
"""What stands for evidence where nothing agrees exactly. It is no MatchBasis, and cannot become one."""

ReviewReason = Literal[
    "names_contradict",
    "identifiers_contradict",
    "several_completers",
    "name_only",
    "perhaps_student_teacher",
    "likeness",
    "undone",
]
Decided = Literal["confirmed", "rejected", "confirmation_undone", "rejection_undone"]


class Candidate(BaseModel):
    """A completer that the hired person may be, and why. `evidence` lists all that agrees, strongest first.

    `likeness`: how alike the two records are, once they were compared.
    """

    model_config = ConfigDict(frozen=True)

    completer_id: str
    provider_id: str
    confidence: float
    evidence: tuple[str, ...]
    contradictions: tuple[str, ...] = ()
    likeness: Likeness | None = None

    @model_validator(mode="after")
    def _likeness_is_never_certain(self) -> Self:
        if self.is_by_likeness and self.confidence > SUREST:
            raise ValueError("However alike two records are, that alone is not certain.")
        return self

    @property
    def is_by_likeness(self) -> bool:
        """Whether nothing but likeness speaks for this completer."""
        return LIKENESS in self.evidence

    @property
    def is_certain(self) -> bool:
        return self.confidence >= AUTOMATIC and not self.contradictions and not self.is_by_likeness


class Decision(BaseModel):
    """What a reviewer said, who, when and why, and what lay before them: all candidates, with their evidence."""

    model_config = ConfigDict(frozen=True)

    what: Decided
    completer_id: str
    by: str
    at: datetime
    reason: str
    candidates: tuple[Candidate, ...] = ()


class Matching(BaseModel):
    """How far the question, which completer this is, has come.

    open → matched | review | awaiting_completion | student_teacher | none; a reviewer's confirm leads to matched, a
    reject strikes the candidate, and either can be undone. `compared_by`: the model by which the record was compared
    with those of all completers; none while that is still to be done. `decisions`: what reviewers said, in order.
    """

    model_config = ConfigDict(frozen=True)

    state: Literal["open", "none", "review", "awaiting_completion", "student_teacher", "matched"] = "open"
    basis: MatchBasis | None = None
    candidates: tuple[Candidate, ...] = ()
    reason: ReviewReason | None = None
    rejected: tuple[str, ...] = ()
    decided_by: str | None = None
    decision_reason: str | None = None
    compared_by: str | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def is_to_compare(self) -> bool:
        return self.state in ("none", "review") and self.compared_by is None

    def reopened(self) -> Self:
        """The same person, hired again: what was struck stays struck."""
        return type(self)(rejected=self.rejected, decisions=self.decisions)

    def followed_by(self, found: "Matching") -> "Matching":
        """After exact evidence was looked at again. Where it leaves doubt, likeness is asked again, too.

        Until that is answered, what likeness proposed before stays before the reviewer.
        """
        kept = found.model_copy(update={"decisions": self.decisions})
        if found.state not in ("none", "review"):
            return kept
        exact = {each.completer_id for each in found.candidates}
        proposed = [
            each
            for each in self.candidates
            if each.is_by_likeness and each.completer_id not in exact and self.state == "review"
        ]
        if not proposed:
            return kept
        return kept.model_copy(
            update={
                "state": "review",
                "reason": found.reason or LIKENESS,
                "candidates": (*found.candidates, *proposed)[:MOST_CANDIDATES],
            }
        )

    def compared(self, model: str, found: Iterable[tuple[Completer, Likeness]]) -> Self:
        """After likeness was asked: at most a question to a person, whatever was found."""
        by_id = {completer.completer_id: (completer, likeness) for completer, likeness in found}
        exact = [
            each.model_copy(update={"likeness": by_id[each.completer_id][1] if each.completer_id in by_id else None})
            for each in self.candidates
            if not each.is_by_likeness
        ]
        known = {each.completer_id for each in exact} | set(self.rejected)
        is_told = any(each.is_certain for each in exact)
        proposed = [
            _proposed(completer, likeness)
            for completer_id, (completer, likeness) in by_id.items()
            if completer_id not in known and likeness.probability >= LEAST_PROBABILITY and not is_told
        ]
        proposed.sort(key=lambda each: (-each.confidence, each.completer_id))
        candidates = (*exact, *proposed)[:MOST_CANDIDATES]
        state = "review" if candidates else "none"
        reason = (self.reason if exact else LIKENESS) if candidates else None
        return self.model_copy(
            update={"candidates": candidates, "state": state, "reason": reason, "compared_by": model}
        )

    def without(self, completer_id: str, *, by: str, reason: str, now: datetime) -> Self:
        """After a reviewer said that the person is not this completer."""
        left = tuple(candidate for candidate in self.candidates if candidate.completer_id != completer_id)
        return self.model_copy(
            update={
                "candidates": left,
                "state": "review" if left else "none",
                "basis": None,
                "rejected": (*self.rejected, completer_id),
                "decided_by": by,
                "decision_reason": reason,
                "decisions": self._said("rejected", completer_id, by, reason, now),
            }
        )

    def confirmed(self, completer_id: str, *, by: str, reason: str, now: datetime) -> Self:
        """After a reviewer said that the person is this completer."""
        chosen = tuple(candidate for candidate in self.candidates if candidate.completer_id == completer_id)
        return self.model_copy(
            update={
                "state": "matched",
                "basis": MatchBasis.REVIEWER,
                "candidates": chosen,
                "decided_by": by,
                "decision_reason": reason,
                "decisions": self._said("confirmed", completer_id, by, reason, now),
            }
        )

    def was_confirmed_after(self, at: datetime) -> bool:
        return self.state == "matched" and any(each.what == "confirmed" and each.at > at for each in self.decisions)

    def standing(self, completer_id: str) -> Decision | None:
        """The last word on this completer, unless it was taken back."""
        said = [each for each in self.decisions if each.completer_id == completer_id]
        return said[-1] if said and said[-1].what in ("confirmed", "rejected") else None

    def undone(self, decision: Decision, *, by: str, reason: str, now: datetime) -> Self:
        """As if the decision had not been made: the question, and who it was about, are back."""
        was_confirmed = decision.what == "confirmed"
        what: Decided = "confirmation_undone" if was_confirmed else "rejection_undone"
        rejected = tuple(each for each in self.rejected if each != decision.completer_id)
        there = () if was_confirmed else self.candidates
        gone = {*rejected, *(each.completer_id for each in there)}
        back = (each for each in decision.candidates if was_confirmed or each.completer_id == decision.completer_id)
        candidates = (*there, *(each for each in back if each.completer_id not in gone))
        return self.model_copy(
            update={
                "state": "review" if candidates else "none",
                "basis": None,
                "reason": "undone",
                "candidates": candidates,
                "rejected": rejected,
                "decided_by": None,
                "decision_reason": None,
                "decisions": self._said(what, decision.completer_id, by, reason, now),
            }
        )

    def _said(self, what: Decided, completer_id: str, by: str, reason: str, now: datetime) -> tuple[Decision, ...]:
        decision = Decision(
            what=what, completer_id=completer_id, by=by, at=now, reason=reason, candidates=self.candidates
        )
        return (*self.decisions, decision)


def _proposed(completer: Completer, likeness: Likeness) -> Candidate:
    return Candidate(
        completer_id=completer.completer_id,
        provider_id=completer.provider_id,
        confidence=min(likeness.probability, SUREST),
        evidence=(LIKENESS,),
        likeness=likeness,
    )
