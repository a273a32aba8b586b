"""Each survey counts once, whatever order and number its facts came in."""

from hypothesis import given
from hypothesis import strategies as st

from services.analytics.domain.disposition import Disposition, FactKind, disposition_of
from services.analytics.domain.fact import Fact
from services.analytics.domain.tally import Tally, tally_of, total
from tests.analytics.facts import a_fact

LIFE = [
    a_fact(FactKind.ISSUED, "a"),
    a_fact(FactKind.DELIVERED, "a"),
    a_fact(FactKind.STARTED, "a"),
    a_fact(FactKind.SUBMITTED, "a", answers={"readiness": 4}),
    a_fact(FactKind.ISSUED, "b"),
    a_fact(FactKind.BOUNCED, "b"),
    a_fact(FactKind.ISSUED, "c"),
    a_fact(FactKind.DELIVERED, "c"),
    a_fact(FactKind.DECLINED, "c", reason="left"),
    a_fact(FactKind.ISSUED, "d"),
    a_fact(FactKind.WITHDRAWN, "d", reason="hire_withdrawn"),
    a_fact(FactKind.ISSUED, "e"),
    a_fact(FactKind.STARTED, "e"),
    a_fact(FactKind.EXPIRED, "e"),
]


def test_the_states_add_up_to_the_roster() -> None:
    tally = tally_of(LIFE)
    assert tally.roster == 5
    assert tally.dispositions == {
        Disposition.SUBMITTED: 1,
        Disposition.BOUNCED: 1,
        Disposition.DECLINED: 1,
        Disposition.WITHDRAWN: 1,
        Disposition.PARTIAL: 1,
    }


def test_a_withdrawn_survey_is_no_part_of_the_denominator() -> None:
    tally = tally_of(LIFE)
    assert (tally.issued, tally.answered, tally.delivered) == (4, 1, 3)


def test_reasons_are_counted_with_what_they_explain() -> None:
    assert tally_of(LIFE).reasons == {"left": 1, "hire_withdrawn": 1}


@given(st.permutations(LIFE), st.lists(st.sampled_from(LIFE)))
def test_order_and_repetition_change_nothing(shuffled: list[Fact], again: list[Fact]) -> None:
    assert tally_of(shuffled + again) == tally_of(LIFE)


@given(st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_the_sum_of_disjoint_groups_is_the_tally_of_all(group_of: list[int]) -> None:
    placed = dict(zip("abcde", group_of, strict=True))
    groups = [[fact for fact in LIFE if placed[fact.survey_id] == group] for group in range(3)]
    assert total(tally_of(group) for group in groups) == tally_of(LIFE)


def test_an_answer_counts_even_if_its_issue_has_not_been_heard_of() -> None:
    tally = tally_of([a_fact(FactKind.SUBMITTED, answers={"readiness": 5})])
    assert (tally.issued, tally.answered, tally.answers) == (1, 1, {"readiness": {5: 1}})


def test_an_answer_stands_even_if_the_hire_was_withdrawn_later() -> None:
    assert disposition_of({FactKind.ISSUED, FactKind.SUBMITTED, FactKind.WITHDRAWN}) is Disposition.SUBMITTED


def test_a_survey_that_was_withdrawn_and_issued_again_is_open() -> None:
    withdrawn = [a_fact(FactKind.ISSUED), a_fact(FactKind.WITHDRAWN, reason="employment_ended")]
    again = a_fact(FactKind.ISSUED)
    assert tally_of([again, *withdrawn]).dispositions == {Disposition.ISSUED: 1}
    assert tally_of([again, *withdrawn, a_fact(FactKind.WITHDRAWN, reason="hire_withdrawn")]).reasons == {
        "hire_withdrawn": 1
    }


def test_nothing_is_an_empty_tally() -> None:
    assert tally_of([]) == Tally()
