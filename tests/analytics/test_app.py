"""What survey tells becomes figures, on pages and in the API alike."""

import re

from shared.events.partnership import OrganizationChanged, OrganizationKind
from shared.ids import derived
from shared.mongo import Mongo
from tests.analytics.conftest import Analytics
from tests.analytics.events import PUBLISHED, declined, issued, submitted
from tests.analytics.facts import a_leaf
from tests.running import routes_open_to_strangers

RESULTS = "/v1/results/hiring-2027"
PAGE = "/campaigns/hiring-2027"


async def twelve_answers(analytics: Analytics, provider_id: str = "provider-1") -> None:
    """Fifteen issued, twelve answered on three levels, one declined."""
    ids = [f"{provider_id}-{number}" for number in range(15)]
    await analytics.hear(PUBLISHED, *(issued(survey_id, provider_id) for survey_id in ids))
    await analytics.hear(
        *(submitted(survey_id, provider_id, 3 + number % 3) for number, survey_id in enumerate(ids[:12])),
        declined(ids[12], provider_id),
        sequence=2,
    )


async def test_everything_told_twice_is_counted_once(analytics: Analytics, mongo: Mongo) -> None:
    await twelve_answers(analytics)
    state = (await analytics.get(RESULTS)).json()["state"]
    assert (state["roster"], state["issued"], state["answered"]) == (15, 15, 12)
    assert state["dispositions"] == {"submitted": 12, "declined": 1, "issued": 2}
    assert [choice["count"] for choice in state["items"][0]["choices"]] == [0, 0, 4, 4, 4]
    assert await mongo.collection("facts").count({}) == 28


async def test_a_small_group_is_withheld_with_a_dash_and_the_reason(analytics: Analytics) -> None:
    await twelve_answers(analytics)
    await analytics.hear(issued("small-1", "small"), submitted("small-1", "small"), sequence=2)
    small = (await analytics.get(f"{RESULTS}/providers/small")).json()
    assert (small["answered"], small["items"][0]["choices"], small["items"][0]["withheld"]) == (1, None, "too_few")
    page = await analytics.get(f"{PAGE}/providers/small")
    assert "—</span> Withheld: fewer than 10 answers." in page.text


async def test_a_group_without_answers_is_said_to_have_none(analytics: Analytics) -> None:
    await twelve_answers(analytics)
    await analytics.hear(issued("none-1", "none"))
    page = (await analytics.get(f"{PAGE}/providers/none")).text
    assert "Nobody has answered this yet." in page
    assert "Withheld:" not in page


async def test_a_provider_sees_itself_and_the_state_and_no_other(analytics: Analytics) -> None:
    await twelve_answers(analytics, "provider-1")
    await twelve_answers(analytics, "provider-2")
    mine = (await analytics.get(RESULTS, "provider", "provider-1")).json()
    assert mine["providers"].keys() == {"provider-1"}
    assert mine["state"]["answered"] == 24
    for path in (
        f"{RESULTS}/providers/provider-2",
        f"{PAGE}/providers/provider-2",
        f"{PAGE}/provider-2/items/readiness.svg",
    ):
        assert (await analytics.get(path, "provider", "provider-1")).status_code == 404
    assert "provider-2" not in (await analytics.get(PAGE, "provider", "provider-1")).text


async def test_a_district_sees_the_state_only(analytics: Analytics) -> None:
    await twelve_answers(analytics)
    found = (await analytics.get(RESULTS, "district", "00350000")).json()
    assert (found["providers"], found["state"]["answered"]) == ({}, 12)


async def test_page_and_api_give_the_same_numbers(analytics: Analytics) -> None:
    await twelve_answers(analytics)
    figures = (await analytics.get(f"{RESULTS}/providers/provider-1")).json()
    text = re.sub(r"<[^>]+>|\s+", " ", (await analytics.get(f"{PAGE}/providers/provider-1")).text)
    text = re.sub(r" +", " ", text)
    rate = figures["response_rate"]
    assert f"Response rate {rate['share']:.0%} (95% interval {rate['low']:.0%} to {rate['high']:.0%})" in text
    for item in figures["items"]:
        for choice in item["choices"]:
            assert f"{choice['label']} {choice['count']} {choice['share']:.0%}" in text


async def test_the_tables_are_named_in_plain_words(analytics: Analytics) -> None:
    await twelve_answers(analytics)
    assert "Where the surveys of the state stand" in (await analytics.get(PAGE)).text
    assert "Where the surveys of provider-1 stand" in (await analytics.get(f"{PAGE}/providers/provider-1")).text


async def test_names_are_those_last_told(analytics: Analytics) -> None:
    await twelve_answers(analytics)

    def named(name: str) -> OrganizationChanged:
        return OrganizationChanged(organization_id="provider-1", kinds=(OrganizationKind.PROVIDER,), name=name)

    await analytics.hear(named("Lasell University"), sequence=2)
    await analytics.hear(named("Lasell College"), sequence=1)
    assert "Lasell University" in (await analytics.get(PAGE)).text


async def test_a_leaf_that_was_lost_is_made_again_from_its_facts(analytics: Analytics, mongo: Mongo) -> None:
    await twelve_answers(analytics)
    await mongo.collection("leaves").delete_many({})
    await analytics.hear(issued("provider-1-0"))
    assert (await analytics.get(RESULTS)).json()["state"]["answered"] == 12


async def test_an_unknown_campaign_is_not_found_in_plain_words(analytics: Analytics) -> None:
    answer = await analytics.get("/v1/results/nothing")
    assert answer.status_code == 404
    assert answer.json()["title"]
    assert "<h1>Results</h1>" in (await analytics.get("/")).text


async def test_strangers_see_nothing(analytics: Analytics) -> None:
    opened = await routes_open_to_strangers(analytics.app, analytics.client)
    assert {route for route in opened if "/v1/" in route or "campaign" in route} == set()


async def test_a_chart_is_an_svg_and_a_withheld_one_is_not_drawn(analytics: Analytics) -> None:
    await twelve_answers(analytics)
    drawn = await analytics.get(f"{PAGE}/provider-1/items/readiness.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "<svg" in drawn.text
    await analytics.hear(issued("small-1", "small"), submitted("small-1", "small"), sequence=2)
    assert (await analytics.get(f"{PAGE}/small/items/readiness.svg")).status_code == 404


def test_an_event_id_and_a_leaf_id_follow_from_facts() -> None:
    assert a_leaf().leaf_id == a_leaf().leaf_id != a_leaf("provider-2").leaf_id
    assert derived("leaf", "a", "b") != derived("leaf", "ab")
