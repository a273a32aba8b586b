"""What partners answered about providers under review: figures by the criteria of a review, beside all of the reviews.

The group is a review: a provider that is reviewed twice is two groups. Withholding is that of all results.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from services.analytics.domain.results import METHOD, GroupFigures, ItemAnswers, results_of
from services.analytics.domain.tally import Tally
from services.analytics.domain.withholding import Withheld
from shared.events.survey import InstrumentItem

FAVOURABLE = 2
"""So many of the highest answers of an item speak well of the provider."""


class Reviewed(NamedTuple):
    """A provider under review; the school year is that in which the review opened."""

    review_id: str
    provider_id: str
    school_year: int


class Criterion(BaseModel):
    """The answers to all items of one criterion: the share of the two highest among them.

    None where nothing was answered, or where one of the items is withheld: what is told of the others would tell of it.
    """

    model_config = ConfigDict(frozen=True)

    criterion: str
    item_ids: tuple[str, ...]
    answers: int
    favourable: float | None
    withheld: Withheld | None


class ReviewFigures(GroupFigures):
    """One review, or all of them together (then without ids)."""

    review_id: str | None = None
    provider_id: str = ""
    school_year: int | None = None
    criteria: tuple[Criterion, ...] = ()


class CriteriaResults(BaseModel):
    """One Partner Survey: all providers under review together, and each review, as of the newest fact behind them."""

    model_config = ConfigDict(frozen=True)

    campaign_id: str
    method: str
    threshold: int
    as_of: datetime | None
    all_reviews: ReviewFigures
    reviews: tuple[ReviewFigures, ...]


def criteria_of(
    campaign_id: str, reviews: Mapping[Reviewed, Tally], items: Sequence[InstrumentItem], threshold: int
) -> CriteriaResults:
    """The figures of every review. What is withheld is decided over all of them at once."""
    results = results_of(
        campaign_id, {review.review_id: tally for review, tally in reviews.items()}, tuple(items), threshold
    )
    by_criterion: dict[str, list[InstrumentItem]] = {}
    for item in items:
        if item.criterion is not None:
            by_criterion.setdefault(item.criterion, []).append(item)
    newest_first = sorted(reviews, key=lambda review: (-review.school_year, review.provider_id, review.review_id))
    return CriteriaResults(
        campaign_id=campaign_id,
        method=METHOD,
        threshold=threshold,
        as_of=results.as_of,
        all_reviews=_figures(results.state, by_criterion),
        reviews=tuple(_figures(results.providers[review.review_id], by_criterion, review) for review in newest_first),
    )


def _figures(
    group: GroupFigures, by_criterion: Mapping[str, Sequence[InstrumentItem]], review: Reviewed | None = None
) -> ReviewFigures:
    answers = {item.item_id: item for item in group.items}
    return ReviewFigures(
        **dict(group),
        **(review._asdict() if review is not None else {}),
        criteria=tuple(
            _criterion(name, items, [answers[item.item_id] for item in items]) for name, items in by_criterion.items()
        ),
    )


def _criterion(name: str, items: Sequence[InstrumentItem], answers: Sequence[ItemAnswers]) -> Criterion:
    answered = [item for item in answers if item.answered]
    withheld = next((item.withheld for item in answered if item.withheld is not None), None)
    count = sum(item.answered for item in answered)
    well = 0
    for item in answered:
        highest = _highest(items, item.item_id)
        well += sum(choice.count for choice in item.choices or () if choice.code in highest)
    return Criterion(
        criterion=name,
        item_ids=tuple(item.item_id for item in items),
        answers=count,
        favourable=well / count if count and withheld is None else None,
        withheld=withheld,
    )


def _highest(items: Iterable[InstrumentItem], item_id: str) -> set[int]:
    codes = sorted(point.code for item in items if item.item_id == item_id for point in item.scale)
    return set(codes[-FAVOURABLE:])
