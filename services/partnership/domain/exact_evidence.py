"""Which completer a hired person is: exact evidence decides, anything weaker is for a person to decide (sis §5.4)."""

from collections.abc import Sequence

from services.partnership.domain.completer import Completer
from services.partnership.domain.linkage.records import forms, sound
from services.partnership.domain.match_keys import LICENCE, PERSON, STATE_ID, Known
from services.partnership.domain.matching import AUTOMATIC, Candidate, Matching, ReviewReason
from shared.events.partnership import MatchBasis

NAME_ONLY = 0.4
CONFIDENCE: dict[MatchBasis, float] = {
    MatchBasis.STATE_ID: 1.0,
    MatchBasis.LICENCE: 0.97,
    MatchBasis.EMAIL: 0.95,
    MatchBasis.NAME_AND_BIRTH_DATE: 0.93,
}


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
    if evidence[:1] == [MatchBasis.EMAIL] and not _may_be_one_given_name(person, known):
        contradictions = (*contradictions, "given_name")
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


def _may_be_one_given_name(person: Known, known: Known) -> bool:
    """Couples share addresses and family names. An initial, a short form or the same sound will do, no other name."""
    for mine in person.givens:
        for theirs in known.givens:
            short, long = sorted((mine, theirs), key=len)
            if long.startswith(short) or forms(mine) & forms(theirs) or sound(mine) == sound(theirs):
                return True
    return not (person.givens and known.givens)


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
    names_differ = {"names", "given_name"} & set(strong[0].contradictions)
    return "names_contradict" if names_differ else "identifiers_contradict"
