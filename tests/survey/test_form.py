"""The pages behind a link, as a person without JavaScript meets them."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.survey.domain.survey import REASONS
from shared.events.survey import (
    About,
    DeclineReason,
    InvitationDelivered,
    SurveyDeclined,
    SurveyExpired,
    SurveyStarted,
    SurveySubmitted,
)
from tests.survey.acting import FORM, FROM_OUR_PAGE, SURVEY, Acting, receipt_in
from tests.survey.builders import (
    COMPLETER_NAME,
    PRINCIPAL_ADDRESS,
    PRINCIPAL_NAME,
    answers,
    hired,
    hired_person,
)

COMMENT = "Casey was wonderful with Bobby T."


async def test_the_list_names_every_completer_with_program_and_state(acting: Acting) -> None:
    await acting.seated(hired(), hired_person(2))
    page = (await acting.client.get("/sitting")).text
    assert COMPLETER_NAME in page
    assert "0 of 2 done" in page
    assert page.count("To answer") == 2


async def test_following_a_link_changes_nothing_however_often(acting: Acting) -> None:
    link = await acting.invite()
    await acting.until_published(InvitationDelivered)
    await acting.until_kept("sittings", {"next_at": None})
    before = [await acting.kept("sittings"), await acting.kept("surveys")]
    for method in ("GET", "HEAD", "GET"):
        assert (await acting.client.request(method, link)).status_code == 303
    for method in ("GET", "HEAD"):
        await acting.client.request(method, FORM)
    assert (await acting.client.post(link)).status_code == 405
    assert [await acting.kept("sittings"), await acting.kept("surveys")] == before


async def test_whoever_follows_the_link_at_once_finds_the_form(acting: Acting) -> None:
    await acting.sit_down(await acting.invite())
    assert COMPLETER_NAME in (await acting.client.get("/sitting")).text


async def test_the_cookie_is_kept_from_scripts_and_other_sites_and_is_not_the_token(acting: Acting) -> None:
    link = await acting.invite()
    cookie = (await acting.client.get(link)).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert link.rpartition("/")[2] not in cookie


async def test_answers_sent_in_are_told_with_a_receipt(acting: Acting) -> None:
    await acting.seated()
    sent = await acting.send(comment=COMMENT)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{FORM}/receipt")
    receipt = receipt_in((await acting.client.get(f"{FORM}/receipt")).text)
    (event,) = await acting.until_published(SurveySubmitted)
    assert isinstance(event, SurveySubmitted)
    assert event.answers == answers()
    assert receipt in (await acting.client.get("/sitting")).text


async def test_a_second_submission_shows_the_first_receipt_and_changes_nothing(acting: Acting) -> None:
    await acting.seated()
    await acting.send()
    first = receipt_in((await acting.client.get(f"{FORM}/receipt")).text)
    again = await acting.send(answers(overall_readiness=1))
    assert again.headers["location"] == f"{FORM}/receipt"
    assert receipt_in((await acting.client.get(f"{FORM}/receipt")).text) == first
    survey = await acting.wired.surveys.get(SURVEY)
    assert survey is not None
    assert survey.answers == answers()


async def test_of_fifty_submissions_at_once_one_is_accepted(acting: Acting) -> None:
    await acting.seated()
    offered = [answers(overall_readiness=1 + number % 5) for number in range(50)]
    results = await asyncio.gather(*(acting.send(given) for given in offered))
    assert {result.headers["location"] for result in results} == {f"{FORM}/receipt"}
    accepted = acting.app.state.registry.get_sample_value("survey_submissions_total", {"result": "accepted"})
    repeated = acting.app.state.registry.get_sample_value("survey_submissions_total", {"result": "repeated"})
    assert (accepted, repeated) == (1, 49)
    await acting.until_published(SurveySubmitted)
    assert len(acting.kafka.of(SurveySubmitted)) == 1


async def test_a_used_link_shows_the_receipt(acting: Acting) -> None:
    link = await acting.invite()
    await acting.sit_down(link)
    await acting.send()
    acting.client.cookies.clear()
    await acting.sit_down(link)
    receipt_in((await acting.client.get("/sitting")).text)
    assert (await acting.client.get(FORM)).headers["location"] == f"{FORM}/receipt"


async def test_what_was_saved_for_later_is_there_on_another_device(acting: Acting) -> None:
    link = await acting.invite()
    await acting.sit_down(link)
    saved = await acting.send({"overall_readiness": 3}, action="save", comment=COMMENT)
    assert saved.headers["location"] == "/sitting"
    acting.client.cookies.clear()
    await acting.sit_down(link)
    assert "Your answers so far are kept." in (await acting.client.get("/sitting")).text
    form = (await acting.client.get(FORM)).text
    assert re.search(r'name="overall_readiness" value="3"[^>]* checked', form)
    assert "Casey was wonderful" in form
    await acting.until_published(SurveyStarted)
    assert len(acting.kafka.of(SurveyStarted)) == 1


async def test_a_script_may_save_as_you_go(acting: Acting) -> None:
    await acting.seated()
    saved = await acting.client.post(f"{FORM}/answers", data={"overall_readiness": "2"}, headers=FROM_OUR_PAGE)
    assert saved.status_code == 204
    assert await acting.state() == "started"
    off_scale = await acting.client.post(f"{FORM}/answers", data={"overall_readiness": "7"}, headers=FROM_OUR_PAGE)
    assert off_scale.status_code == 422


@pytest.mark.parametrize("comment", ["a & b = c; 100 % + more", "Schön, 学校, 🎓", "a\nb"])
@pytest.mark.parametrize("is_multipart", [False, True])
async def test_a_comment_arrives_as_it_was_written_in_whichever_form(
    acting: Acting, comment: str, is_multipart: bool
) -> None:
    await acting.seated()
    fields = {"comment": comment, "action": "save"}
    as_parts = {name: (None, text) for name, text in fields.items()}
    content: dict[str, Any] = {"files": as_parts} if is_multipart else {"data": fields}
    assert (await acting.client.post(FORM, headers=FROM_OUR_PAGE, **content)).status_code == 303
    survey = await acting.wired.surveys.get(SURVEY)
    assert survey is not None
    assert survey.comment == comment


async def test_saving_after_sending_changes_nothing(acting: Acting) -> None:
    await acting.seated()
    await acting.send()
    late = await acting.client.post(f"{FORM}/answers", data={"overall_readiness": "1"}, headers=FROM_OUR_PAGE)
    assert late.status_code == 409
    assert await acting.state() == "submitted"


async def test_declining_needs_a_reason_and_tells_it(acting: Acting) -> None:
    await acting.seated()
    page = (await acting.client.get(f"{FORM}/decline")).text
    assert all(f'value="{reason}"' in page for reason in REASONS[About.COMPLETER])
    done = await acting.client.post(f"{FORM}/decline", data={"reason": "left"}, headers=FROM_OUR_PAGE)
    assert done.headers["location"] == "/sitting"
    (event,) = await acting.until_published(SurveyDeclined)
    assert isinstance(event, SurveyDeclined)
    assert event.reason is DeclineReason.LEFT
    assert (await acting.client.get(FORM)).status_code == 410
    assert (await acting.send()).status_code == 410


async def test_what_nobody_answered_expires(acting: Acting) -> None:
    await acting.seated()
    acting.clock.advance(timedelta(days=200))
    await acting.until_published(SurveyExpired)
    assert await acting.state() == "expired"
    assert len(acting.kafka.of(SurveyExpired)) == 1


async def test_answers_are_taken_while_kafka_is_away_and_told_when_it_is_back(acting: Acting) -> None:
    await acting.seated()
    acting.kafka.is_away = True
    assert (await acting.send()).status_code == 303
    assert acting.kafka.of(SurveySubmitted) == []
    acting.kafka.is_away = False
    await acting.until_published(SurveySubmitted)


async def test_no_event_and_no_record_in_the_database_holds_personal_data_in_clear(acting: Acting) -> None:
    link = await acting.invite()
    await acting.sit_down(link)
    await acting.send({"overall_readiness": 2}, action="save", comment=COMMENT)
    await acting.send(comment=COMMENT)
    await acting.until_published(SurveySubmitted)
    secrets = [COMMENT, COMPLETER_NAME, PRINCIPAL_NAME, PRINCIPAL_ADDRESS, link.rpartition("/")[2]]
    told = b"".join(record.value or b"" for record in acting.kafka.published if record.topic == "prepbridge.surveys")
    names = ("surveys", "sittings", "employments", "role_holders", "profiles", "names", "instruments", "parked")
    kept = repr([await acting.kept(name) for name in names])
    assert SURVEY in kept
    for secret in secrets:
        assert secret.encode() not in told
        assert secret not in kept


async def test_every_page_is_served_with_the_strict_policy(acting: Acting) -> None:
    await acting.seated()
    for address in ("/sitting", FORM, f"{FORM}/decline"):
        page: httpx.Response = await acting.client.get(address)
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert page.headers["cache-control"] == "no-store"
        assert " style=" not in page.text
