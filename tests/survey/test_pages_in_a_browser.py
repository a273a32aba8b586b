"""The pages in Chromium: on a phone, by keyboard, without scripts, and as axe sees them."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Page

from shared.events.survey import SurveySubmitted
from tests.browser import DESKTOP, PHONE, a_page, axe, overflow, served
from tests.conftest import SetClock
from tests.running import signed_in
from tests.survey.acting import FORM, SURVEY, Acting, receipt_in
from tests.survey.builders import COMPLETER_NAME, DISTRICT, answers, hired, hired_person, profile
from tests.survey.mail_sink import MailSink
from tests.twice_kafka import TwiceKafka

pytestmark = pytest.mark.browser


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    async with served(app) as address:
        yield address


@pytest.fixture
async def acting(
    app: FastAPI, address: str, kafka: TwiceKafka, sink: MailSink, mongo: object, clock: SetClock
) -> AsyncIterator[Acting]:
    await app.state.life.opened()
    async with httpx.AsyncClient(base_url=address) as client:
        yield Acting(app, client, kafka, sink, mongo, clock)  # type: ignore[arg-type]


async def look(page: Page, complaints: list[str], name: str) -> None:
    """Nothing for axe to find, nothing to scroll sideways, nothing that the browser complains of."""
    assert await axe(page) == [], name
    assert await overflow(page) <= 0, name
    assert [complaint for complaint in complaints if not complaint.startswith("422")] == [], name


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
async def test_a_principal_answers_on_a_phone(acting: Acting, address: str, javascript: bool) -> None:
    link = await acting.invite(hired(), hired_person(2))
    await acting.until_kept("surveys", {"sitting_id": {"$ne": None}}, 2)
    async with a_page(width=PHONE, javascript=javascript) as (page, complaints):

        async def check(name: str) -> None:
            if javascript:  # axe itself is a script
                await look(page, complaints.all, name)

        await page.goto(address + link)
        await check("the list")
        await page.get_by_role("link", name=f"Answer about {COMPLETER_NAME}", exact=True).click()
        await check("the form")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("alert").wait_for()
        complaints.all.clear()
        await check("the form with errors")
        for item_id, code in answers().items():
            await page.locator(choice(item_id, code)).check()
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("heading", name="Thank you").wait_for()
        await check("the receipt")
        receipt_in(await page.content())
        await page.get_by_role("link", name="Go on with your forms").click()
        await page.get_by_role("link", name="I cannot answer").click()
        await check("declining")
    (event,) = await acting.until_published(SurveySubmitted)
    assert isinstance(event, SurveySubmitted)
    assert event.answers == answers()


def choice(item_id: str, code: int) -> str:
    return f'input[name="{item_id}"][value="{code}"]'


async def test_a_form_is_answered_and_sent_by_keyboard_alone(acting: Acting, address: str) -> None:
    link = await acting.invite()
    await acting.until_kept("surveys", {"sitting_id": {"$ne": None}})
    async with a_page(width=DESKTOP) as (page, _):
        await page.goto(address + link)
        await press_until(page, "Tab", "Answer about")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**{FORM}")
        for item_id in answers():
            await press_until(page, "Tab", item_id)
            await page.keyboard.press("Space")
        await press_until(page, "Tab", "Send")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/receipt")
        receipt_in(await page.content())


async def press_until(page: Page, key: str, wanted: str) -> None:
    """Press a key until what has the focus is called so: by its text, or by its field's name."""
    called = "(document.activeElement.type === 'radio' && document.activeElement.name)"
    for _ in range(60):
        await page.keyboard.press(key)
        focused = await page.evaluate(f"{called} || document.activeElement.textContent.trim()")
        if str(focused).startswith(wanted):
            return
    raise AssertionError(f"{wanted} is not reached by {key}.")


async def test_answers_are_saved_as_they_are_given(acting: Acting, address: str) -> None:
    link = await acting.invite()
    await acting.until_kept("surveys", {"sitting_id": {"$ne": None}})
    async with a_page() as (page, _):
        await page.goto(address + link)
        await page.goto(address + FORM)
        await page.locator(choice("high_expectations", 2)).check()
        await page.get_by_text("Saved.").wait_for()
        await page.reload()
        assert await page.locator('input[name="high_expectations"][value="2"]').is_checked()
    survey = await acting.wired.surveys.get(SURVEY)
    assert survey is not None
    assert survey.answers == {"high_expectations": 2}


async def test_staff_pages_and_the_end_of_mail_are_clean(acting: Acting, address: str) -> None:
    await acting.invite()
    unsubscribe = acting.sink.taken[0][1]["List-Unsubscribe"].strip("<>").partition("8101")[2]
    session = signed_in(acting.app, "agency")["cookie"].partition("=")
    async with a_page(width=PHONE) as (page, complaints):
        await page.goto(address + unsubscribe)
        await look(page, complaints.all, "no further mail")
        await page.get_by_role("button", name="Stop all mail").click()
        await page.get_by_text("You will receive no further mail").wait_for()
        await look(page, complaints.all, "no further mail, done")
        await page.context.add_cookies([{"name": session[0], "value": session[2], "url": address}])
        await page.goto(address + "/campaigns")
        await look(page, complaints.all, "campaigns")


async def test_a_liaison_names_a_recipient_on_a_phone(acting: Acting, address: str) -> None:
    await acting.tell(profile())
    await acting.tell(hired(school_id=None))
    session = signed_in(acting.app, "district", DISTRICT)["cookie"].partition("=")
    async with a_page(width=PHONE) as (page, complaints):
        await page.context.add_cookies([{"name": session[0], "value": session[2], "url": address}])
        await page.goto(address + "/recipients")
        await look(page, complaints.all, "whom to ask")
        await page.get_by_role("button", name="Ask this person").click()
        await page.get_by_role("alert").wait_for()
        complaints.all.clear()
        await look(page, complaints.all, "whom to ask, with an error")
        await page.get_by_label("Name").fill("Nan Named")
        await page.get_by_label("E-mail address").fill("nan@boston.example")
        await page.keyboard.press("Enter")
        await page.get_by_text("Nothing to do").wait_for()
        await look(page, complaints.all, "whom to ask, done")
