"""Likeness proposes, people decide: whatever it finds, nothing becomes a match, or a hire, by it."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.partnership.domain.block_keys import block_keys
from services.partnership.domain.comparing import proposals
from services.partnership.domain.completer import Completer, Enrolment
from services.partnership.domain.episodes import Appointment, Episode
from services.partnership.domain.exact_evidence import match
from services.partnership.domain.hire import decide, hire
from services.partnership.domain.likeness import MOST_CANDIDATES, Likeness
from services.partnership.domain.match_keys import Known
from services.partnership.domain.matching import LIKENESS, Candidate, Matching
from services.partnership.domain.staff import Staff
from services.partnership.store.linkage_models import model_without_training
from shared.events.partnership import HireDateBasis, MatchBasis

NOW = datetime(2026, 9, 1, tzinfo=UTC)
BY: dict[str, Any] = {"by": "reviewer", "reason": "asked the district", "now": NOW}
HIRED = Appointment(hire_date=date(2026, 8, 25), basis=HireDateBasis.EXPLICIT)
ALIKE = Likeness(probability=1.0, prior=-10.0, model="m", agreements=())

short = st.sampled_from(["Mei", "May", "Bob", "Robert", "Lee", "Li", "O'Brien", "Null", ""])
numbers = st.lists(
    st.tuples(st.sampled_from(["state_id", "licence"]), st.sampled_from(["10000001", "10000002"])), max_size=2
)
people = st.builds(
    Known,
    given=short,
    family=short,
    former_families=st.lists(short, max_size=1).map(tuple),
    birth_date=st.none() | st.sampled_from([date(1999, 2, 3), date(1999, 3, 2)]),
    emails=st.lists(st.sampled_from(["lee@x.example", "mei@y.example"]), max_size=1).map(tuple),
    identifiers=numbers.map(tuple),
)


def a_completer(number: int, known: Known) -> Completer:
    done = Enrolment(
        program_id="p", program_name="P", provider_id="x", begins_on=date(2024, 9, 1), completed_on=date(2026, 5, 17)
    )
    return Completer(
        completer_id=f"c-{number}", provider_id="x", candidate_identifier=str(number), known=known, enrolments=(done,)
    )


def a_colleague(known: Known, matching: Matching | None = None) -> Staff:
    begun = Episode(
        number=1, sequence=1, first_seen_on=HIRED.hire_date, role="teacher", school_id="s", appointment=HIRED
    )
    return Staff(
        staff_id="s-1",
        connection_id="f",
        district_id="d",
        source_keys=("u-1",),
        known=known,
        digest="",
        timeline=(),
        episodes=(begun,),
        matching=matching or Matching(),
    )


@given(known=people, registry=st.lists(people, max_size=6), chances=st.lists(st.floats(0, 1), min_size=6, max_size=6))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_likeness_says_only_exact_evidence_or_a_person_makes_a_match(
    known: Known, registry: list[Known], chances: list[float]
) -> None:
    completers = [a_completer(number, each) for number, each in enumerate(registry)]
    before = decide(a_colleague(known), completers)
    likely = [
        (each, ALIKE.model_copy(update={"probability": chance}))
        for each, chance in zip(completers, chances, strict=False)
    ]
    compared = before.matching.compared("m", likely) if before.matching.is_to_compare else before.matching
    after = decide(before.with_matching(compared, before.completer_id), completers) if before.may_be_hired else before
    assert after.completer_id == before.completer_id
    assert (after.matching.state == "matched") == (match(known, completers).state == "matched")
    for matching in (compared, after.matching):
        assert len(matching.candidates) <= max(MOST_CANDIDATES, len(before.matching.candidates))
        assert not any(each.is_certain for each in matching.candidates if each.is_by_likeness)
        assert matching.basis is None or matching.candidates[0].is_certain


def test_likeness_cannot_be_told_as_evidence_of_a_hire() -> None:
    with pytest.raises(ValueError):
        MatchBasis(LIKENESS)
    proposed = Candidate(completer_id="c-1", provider_id="x", confidence=0.9, evidence=(LIKENESS,), likeness=ALIKE)
    with pytest.raises(ValidationError):
        Candidate.model_validate(proposed.model_dump() | {"confidence": 0.99})
    completer = a_completer(1, Known(given="Mei", family="Lee"))
    forged = Matching(state="matched", basis=MatchBasis.NAME_AND_BIRTH_DATE, candidates=(proposed,))
    person = a_colleague(completer.known, forged).with_matching(forged, "c-1")
    tell = partial(hire, person, person.now, completer, employers=frozenset())
    with pytest.raises(ValueError, match="a person has to have said so"):
        tell()
    review = Matching(state="review", candidates=(proposed,)).confirmed("c-1", **BY)
    confirmed = person.with_matching(review, "c-1")
    assert hire(confirmed, person.now, completer, employers=frozenset()).match_basis is MatchBasis.REVIEWER


def test_a_confirmation_that_is_taken_back_brings_all_candidates_back() -> None:
    both = tuple(
        Candidate(completer_id=each, provider_id="x", confidence=0.8, evidence=(LIKENESS,), likeness=ALIKE)
        for each in ("c-1", "c-2")
    )
    review = Matching(state="review", reason=LIKENESS, candidates=both, compared_by="m")
    confirmed = review.confirmed("c-2", **BY)
    said = confirmed.standing("c-2")
    assert said is not None
    assert (said.by, said.at, said.reason, said.candidates) == ("reviewer", NOW, "asked the district", both)
    undone = confirmed.undone(said, **BY)
    assert (undone.state, undone.candidates, undone.basis, undone.decided_by) == ("review", both, None, None)
    assert [each.what for each in undone.decisions] == ["confirmed", "confirmation_undone"]
    assert undone.standing("c-2") is None


def test_a_rejection_that_is_taken_back_brings_its_candidate_back_and_no_other() -> None:
    one, two = (
        Candidate(completer_id=each, provider_id="x", confidence=0.8, evidence=(LIKENESS,), likeness=ALIKE)
        for each in ("c-1", "c-2")
    )
    none_left = Matching(state="review", candidates=(one, two)).without("c-1", **BY).without("c-2", **BY)
    assert (none_left.state, none_left.rejected) == ("none", ("c-1", "c-2"))
    said = none_left.standing("c-1")
    assert said is not None
    undone = none_left.undone(said, **BY)
    assert (undone.state, undone.candidates, undone.rejected) == ("review", (one,), ("c-2",))
    assert [
        each.completer_id
        for each in undone.compared("m", [(a_completer(2, Known(given="M", family="L")), ALIKE)]).candidates
    ] == []


def test_a_couple_with_one_address_is_for_a_person() -> None:
    her = a_completer(1, Known(given="Mei", family="Lee", emails=("lees@home.example",)))
    assert match(Known(given="Robert", family="Lee", emails=("lees@home.example",)), [her]).reason == "names_contradict"
    assert match(Known(given="M.", family="Lee", emails=("lees@home.example",)), [her]).state == "matched"


@pytest.mark.parametrize(
    "other",
    [
        Known(given="Bob", family="Breen"),
        Known(given="Breen", family="Robert"),
        Known(given="Al", family="Moss", birth_date=date(1990, 3, 2)),
        Known(given="Al", family="Moss", former_families=("Brien",)),
        Known(given="Al", family="Moss", emails=("rbrien@district.example",)),
    ],
)
def test_what_may_be_one_person_is_compared(other: Known) -> None:
    one = Known(
        given="Robert",
        family="O'Brien",
        birth_date=date(1990, 2, 3),
        emails=("rbrien@college.example",),
        former_families=("Brien",),
    )
    known = (
        one if other.family != "Moss" or other.birth_date or other.emails else one.model_copy(update={"given": "Al"})
    )
    assert set(block_keys(known)) & set(block_keys(other))


def test_the_same_records_are_as_alike_each_time_and_the_most_alike_comes_first() -> None:
    person = a_colleague(Known(given="Bob", family="Brien", birth_date=date(1990, 2, 3)))
    registry = [
        a_completer(1, Known(given="Robert", family="O'Brien", birth_date=date(1990, 3, 2))),
        a_completer(2, Known(given="Robert", family="Brian", birth_date=date(1971, 7, 8))),
        a_completer(3, Known(given="Bob", family="Brien", birth_date=date(1990, 2, 3))).model_copy(
            update={"enrolments": ()}
        ),
    ]
    model = model_without_training()
    found = proposals([person], registry, 1000, model)["s-1"]
    assert proposals([person], list(reversed(registry)), 1000, model)["s-1"] == found
    best, likeness = found[0]
    assert (best.completer_id, likeness.model) == ("c-1", model.version)
    levels = {each.field: each.level for each in likeness.agreements}
    assert (levels["given"], levels["born"]) == ("short_form", "day_and_month_swapped")
    assert likeness.probability > 0.5
    assert sum(each.probability for _, each in found) <= 1.0001


@given(known=people, registry=st.lists(people, min_size=1, max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_however_little_is_known_records_can_be_compared(known: Known, registry: list[Known]) -> None:
    completers = [a_completer(number, each) for number, each in enumerate([*registry, Known(given="", family="")])]
    for person in (known, Known(given="", family="")):
        found = proposals([a_colleague(person)], completers, 0, model_without_training())
        assert all(0 <= each.probability <= 1 for _, each in found.get("s-1", []))
