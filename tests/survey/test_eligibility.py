"""Who is asked about, and who is asked."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.survey.domain.decision import Outcome, Rule
from services.survey.domain.eligibility import decide
from services.survey.domain.employment import Employment
from shared.events.partnership import MatchBasis
from shared.ids import derived
from tests.survey.builders import (
    COMPLETER,
    DISTRICT,
    NOW,
    OTHER_PROGRAM,
    OTHER_SCHOOL,
    SCHOOL,
    amended,
    campaign,
    completion,
    decisions,
    ended,
    hired,
    withdrawn,
)


def recipient(**changes: Any) -> str:
    (decision,) = decisions((hired(**changes), 1))
    assert decision.target is not None
    return decision.target.recipient_role


def test_the_principal_of_the_school_is_asked() -> None:
    assert recipient() == f"{SCHOOL}:principal"


@pytest.mark.parametrize("role", ["principal", "administrator", "school-admin", "Assistant_Principal"])
def test_about_an_administrator_the_superintendent_is_asked(role: str) -> None:
    assert recipient(role=role) == f"{DISTRICT}:superintendent"


def test_without_a_school_whoever_the_district_names_for_this_hire_is_asked() -> None:
    assert recipient(school_id=None) == f"{hired().hire_id}:recipient"
    assert recipient(school_id=None, role="district-admin") == f"{DISTRICT}:superintendent"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"completions": (completion(completed_on=date(2019, 5, 1)),)}, Rule.COMPLETED_OUTSIDE_THE_YEARS),
        ({"completions": (completion(completed_on=date(2027, 8, 1)),)}, Rule.COMPLETED_OUTSIDE_THE_YEARS),
        ({"hire_date": date(2027, 7, 1)}, Rule.HIRED_TOO_LATE),
        ({"role": "substitute"}, Rule.ROLE_OUT_OF_SCOPE),
        ({"match_confidence": 0.7}, Rule.MATCH_TOO_UNCERTAIN),
    ],
)
def test_who_is_not_asked_about_is_decided_by_a_named_rule(changes: dict[str, Any], rule: Rule) -> None:
    (decision,) = decisions((hired(**changes), 1))
    assert (decision.outcome, decision.rule, decision.target) == (Outcome.SKIP, rule, None)


def test_what_a_reviewer_confirmed_is_certain_whatever_the_score() -> None:
    (decision,) = decisions((hired(match_confidence=0.4, match_basis=MatchBasis.REVIEWER), 1))
    assert decision.rule is Rule.ELIGIBLE


def test_an_excluded_employer_is_not_asked() -> None:
    rules = campaign().eligibility.model_copy(update={"excluded_employers": frozenset({DISTRICT})})
    (decision,) = decisions((hired(), 1), of=campaign(eligibility=rules))
    assert decision.rule is Rule.EMPLOYER_EXCLUDED


def test_after_the_campaign_nobody_new_is_asked() -> None:
    (decision,) = decisions((hired(), 1), now=datetime(2027, 8, 1, tzinfo=UTC))
    assert decision.rule is Rule.CAMPAIGN_CLOSED


def test_a_decision_tells_what_the_rule_looked_at_and_in_which_version() -> None:
    (decision,) = decisions((hired(), 1))
    assert decision.rules_version == campaign().eligibility.version
    assert decision.inputs["completed_on"] == "2026-05-20"
    assert decision.inputs["role"] == "teacher"


def test_two_programs_are_two_decisions() -> None:
    both = decisions((hired(completions=(completion(), completion(OTHER_PROGRAM))), 1))
    assert {decision.about[1] for decision in both} == {completion().program_id, OTHER_PROGRAM}


def test_whatever_the_order_of_hire_amendment_and_end_the_decision_is_the_same() -> None:
    told = [(hired(), 1), (amended(school_id=OTHER_SCHOOL), 2), (ended(), 3)]
    first = decisions(*told)
    for order in ([0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [0, 0, 1, 1, 2, 2, 0]):
        assert decisions(*(told[place] for place in order)) == first
    assert first[0].rule is Rule.EMPLOYMENT_ENDED


def test_an_amendment_heard_before_its_hire_decides_the_school() -> None:
    (decision,) = decisions((amended(school_id=OTHER_SCHOOL), 2), (hired(), 1))
    assert decision.target is not None
    assert decision.target.school_id == OTHER_SCHOOL


def test_a_withdrawal_heard_before_its_hire_holds() -> None:
    assert decisions((withdrawn(), 2)) == []
    (decision,) = decisions((withdrawn(), 2), (hired(), 1))
    assert (decision.outcome, decision.rule) == (Outcome.SKIP, Rule.HIRE_WITHDRAWN)


def test_a_completer_who_moved_is_asked_about_in_the_new_district() -> None:
    moved = hired(
        hire_id=derived("hire", COMPLETER, "00440000", "1"),
        district_id="00440000",
        school_id="00440005",
        hire_date=date(2027, 1, 10),
    )
    for told in ([(hired(), 1), (moved, 1)], [(hired(), 1), (moved, 1), (ended(), 2)], [(moved, 1), (ended(), 2)]):
        (decision,) = decisions(*told)
        assert decision.target is not None
        assert decision.target.school_id == "00440005"


def test_a_decision_is_kept_once_however_often_it_is_taken() -> None:
    employment = Employment(completer_id=COMPLETER).told(hired(), 1)
    once = employment.decided(decide(employment, campaign(), NOW))
    assert len(once.decisions) == 1
    assert once.decided(decide(once, campaign(), datetime(2027, 5, 1, tzinfo=UTC))) is once
