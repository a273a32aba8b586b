"""What a reader sees of a campaign."""

from services.analytics.domain.disposition import FactKind
from services.analytics.domain.fact import Fact
from services.analytics.domain.results import Results, results_of
from services.analytics.domain.tally import Tally, tally_of
from services.analytics.domain.withholding import Withheld
from tests.analytics.facts import READINESS, a_fact


def answered(name: str, codes: list[int], unanswered: int = 0) -> Tally:
    facts: list[Fact] = []
    for number, code in enumerate(codes):
        facts += [
            a_fact(FactKind.ISSUED, f"{name}-{number}"),
            a_fact(FactKind.SUBMITTED, f"{name}-{number}", answers={"readiness": code}),
        ]
    return tally_of(facts + [a_fact(FactKind.ISSUED, f"{name}-open-{number}") for number in range(unanswered)])


def of(**providers: Tally) -> Results:
    return results_of("hiring-2027", providers, (READINESS,), threshold=10)


def test_a_provider_stands_beside_the_state() -> None:
    results = of(large=answered("large", [3] * 6 + [4] * 6, unanswered=4), other=answered("other", [5] * 5 + [2] * 7))
    large = results.providers["large"]
    assert (large.issued, large.answered, large.response_rate.share) == (16, 12, 0.75)
    choices = large.items[0].choices
    assert choices is not None
    assert [(choice.code, choice.count) for choice in choices] == [(1, 0), (2, 0), (3, 6), (4, 6), (5, 0)]
    assert results.state.answered == 24
    assert sum(choice.count for choice in results.state.items[0].choices or ()) == 24


def test_a_small_provider_keeps_its_rate_and_loses_its_answers() -> None:
    results = of(small=answered("small", [5] * 9), large=answered("large", [3] * 6 + [4] * 6))
    small = results.providers["small"]
    assert (small.answered, small.response_rate.share) == (9, 1.0)
    assert small.items[0].choices is None
    assert small.items[0].withheld is Withheld.TOO_FEW


def test_a_lone_small_provider_is_not_given_away_by_the_others() -> None:
    results = of(
        small=answered("small", [5] * 3), middle=answered("middle", [3] * 6 + [4] * 6), large=answered("x", [1, 2] * 20)
    )
    assert results.providers["middle"].items[0].withheld is Withheld.PROTECTS_ANOTHER
    assert results.providers["large"].items[0].withheld is None


def test_a_state_with_few_answers_is_withheld_too() -> None:
    assert of(small=answered("small", [5, 4, 3])).state.items[0].withheld is Withheld.TOO_FEW


def test_the_only_provider_with_answers_shows_no_more_than_the_state() -> None:
    shown = of(only=answered("only", [3] * 6 + [4] * 6), none=answered("none", [], unanswered=5))
    assert shown.state.items[0].choices
    assert shown.providers["only"].items[0].choices == shown.state.items[0].choices
    alike = of(only=answered("only", [5] * 12), none=answered("none", [], unanswered=5))
    assert (alike.providers["only"].items[0].choices, alike.state.items[0].choices) == (None, None)


def test_no_figure_of_a_withheld_group_tells_answers_or_when_they_came() -> None:
    small = of(small=answered("small", [5] * 9), large=answered("large", [3] * 6 + [4] * 6)).providers["small"]
    told = small.model_dump(mode="json")
    assert told.keys() == {
        "roster", "issued", "delivered", "answered", "response_rate", "dispositions", "items",
    }  # fmt: skip
    (item,) = told["items"]
    assert {name: value for name, value in item.items() if name not in ("item_id", "label", "is_headline")} == {
        "answered": 9,
        "choices": None,
        "withheld": "too_few",
    }
