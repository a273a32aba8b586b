"""What partners say of providers under review, by criterion: counted once, beside the others, small groups withheld."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.analytics.domain.criteria import CriteriaResults, Reviewed, criteria_of
from services.analytics.domain.disposition import FactKind
from services.analytics.domain.tally import Tally, tally_of
from services.analytics.domain.withholding import Withheld
from shared.events.survey import (
    About,
    InstrumentItem,
    InstrumentPublished,
    ScalePoint,
    SurveyDeclined,
    SurveyIssued,
    SurveySubmitted,
    SurveyWithdrawn,
)
from shared.mongo import Mongo
from tests.analytics.conftest import Analytics
from tests.analytics.events import PUBLISHED, issued
from tests.analytics.facts import NOW, a_fact, a_leaf

SCALE = tuple(ScalePoint(code=code, label=text) for code, text in enumerate(("Never", "Rarely", "Often", "Always"), 1))
ITEMS = (
    InstrumentItem(item_id="asks", label="Asks us", scale=SCALE, criterion="uses_contributions"),
    InstrumentItem(item_id="acts", label="Acts on it", scale=SCALE, criterion="uses_contributions"),
    InstrumentItem(item_id="needs", label="Knows our needs", scale=SCALE, criterion="responds_to_needs"),
    InstrumentItem(item_id="years", label="For how long", scale=SCALE),
)
PARTNER_SURVEY = InstrumentPublished(
    instrument_id="partner_survey", version=1, title="Partner Survey", about=About.PROVIDER, items=ITEMS
)
RESULTS, PAGE = "/v1/criteria/partner-survey", "/criteria/partner-survey"


def where(survey_id: str, provider_id: str) -> dict[str, Any]:
    return {
        "survey_id": survey_id,
        "campaign_id": "partner-survey",
        "wave": f"review of {provider_id}",
        "review_id": f"review of {provider_id}",
        "instrument_id": "partner_survey",
        "instrument_version": 1,
        "school_year": 2027,
        "provider_id": provider_id,
        "district_id": "00350000",
    }


async def partners_answer(analytics: Analytics, provider_id: str, answers: int, asked: int | None = None) -> None:
    """Half of them always, half of them rarely; all have been partners for long or not."""
    ids = [f"{provider_id}-{number}" for number in range(asked or answers)]
    issues = [
        SurveyIssued(**where(one, provider_id), recipient_role="00350000:liaison", closes_on=date(2027, 6, 30))
        for one in ids
    ]
    await analytics.hear(PARTNER_SURVEY, *issues)
    await analytics.hear(
        *(
            SurveySubmitted(
                **where(one, provider_id),
                answers={item.item_id: 4 if number % 2 else 2 for item in ITEMS},
                submitted_at=NOW,
            )
            for number, one in enumerate(ids[:answers])
        ),
        sequence=2,
    )


async def test_partner_surveys_are_counted_by_review_and_criterion_on_page_and_api(analytics: Analytics) -> None:
    await partners_answer(analytics, "college", 12, asked=16)
    await partners_answer(analytics, "institute", 14)
    found = (await analytics.get(RESULTS)).json()
    college, institute = found["reviews"]
    assert (college["provider_id"], college["roster"], college["answered"]) == ("college", 16, 12)
    assert [(one["criterion"], one["answers"], one["favourable"]) for one in college["criteria"]] == [
        ("uses_contributions", 24, 0.5),
        ("responds_to_needs", 12, 0.5),
    ]
    assert found["all_reviews"]["answered"] == 26
    assert (await analytics.get(f"{RESULTS}/reviews/{institute['review_id']}")).json() == institute
    page = (await analytics.get(PAGE)).text
    assert "Partners’ contributions used" in page
    assert page.count("50%") >= 6
    detail = (await analytics.get(f"{PAGE}/reviews/{college['review_id']}")).text
    assert "Review opened in 2026–27" in detail
    assert "Who answered" in detail
    drawn = await analytics.get(f"{PAGE}/{college['review_id']}/items/asks.svg")
    assert (drawn.status_code, "All under review" in drawn.text) == (200, True)


async def test_what_the_instrument_is_about_decides_which_page_shows_a_campaign(analytics: Analytics) -> None:
    await analytics.hear(PUBLISHED, issued("s-1"))
    await partners_answer(analytics, "college", 12)
    moved = await analytics.get("/campaigns/partner-survey")
    assert (moved.status_code, moved.headers["location"]) == (303, PAGE)
    assert (await analytics.get("/campaigns/hiring-2027")).status_code == 200
    assert (await analytics.get("/v1/results/partner-survey")).status_code == 404
    assert (await analytics.get("/v1/criteria/hiring-2027")).status_code == 404
    assert (await analytics.get("/v1/criteria/nothing")).status_code == 404


async def test_a_provider_sees_its_review_beside_all_of_them_and_no_other(analytics: Analytics) -> None:
    for provider_id in ("college", "institute"):
        await partners_answer(analytics, provider_id, 12)
    mine = (await analytics.get(RESULTS, "provider", "college")).json()
    assert [one["provider_id"] for one in mine["reviews"]] == ["college"]
    assert mine["all_reviews"]["answered"] == 24
    theirs = "review of institute"
    for path in (f"{RESULTS}/reviews/{theirs}", f"{PAGE}/reviews/{theirs}", f"{PAGE}/{theirs}/items/asks.svg"):
        assert (await analytics.get(path, "provider", "college")).status_code == 404
    assert "institute" not in (await analytics.get(PAGE, "provider", "college")).text
    assert (await analytics.get(RESULTS, "district", "00350000")).json()["reviews"] == []


async def test_few_answers_are_withheld_with_their_criterion(analytics: Analytics) -> None:
    for provider_id, answers in (("college", 40), ("institute", 12), ("small", 3)):
        await partners_answer(analytics, provider_id, answers)
    found = {one["provider_id"]: one for one in (await analytics.get(RESULTS)).json()["reviews"]}
    told = {name: (one["criteria"][0]["favourable"], one["criteria"][0]["withheld"]) for name, one in found.items()}
    assert told == {
        "college": (0.5, None),
        "institute": (None, Withheld.PROTECTS_ANOTHER),
        "small": (None, Withheld.TOO_FEW),
    }
    page = (await analytics.get(f"{PAGE}/reviews/review of small")).text
    assert "— Withheld: fewer than 10 answers." in page
    assert (await analytics.get(f"{PAGE}/review of small/items/asks.svg")).status_code == 404


async def test_what_became_of_a_survey_about_a_provider_is_counted_with_its_reason(
    analytics: Analytics, mongo: Mongo
) -> None:
    await partners_answer(analytics, "college", 1, asked=4)
    await analytics.hear(
        SurveyDeclined.model_validate({**where("college-1", "college"), "reason": "wrong_person"}),
        SurveyWithdrawn.model_validate({**where("college-2", "college"), "reason": "review_closed"}),
        sequence=3,
    )
    (college,) = (await analytics.get(RESULTS)).json()["reviews"]
    assert college["dispositions"] == {"submitted": 1, "declined": 1, "withdrawn": 1, "issued": 1}
    assert (college["roster"], college["issued"]) == (4, 3)
    (leaf,) = await mongo.collection("leaves").find({})
    assert (leaf["program_id"], leaf["review_id"]) == (None, "review of college")
    assert leaf["tally"]["reasons"] == {"wrong_person": 1, "review_closed": 1}


def test_leaves_about_completers_are_what_they_were() -> None:
    assert a_leaf().leaf_id == a_leaf()._replace(review_id=None).leaf_id
    assert "review_id" not in a_leaf().fields()
    assert a_leaf()._replace(review_id="r").leaf_id != a_leaf().leaf_id


def tally(name: str, codes: dict[str, list[int]]) -> Tally:
    longest = max(map(len, codes.values()), default=0)
    facts = []
    for number in range(longest):
        answers = {item: given[number] for item, given in codes.items() if number < len(given)}
        facts += [
            a_fact(FactKind.ISSUED, f"{name}-{number}"),
            a_fact(FactKind.SUBMITTED, f"{name}-{number}", answers=answers),
        ]
    return tally_of(facts)


def of(**reviews: Tally) -> CriteriaResults:
    return criteria_of(
        "partner-survey", {Reviewed(name, name, 2027): told for name, told in reviews.items()}, ITEMS, threshold=5
    )


CODES = st.dictionaries(st.sampled_from(["asks", "acts"]), st.lists(st.integers(1, 4), max_size=14), max_size=2)


@given(st.lists(CODES, min_size=1, max_size=4))
def test_a_criterion_is_told_only_where_every_answered_item_of_it_is(groups: list[dict[str, list[int]]]) -> None:
    found = of(**{f"r{number}": tally(f"r{number}", codes) for number, codes in enumerate(groups)})
    for figures in (found.all_reviews, *found.reviews):
        items = {item.item_id: item for item in figures.items}
        for criterion in figures.criteria:
            parts = [items[one] for one in criterion.item_ids if items[one].answered]
            if criterion.favourable is None:
                assert not parts or any(part.choices is None for part in parts)
            else:
                choices = [choice for part in parts for choice in part.choices or ()]
                assert all(part.choices is not None for part in parts)
                well = sum(choice.count for choice in choices if choice.code >= 3)
                assert criterion.favourable == well / criterion.answers


def test_an_item_that_one_review_did_not_answer_hides_nothing_else() -> None:
    some = of(a=tally("a", {"asks": [4, 4, 1, 2, 3, 3]}), b=tally("b", {"asks": [1, 1, 4, 4, 2, 2]}))
    (used, needs) = some.reviews[0].criteria
    assert (used.answers, used.favourable, used.withheld) == (6, 4 / 6, None)
    assert (needs.answers, needs.favourable, needs.withheld) == (0, None, None)
