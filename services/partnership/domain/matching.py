"""Which completer a hired person is: exact evidence decides, anything weaker is for a person to decide (sis §5.4)."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.completer import Completer
from services.partnership.domain.match_keys import LICENCE, PERSON, STATE_ID, Known
from shared.events.partnership import MatchBasis

AUTOMATIC = 0.93
NAME_ONLY = 0.4
CONFIDENCE: dict[MatchBasis, float] = {
    MatchBasis.STATE_ID: 1.0,
    MatchBasis.LICENCE: 0.97,
    MatchBasis.EMAIL: 0.95,
    MatchBasis.NAME_AND_BIRTH_DATE: 0.93,
}

ReviewReason = Literal[
    "names_contradict", "identifiers_contradict", "several_completers", "name_only", "perhaps_student_teacher"
]


class Candidate(BaseModel):
    """A completer that the hired person may be, and why. `evidence` lists all that agrees, strongest first."""

    model_config = ConfigDict(frozen=True)

    completer_id: str
    provider_id: str
    confidence: float
    evidence: tuple[str, ...]
    contradictions: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        return self.confidence >= AUTOMATIC and not self.contradictions


class Matching(BaseModel):
    """How far the question, which completer this is, has come.

    open → matched | review | awaiting_completion | student_teacher | none; a reviewer's confirm leads to matched, a
    reject strikes the candidate for good.
    """

    model_config = ConfigDict(frozen=True)

    state: Literal["open", "none", "review", "awaiting_completion", "student_teacher", "matched"] = "open"
    basis: MatchBasis | None = None
    candidates: tuple[Candidate, ...] = ()
    reason: ReviewReason | None = None
    rejected: tuple[str, ...] = ()
    decided_by: str | None = None
    decision_reason: str | None = None

    def reopened(self) -> Self:
        """The same person, hired again: what was struck stays struck."""
        return type(self)(rejected=self.rejected)

    def without(self, completer_id: str, *, by: str, reason: str) -> Self:
        """After a reviewer said that the person is not this completer."""
        left = tuple(candidate for candidate in self.candidates if candidate.completer_id != completer_id)
        return self.model_copy(
            update={
                "candidates": left,
                "state": "review" if left else "none",
                "rejected": (*self.rejected, completer_id),
                "decided_by": by,
                "decision_reason": reason,
            }
        )

    def confirmed(self, completer_id: str, *, by: str, reason: str) -> Self:
        """After a reviewer said that the person is this completer."""
        chosen = tuple(candidate for candidate in self.candidates if candidate.completer_id == completer_id)
        return self.model_copy(
            update={
                "state": "matched",
                "basis": MatchBasis.REVIEWER,
                "candidates": chosen,
                "decided_by": by,
                "decision_reason": reason,
            }
        )


def match(person: Known, completers: Sequence[Completer], rejected: Sequence[str] = ()) -> Matching:
    """Compare a person with all completers that share a key with them."""
    found = [
        candidate
        for completer in completers
        if completer.completer_id not in rejected and (candidate := _compare(person, completer)) is not None
    ]
    candidates = tuple(sorted(found, key=lambda candidate: (-candidate.confidence, candidate.completer_id)))
    if not candidates:
        return Matching(state="none", rejected=tuple(rejected))
    strong = [candidate for candidate in candidates if candidate.confidence >= AUTOMATIC]
    if len(strong) == 1 and strong[0].is_certain:
        basis = MatchBasis(strong[0].evidence[0])
        return Matching(state="matched", basis=basis, candidates=tuple(strong), rejected=tuple(rejected))
    return Matching(
        state="review", candidates=candidates, reason=_why_in_doubt(candidates, strong), rejected=tuple(rejected)
    )


def _compare(person: Known, completer: Completer) -> Candidate | None:
    known = completer.known
    families_agree = bool(person.families & known.families)
    givens_agree = bool(person.givens & known.givens)
    evidence = _evidence(person, known, families_agree=families_agree, givens_agree=givens_agree)
    contradictions = _contradictions(person, known, names_agree=families_agree or givens_agree)
    if not evidence:
        if not (families_agree and givens_agree and completer.completions) or contradictions:
            return None
        return _candidate(completer, NAME_ONLY, ("name",), ())
    return _candidate(
        completer,
        max(CONFIDENCE[basis] for basis in evidence),
        tuple(basis.value for basis in evidence),
        contradictions,
    )


def _evidence(person: Known, known: Known, *, families_agree: bool, givens_agree: bool) -> list[MatchBasis]:
    """Strongest first."""
    found = []
    if any(person.numbers(system) & known.numbers(system) for system in (STATE_ID, PERSON)):
        found.append(MatchBasis.STATE_ID)
    if families_agree and person.numbers(LICENCE) & known.numbers(LICENCE):
        found.append(MatchBasis.LICENCE)
    if families_agree and person.addresses & known.addresses:
        found.append(MatchBasis.EMAIL)
    if families_agree and givens_agree and person.birth_date and person.birth_date == known.birth_date:
        found.append(MatchBasis.NAME_AND_BIRTH_DATE)
    return found


def _contradictions(person: Known, known: Known, *, names_agree: bool) -> tuple[str, ...]:
    found = []
    if not names_agree:
        found.append("names")
    mine, theirs = person.numbers(STATE_ID), known.numbers(STATE_ID)
    if mine and theirs and not mine & theirs:
        found.append("state_id")
    if person.birth_date and known.birth_date and person.birth_date != known.birth_date:
        found.append("birth_date")
    return tuple(found)


def _candidate(
    completer: Completer, confidence: float, evidence: tuple[str, ...], contradictions: tuple[str, ...]
) -> Candidate:
    return Candidate(
        completer_id=completer.completer_id,
        provider_id=completer.provider_id,
        confidence=confidence,
        evidence=evidence,
        contradictions=contradictions,
    )


def _why_in_doubt(candidates: Sequence[Candidate], strong: Sequence[Candidate]) -> ReviewReason:
    if len(strong) > 1 or (not strong and len(candidates) > 1):
        return "several_completers"
    if not strong:
        return "name_only"
    return "names_contradict" if "names" in strong[0].contradictions else "identifiers_contradict"
