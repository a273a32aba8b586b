"""No published figure lets anybody read or work out a small group's answers."""

from hypothesis import example, given
from hypothesis import strategies as st

from services.analytics.domain.results import results_of
from services.analytics.domain.tally import Tally
from services.analytics.domain.withholding import Withheld, own_reason, withheld_groups
from tests.analytics.facts import READINESS

THRESHOLD = 10

DISTRIBUTIONS = st.dictionaries(st.integers(1, 5), st.integers(0, 30), max_size=5)


def spread(count: int) -> dict[int, int]:
    return {1: count // 2, 2: count - count // 2}


def test_fewer_answers_than_the_threshold_are_withheld() -> None:
    assert own_reason(spread(9), THRESHOLD) is Withheld.TOO_FEW
    assert own_reason(spread(10), THRESHOLD) is None


def test_answers_that_are_all_alike_or_all_but_one_are_withheld() -> None:
    assert own_reason({5: 12}, THRESHOLD) is Withheld.TOO_ALIKE
    assert own_reason({5: 11, 4: 1}, THRESHOLD) is Withheld.TOO_ALIKE
    assert own_reason({5: 10, 4: 2}, THRESHOLD) is None


def test_a_single_small_group_takes_the_smallest_other_with_it() -> None:
    groups = {"small": spread(3), "middle": spread(12), "large": spread(40)}
    assert withheld_groups(groups, THRESHOLD) == {"small": Withheld.TOO_FEW, "middle": Withheld.PROTECTS_ANOTHER}


def test_small_groups_that_hide_each_other_need_no_other() -> None:
    groups = {"a": spread(6), "b": spread(5), "large": spread(40)}
    assert withheld_groups(groups, THRESHOLD).keys() == {"a", "b"}


def test_a_group_without_answers_is_withheld_and_protects_nobody() -> None:
    groups = {"none": {}, "large": spread(40)}
    assert withheld_groups(groups, THRESHOLD) == {"none": Withheld.TOO_FEW}


def test_small_groups_that_all_said_the_same_do_not_hide_each_other() -> None:
    groups = {"a": {5: 6}, "b": {5: 5}, "middle": spread(12), "large": spread(40)}
    assert withheld_groups(groups, THRESHOLD).keys() == {"a", "b", "middle"}


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), DISTRIBUTIONS, max_size=8))
@example({"a": {5: 6}, "b": {5: 5}, "c": {1: 20, 2: 20}})
@example({"only": {4: 6, 5: 6}, "none": {}})
def test_whoever_subtracts_all_that_is_published_learns_what_no_withheld_group_answered(
    groups: dict[str, dict[int, int]],
) -> None:
    results = results_of(
        "c", {name: Tally(answers={"readiness": answers}) for name, answers in groups.items()}, (READINESS,), THRESHOLD
    )
    state = results.state.items[0]
    if state.choices is None:
        assert all(figures.items[0].choices is None for figures in results.providers.values())
        return
    left = {choice.code: choice.count for choice in state.choices}
    sizes = {}
    for name, figures in results.providers.items():
        item = figures.items[0]
        if item.choices is None:
            sizes[name] = item.answered
        for choice in item.choices or ():
            left[choice.code] -= choice.count
    total = sum(left.values())
    assert total == sum(sizes.values())
    for size in filter(None, sizes.values()):
        # Of `size` people, at least this many and at most that many must have given each answer.
        bounds = [(max(0, size - (total - count)), min(size, count)) for count in left.values()]
        assert size < total
        assert any(most > least for least, most in bounds)
        assert all(least < size for least, _ in bounds)
