"""What the pages behind a link refuse, and in which words."""

import re
from datetime import timedelta

import httpx
import pytest
from markupsafe import escape

from services.survey.app import wire
from services.survey.domain.issuing import survey_id_of
from services.survey.domain.link import COOKIE_LIFE
from shared.service import create_service
from tests.survey.acting import FORM, FROM_OUR_PAGE, Acting, TwiceBroker, settings
from tests.survey.builders import (
    OTHER_SCHOOL,
    PRINCIPAL_ADDRESS,
    PROGRAM,
    answers,
    hired,
    hired_person,
    instrument,
    role_holder,
)
from tests.twice_kafka import TwiceKafka

COMMENT = "Casey was wonderful with Bobby T."


async def test_a_half_filled_form_comes_back_with_what_was_entered_and_links_to_the_gaps(acting: Acting) -> None:
    await acting.seated()
    page = await acting.send({"overall_readiness": 4, "uses_evidence": 2}, comment=COMMENT)
    assert page.status_code == 422
    for item_id in set(instrument().required) - {"overall_readiness", "uses_evidence"}:
        assert f'href="#{item_id}"' in page.text
        assert escape(f"Choose an answer: {instrument().items[item_id].text}") in page.text
    assert re.search(r'name="overall_readiness" value="4"[^>]* checked', page.text)
    assert "Casey was wonderful" in page.text
    assert await acting.state() == "issued"


@pytest.mark.parametrize("code", ["9", "0", "-1", "four", "1e0", "٣", "99999"])
async def test_an_answer_that_is_not_offered_is_refused(acting: Acting, code: str) -> None:
    await acting.seated()
    fields = {**{name: str(value) for name, value in answers().items()}, "overall_readiness": code, "action": "send"}
    page = await acting.client.post(FORM, data=fields, headers=FROM_OUR_PAGE)
    assert page.status_code == 422
    assert 'href="#overall_readiness"' in page.text
    assert "Choose one of the answers offered" in page.text
    assert await acting.state() == "issued"


async def test_an_answer_to_an_unknown_question_is_refused(acting: Acting) -> None:
    await acting.seated()
    page = await acting.send(answers(salary=1))
    assert page.status_code == 422
    assert "The form has no question of this name." in page.text
    assert await acting.state() == "issued"


async def test_a_form_of_more_fields_than_any_form_has_is_refused(acting: Acting) -> None:
    await acting.seated()
    page = await acting.client.post(
        FORM, data={f"field_{number}": "1" for number in range(1001)}, headers=FROM_OUR_PAGE
    )
    assert page.status_code == 422
    assert "more than 1000 fields" in page.text
    assert await acting.state() == "issued"


async def test_an_empty_post_changes_nothing(acting: Acting) -> None:
    await acting.seated()
    assert (await acting.client.post(FORM)).status_code == 403
    assert (await acting.client.post(FORM, headers=FROM_OUR_PAGE)).status_code == 422
    assert (await acting.client.post(f"{FORM}/decline", headers=FROM_OUR_PAGE)).status_code == 422
    assert await acting.state() == "issued"


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}])
async def test_a_form_sent_from_another_site_is_refused(acting: Acting, headers: dict[str, str]) -> None:
    await acting.seated()
    fields = {name: str(code) for name, code in answers().items()}
    for address in (FORM, f"{FORM}/answers", f"{FORM}/decline"):
        assert (await acting.client.post(address, data=fields, headers=headers)).status_code == 403
    assert await acting.state() == "issued"


async def test_a_form_of_somebody_else_does_not_exist_for_me(acting: Acting) -> None:
    await acting.tell(role_holder(organization_id=OTHER_SCHOOL, person_id="P-2", email="other@boston.example"))
    other = hired_person(2, school_id=OTHER_SCHOOL)
    await acting.tell(other)
    await acting.sink.until_taken(1)
    await acting.tell(role_holder(), hired())
    await acting.sink.until_taken(2)
    (mine,) = [message for recipient, message in acting.sink.taken if recipient == PRINCIPAL_ADDRESS]
    await acting.sit_down(_path(mine))
    theirs = f"/sitting/surveys/{survey_id_of(other.completer_id, PROGRAM, '2027')}"
    for address in (theirs, f"{theirs}/receipt", f"{theirs}/decline"):
        assert (await acting.client.get(address)).status_code == 404
    assert (await acting.send(form=theirs)).status_code == 404
    assert (await acting.client.get("/sitting")).text.count("usa-card__heading") == 1


async def test_an_unknown_link_is_told_plainly(acting: Acting) -> None:
    page = await acting.client.get(f"/s/{'A' * 43}", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "not one of ours" in page.text


async def test_a_link_after_the_window_is_closed_and_not_unknown(acting: Acting) -> None:
    link = await acting.invite()
    acting.clock.advance(timedelta(days=200))
    page = await acting.client.get(link, headers={"accept": "text/html"})
    assert page.status_code == 410
    assert "closed" in page.text


async def test_a_cookie_that_ran_out_asks_for_the_link_again(acting: Acting) -> None:
    await acting.seated()
    cookie = acting.client.cookies["prepbridge_sitting"]
    acting.clock.advance(COOKIE_LIFE)
    answer = await acting.client.get(FORM, headers={"cookie": f"prepbridge_sitting={cookie}", "accept": "text/html"})
    assert answer.status_code == 404
    assert "Open the link in your mail again" in answer.text


async def test_while_mongodb_is_away_a_person_is_told_so_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.service.START_PATIENCE_SECONDS", 0.1)
    nowhere = "mongodb://127.0.0.1:9/?replicaSet=rs0"
    app = create_service("survey", settings(mongodb_uri=nowhere), wire, broker=TwiceBroker(TwiceKafka()))
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        page = await client.post(FORM, data={"action": "send"}, headers=FROM_OUR_PAGE)
    assert page.status_code == 503
    assert "try again" in page.text
    assert page.headers["retry-after"]


def _path(message: object) -> str:
    found = re.search(r"/s/[A-Za-z0-9_-]{43}", str(message))
    assert found is not None
    return found.group()
