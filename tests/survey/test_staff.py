"""What staff may ask, and what nobody may."""

import asyncio
from typing import Any

import pytest

from services.survey.settings import SurveySettings
from shared.errors import Misconfigured
from shared.events.survey import SurveySubmitted
from tests.running import routes_open_to_strangers, signed_in
from tests.survey.acting import SURVEY, Acting
from tests.survey.builders import COMPLETER, DISTRICT, answers, hired, hired_person


async def test_why_a_principal_was_asked_is_one_call(acting: Acting) -> None:
    await acting.tell(hired())
    trace = (
        await acting.client.get(f"/v1/decisions?completer={COMPLETER}", headers=signed_in(acting.app, "agency"))
    ).json()
    (decision,) = trace["decisions"]
    assert (decision["outcome"], decision["rule"], decision["rules_version"]) == ("ask", "eligible", 1)
    assert decision["inputs"]["role"] == "teacher"
    assert [survey["survey_id"] for survey in trace["surveys"]] == [SURVEY]


async def test_why_a_principal_was_not_asked_is_the_same_call(acting: Acting) -> None:
    await acting.tell(hired(role="substitute"))
    trace = (
        await acting.client.get(f"/v1/decisions?completer={COMPLETER}", headers=signed_in(acting.app, "agency"))
    ).json()
    assert [decision["rule"] for decision in trace["decisions"]] == ["role_out_of_scope"]
    assert trace["surveys"] == []


async def test_campaigns_are_counted_alike_on_page_and_api(acting: Acting) -> None:
    await acting.seated(hired(), hired_person(2))
    await acting.send()
    agency = signed_in(acting.app, "agency")
    campaign, _ = (await acting.client.get("/v1/campaigns", headers=agency)).json()
    assert (campaign["issued"], campaign["announced"], campaign["answered"]) == (2, 2, 1)
    assert campaign["surveys"] == {"submitted": 1, "issued": 1}
    page = (await acting.client.get("/campaigns", headers=agency)).text
    assert "1 of 2 answered" in page


async def test_a_district_counts_its_own_surveys_only(acting: Acting) -> None:
    await acting.tell(hired(), hired_person(2, district_id="00440000", school_id="00440005"))
    own = (await acting.client.get("/v1/surveys", headers=signed_in(acting.app, "district", DISTRICT))).json()
    assert own == [{"campaign_id": "hiring-2027", "state": "issued", "surveys": 1}]
    none = (await acting.client.get("/v1/surveys", headers=signed_in(acting.app, "district", "00010000"))).json()
    assert none == []


@pytest.mark.parametrize("path", ["/v1/surveys", "/v1/campaigns", f"/v1/decisions?completer={COMPLETER}", "/campaigns"])
async def test_a_provider_learns_nothing_here(acting: Acting, path: str) -> None:
    await acting.tell(hired())
    answer = await acting.client.get(path, headers=signed_in(acting.app, "provider", "30000032"))
    assert answer.status_code == 403
    assert SURVEY not in answer.text


async def test_no_answer_to_staff_holds_a_single_answer(acting: Acting) -> None:
    await acting.seated()
    await acting.send()
    await acting.until_published(SurveySubmitted)
    agency = signed_in(acting.app, "agency")
    for path in ("/v1/surveys", "/v1/campaigns", f"/v1/decisions?completer={COMPLETER}", "/campaigns"):
        text = (await acting.client.get(path, headers=agency)).text
        assert not any(item_id in text for item_id in answers())


async def test_only_links_and_what_they_open_are_there_for_strangers(acting: Acting) -> None:
    platform = {"/health/live", "/health/ready", "/openapi.json", "/sign-in", "/sign-out"}
    opened = {
        route for route in await routes_open_to_strangers(acting.app, acting.client) if route.split()[1] not in platform
    }
    form = "/sitting/surveys/{survey_id}"
    assert opened == {
        "GET /s/{token}",
        "GET /unsubscribe/{sitting_id}/{mark}",
        "POST /unsubscribe/{sitting_id}/{mark}",
        "GET /sitting",
        f"GET {form}",
        f"POST {form}",
        f"POST {form}/answers",
        f"GET {form}/receipt",
        f"GET {form}/decline",
        f"POST {form}/decline",
    }


@pytest.mark.parametrize("key", ["link_key", "seal_key"])
def test_production_refuses_the_keys_that_everybody_knows(key: str) -> None:
    facts: dict[str, Any] = {"session_key": "s" * 40, "link_key": "l" * 40, "seal_key": "s" * 40}
    del facts[key]
    with pytest.raises(Misconfigured, match=f"SURVEY_{key.upper()}"):
        SurveySettings(environment="production", sign_in="none", **facts)


async def test_a_thousand_hires_at_once_are_a_thousand_surveys(acting: Acting) -> None:
    hires = [hired_person(number) for number in range(1000)]
    async with asyncio.timeout(60):
        await acting.tell(*hires)
    await acting.until_kept("surveys", {}, 1000)
