"""How well likeness does where the truth is known. What is promised is held; docs/matching.md has all figures."""

import pytest

from services.partnership.domain.likeness import MOST_CANDIDATES
from services.partnership.domain.linkage.assignment import one_to_one
from services.partnership.domain.linkage.scoring import Pair
from services.partnership.store.linkage_models import model_without_training
from tests.partnership import febrl, noisy

STAFF, COMPLETERS, SEED = 10_000, 20_000, 3
FALSE_REVIEWS = 0.06


@pytest.mark.timeout(900)
@pytest.mark.parametrize("field_set", febrl.FIELD_SETS)
def test_febrl_4_is_linked_as_promised(field_set: str) -> None:
    found = febrl.compare(4, field_set).at(febrl.thresholds()[field_set])
    assert found.f1 >= febrl.TO_REACH[field_set], found


@pytest.mark.timeout(900)
def test_the_same_files_give_the_same_model_and_the_same_pairs() -> None:
    first, second = (febrl.compare(1, "names, birth date, postcode") for _ in range(2))
    assert first.pairs == second.pairs
    with pytest.raises(ValueError, match="FEBRL 4"):
        febrl.best_threshold([febrl.Compared(4, "names, birth date", first.files, first.pairs)])


def test_one_to_one_gives_each_record_to_the_strongest_pair() -> None:
    weights = {("a", "x"): 9.0, ("a", "y"): 8.0, ("b", "x"): 7.0, ("b", "y"): 1.0, ("c", "z"): 0.5}
    pairs = [Pair(left, right, weight, (0, 0), ()) for (left, right), weight in weights.items()]
    assert [(pair.left, pair.right) for pair in one_to_one(reversed(pairs), 1.0)] == [("a", "x"), ("b", "y")]


@pytest.mark.timeout(900)
def test_a_season_with_noise_is_matched_rightly_and_nothing_by_likeness() -> None:
    season = noisy.a_season(STAFF, COMPLETERS, SEED)
    outcome, people = noisy.settled(season, model_without_training())
    assert outcome.precision_without_review >= 0.99
    assert outcome.recall_with_review >= 0.95
    assert max(len(candidates) for candidates in outcome.in_review.values()) <= MOST_CANDIDATES
    assert outcome.false_reviews <= FALSE_REVIEWS * STAFF
    for person in people:
        if person.completer_id is not None:
            assert person.matching.candidates[0].is_certain
