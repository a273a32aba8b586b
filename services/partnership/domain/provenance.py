"""Where a hire comes from: the rows that showed it, and the rule that made it one (sis §5.3), step by step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from services.partnership.domain.completer import Completer
from services.partnership.domain.episodes import Episode
from services.partnership.domain.findings import masked
from services.partnership.domain.hire import Hire
from services.partnership.domain.match_keys import Known
from services.partnership.domain.matching import AUTOMATIC
from services.partnership.domain.sighting import EDUCATOR_ROLES
from services.partnership.domain.staff import Staff
from services.partnership.domain.timeline import Turn
from shared.events.partnership import HireDateBasis, MatchBasis

Rule = Literal["new_person", "match", "completion", "educator_role", "no_placement", "told_once"]


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the rule: whether it holds now, and what it looked at."""

    number: str
    rule: Rule
    holds: bool
    looked_at: dict[str, str]


def rows_behind(staff: Staff, hire: Hire) -> tuple[Turn, ...]:
    """What the feed said of this employment, each time that it said something else; with what it said just before."""
    begins = [episode.sequence for episode in staff.episodes]
    episode = _episode(staff, hire)
    if episode is None:
        return ()
    until = next((begin for begin in begins if begin > episode.sequence), None)
    before = [turn for turn in staff.timeline if turn.sequence < episode.sequence][-1:]
    within = [
        turn
        for turn in staff.timeline
        if turn.sequence >= episode.sequence and (until is None or turn.sequence < until)
    ]
    return (*before, *within)


def steps(hire: Hire, staff: Staff, completer: Completer, *, in_baseline: bool) -> list[Step]:
    """The rule as it stands with what is known now."""
    return list(_steps(hire, _episode(staff, hire), staff, completer, in_baseline=in_baseline))


def _episode(staff: Staff, hire: Hire) -> Episode | None:
    return next((each for each in staff.episodes if each.number == hire.episode), None)


def _steps(
    hire: Hire, episode: Episode | None, staff: Staff, completer: Completer, *, in_baseline: bool
) -> Iterator[Step]:
    appointed = episode is not None and staff.appointment_in(episode) is not None
    seen_on = episode.first_seen_on.isoformat() if episode else ""
    yield Step(
        "5.3",
        "new_person",
        appointed,
        {"first_seen_on": seen_on, "in_baseline": "yes" if in_baseline else "no", "employment": str(hire.episode)},
    )
    by_person = hire.match_basis is MatchBasis.REVIEWER
    yield Step(
        "5.3 (1)",
        "match",
        by_person or hire.match_confidence >= AUTOMATIC,
        {
            "basis": hire.match_basis.value,
            "confidence": f"{hire.match_confidence:.2f}",
            "needed": "a person’s word" if by_person else f"{AUTOMATIC:.2f}",
        },
    )
    completed = [completion.completed_on for completion in completer.completions]
    gap = (hire.hire_date - min(completed)).days if completed else None
    yield Step(
        "5.3 (2)",
        "completion",
        bool(completed),
        {
            "completed_on": min(completed).isoformat() if completed else "",
            "hire_date": hire.hire_date.isoformat(),
            "days_after_completion": "" if gap is None else str(gap),
            "variant": hire.variant.value,
        },
    )
    yield Step("5.3 (3)", "educator_role", hire.role in EDUCATOR_ROLES, {"role": hire.role})
    inferred = hire.hire_date_basis is HireDateBasis.FIRST_SEEN
    practising = inferred and completer.is_practising_at(hire.school_id, hire.hire_date)
    yield Step("5.3 (4)", "no_placement", not practising, {"dated_by_the_source": "no" if inferred else "yes"})
    yield Step("5.3 (5)", "told_once", True, {"key": f"{hire.completer_id} | {hire.district_id} | {hire.episode}"})


def person_shown(known: Known, *, in_full: bool) -> dict[str, str]:
    """Who was seen, by field; masked for those who may not see the district's staff."""
    told = {
        "given_name": known.given,
        "family_name": known.family,
        "birth_date": known.birth_date.isoformat() if known.birth_date else "",
        "email": ", ".join(known.emails),
        **_identifiers(known.identifiers),
    }
    return {field: value if in_full else masked(value) for field, value in told.items() if value}


def _identifiers(identifiers: Sequence[tuple[str, str]]) -> dict[str, str]:
    by_system: dict[str, list[str]] = {}
    for system, value in identifiers:
        by_system.setdefault(system, []).append(value)
    return {system: ", ".join(values) for system, values in by_system.items()}
