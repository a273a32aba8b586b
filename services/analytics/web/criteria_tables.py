"""The rows of the tables about providers under review: text, ready to print."""

from collections.abc import Mapping

from markupsafe import Markup

from services.analytics.domain.criteria import CriteriaResults, Criterion, ReviewFigures
from services.analytics.domain.results import ItemAnswers
from services.analytics.web.tables import Row, why_withheld
from shared.pages.filters import NOTHING, number, percent

ALL_REVIEWS = "All under review"
CRITERION_WORDS = {
    "responds_to_needs": "Response to district needs",
    "uses_contributions": "Partners’ contributions used",
    "improves_candidate_experience": "Candidates’ experience",
    "benefits_students": "Effect on students",
    "evaluates_partnership": "Evaluation of the partnership",
}


def criterion_words(criterion: str) -> str:
    return CRITERION_WORDS.get(criterion, criterion.replace("_", " ").capitalize())


def head_of_reviews(results: CriteriaResults) -> list[str]:
    """The columns of `review_rows`."""
    criteria = [criterion_words(one.criterion) for one in results.all_reviews.criteria]
    return ["Provider", "Opened in", "Asked", "Answered", *criteria]


def review_rows(results: CriteriaResults, names: Mapping[str, str]) -> list[Row]:
    """A line for each review, and in the end all of them together."""
    rows: list[Row] = []
    for review in results.reviews:
        address = f"/criteria/{results.campaign_id}/reviews/{review.review_id}"
        link = Markup('<a class="usa-link" href="{}">{}</a>').format(address, names[review.provider_id])
        rows.append([link, school_year(review.school_year), *_short(review)])
    return [*rows, [ALL_REVIEWS, NOTHING, *_short(results.all_reviews)]]


def criterion_rows(review: ReviewFigures, beside: ReviewFigures | None, threshold: int) -> list[Row]:
    """A line for each criterion; and how all reviews together stand, where they are `beside`."""
    rows: list[Row] = []
    for place, one in enumerate(review.criteria):
        row: Row = [criterion_words(one.criterion), number(one.answers), _share(one, threshold)]
        rows.append([*row, _share(beside.criteria[place], threshold)] if beside is not None else row)
    return rows


def items_by_criterion(review: ReviewFigures) -> list[tuple[str, list[ItemAnswers]]]:
    """Heading and items, criterion by criterion; at last what speaks to none."""
    items = {item.item_id: item for item in review.items}
    found = [(criterion_words(one.criterion), [items.pop(each) for each in one.item_ids]) for one in review.criteria]
    return [*found, ("Who answered", list(items.values()))] if items else found


def school_year(year: int | None) -> str:
    return NOTHING if year is None else f"{year - 1}–{year % 100:02d}"


def _short(review: ReviewFigures) -> Row:
    shares: Row = [percent(one.favourable) for one in review.criteria]
    return [number(review.issued), number(review.answered), *shares]


def _share(one: Criterion, threshold: int) -> str:
    if one.favourable is not None:
        return percent(one.favourable)
    return f"{NOTHING} {why_withheld(one.withheld, threshold)}" if one.withheld is not None else NOTHING
