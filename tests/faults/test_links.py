"""F21, F35, F39: a link is used by fifty at once, by nobody but scanners, and to send more than we take."""

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from services.survey.web.pages_sitting import BODY_LIMIT
from shared.events.survey import SurveyDeclined, SurveyStarted, SurveySubmitted
from shared.mongo import Mongo
from tests.browser import a_page, served
from tests.conftest import SetClock
from tests.faults.rows import Row
from tests.survey.acting import FORM, FROM_OUR_PAGE, SURVEY, Acting, receipt_in, surveying
from tests.survey.builders import answers

AT_ONCE = 50
LOOKS = 20


@pytest.fixture
async def acting(mongo: Mongo, clock: SetClock) -> AsyncIterator[Acting]:
    async with surveying(mongo, clock) as acting:
        yield acting


async def answered_once(acting: Acting) -> tuple[int, int]:
    """(lost, doubled) of one form that was sent in: in the store, and told."""
    await acting.until_published(SurveySubmitted)
    await acting.until_kept("surveys", {"_outbox.0": {"$exists": True}}, 0)
    (kept,) = await acting.kept("surveys")
    told = [event for event in acting.kafka.of(SurveySubmitted) if isinstance(event, SurveySubmitted)]
    lost = (kept["state"] != "submitted") + (kept["answers"] != told[0].answers)
    return lost, len(told) - 1


@pytest.mark.fault("F21", f"{AT_ONCE} send the same form at once, each with answers of their own")
async def test_of_fifty_who_send_in_at_once_one_counts_and_all_read_its_receipt(row: Row, acting: Acting) -> None:
    await acting.seated()
    codes = [1 + number % 4 for number in range(AT_ONCE)]
    forms = [{item: min(code, best) for item, best in answers().items()} for code in codes]
    sent = await asyncio.gather(*(acting.send(form) for form in forms))
    assert {answer.status_code for answer in sent} == {303}
    started = perf_counter()
    pages = [await acting.client.get(answer.headers["location"], headers=FROM_OUR_PAGE) for answer in sent[:5]]
    row.recovered_in = perf_counter() - started
    assert len({receipt_in(page.text) for page in pages}) == 1
    sample = acting.app.state.registry.get_sample_value
    results = {result: sample("survey_submissions_total", {"result": result}) for result in ("accepted", "repeated")}
    assert results == {"accepted": 1, "repeated": AT_ONCE - 1}
    row.lost, row.doubled = await answered_once(acting)


@pytest.mark.fault("F35", "1.1 times what a form may hold, announced and not announced")
async def test_a_form_that_is_too_large_is_refused_in_words_and_can_be_sent_again(row: Row, acting: Acting) -> None:
    await acting.seated()
    body = b"comment=" + b"x" * int(1.1 * BODY_LIMIT)

    async def in_pieces() -> AsyncIterator[bytes]:
        yield body

    for content in (body, in_pieces()):
        page = await acting.client.post(
            FORM,
            content=content,
            headers={**FROM_OUR_PAGE, "content-type": "application/x-www-form-urlencoded"},
        )
        assert page.status_code == 413
        assert "The request is larger than the 64 KiB that this address takes." in page.text
    assert await acting.state() == "issued"
    started = perf_counter()
    assert (await acting.send()).status_code == 303
    row.recovered_in = perf_counter() - started
    row.lost, row.doubled = await answered_once(acting)


@pytest.mark.fault("F39", f"a scanner that asks {LOOKS} times for each address, with GET, HEAD and empty forms")
async def test_a_scanner_uses_nothing_up_and_counts_as_nobody(row: Row, acting: Acting) -> None:
    link = await acting.invite()
    await acting.until_kept("surveys", {"sitting_id": {"$ne": None}})
    async with httpx.AsyncClient(transport=acting.client._transport, base_url=acting.client.base_url) as scanner:
        for _ in range(LOOKS):
            for method in ("HEAD", "GET", "POST"):
                await scanner.request(method, link)
            for path in ("/sitting", FORM, f"{FORM}/decline", f"{FORM}/receipt"):
                await scanner.get(path)
                await scanner.head(path)
            for path in (FORM, f"{FORM}/answers", f"{FORM}/decline"):
                await scanner.post(path, headers=FROM_OUR_PAGE)
                await scanner.post(path, headers=FROM_OUR_PAGE, data={"comment": "", "action": "save"})
    assert await acting.state() == "issued"
    for event in (SurveyStarted, SurveySubmitted, SurveyDeclined):
        assert acting.kafka.of(event) == []
    await used_by_its_person(row, acting, link)


@pytest.mark.fault("F39", "empty forms sent over what a person has saved")
async def test_an_empty_form_takes_away_nothing_that_was_saved(row: Row, acting: Acting) -> None:
    await acting.seated()
    assert (await acting.send(action="save", comment="So far.")).status_code == 303
    for path in (FORM, f"{FORM}/answers", f"{FORM}/decline"):
        await acting.client.post(path, headers=FROM_OUR_PAGE)
    survey = await acting.wired.surveys.get(SURVEY)
    assert survey is not None
    row.lost = len(answers()) - len(survey.answers) + (survey.comment != "So far.")
    row.doubled, row.recovered_in = 0, 0.0


@pytest.mark.browser
@pytest.mark.fault("F39", "a scanner that runs scripts and waits")
async def test_a_scanner_that_runs_scripts_submits_nothing(row: Row, acting: Acting) -> None:
    link = await acting.invite()
    await acting.until_kept("surveys", {"sitting_id": {"$ne": None}})
    posted: list[str] = []

    async def doors(scope: Scope, receive: Receive, send: Send) -> None:
        # The service runs already; this is only its address.
        assert scope["type"] == "http"
        await acting.app(scope, receive, send)

    async with served(doors) as address, a_page() as (page, complaints):
        page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
        await page.goto(address + link)
        await page.goto(address + FORM)
        # As scanners do: everything has loaded, and nothing has moved for a while.
        await page.wait_for_load_state("networkidle")
        await page.evaluate("document.querySelectorAll('input, textarea').forEach(field => field.focus())")
        await page.goto(f"{address}{FORM}/decline")
        await page.wait_for_load_state("networkidle")
        # A scanner that moves on lets go of what is still being loaded.
        assert [complaint for complaint in complaints.all if not complaint.startswith("failed: ")] == []
    assert posted == []
    assert await acting.state() == "issued"
    assert acting.kafka.of(SurveyStarted) == []
    await used_by_its_person(row, acting, link)


async def used_by_its_person(row: Row, acting: Acting, link: str) -> None:
    started = perf_counter()
    await acting.sit_down(link)
    assert (await acting.send()).status_code == 303
    row.recovered_in = perf_counter() - started
    row.lost, row.doubled = await answered_once(acting)
