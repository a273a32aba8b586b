"""No published figure lets anybody read or work out a small group's answers."""

from hypothesis import given
from hypothesis import strategies as st

from services.analytics.domain.withholding import Withheld, own_reason, withheld_groups

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


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), DISTRIBUTIONS, max_size=8))
def test_what_subtraction_leaves_is_never_one_group_or_too_few_answers(groups: dict[str, dict[int, int]]) -> None:
    withheld = withheld_groups(groups, THRESHOLD)
    hidden = [group for group in withheld if sum(groups[group].values())]
    published = [group for group in groups if group not in withheld]
    if hidden and published:
        assert len(hidden) >= 2
        assert sum(sum(groups[group].values()) for group in hidden) >= THRESHOLD
    for group in published:
        assert own_reason(groups[group], THRESHOLD) is None
