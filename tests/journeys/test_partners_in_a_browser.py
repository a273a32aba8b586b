"""In a real browser: a partner from the mail to the receipt by keyboard alone; the ledger's pages for everybody."""

import re

import pytest
from playwright.async_api import expect

from tests.browser import PHONE, a_page
from tests.journeys.keyboard import Keyboard
from tests.journeys.partners import who_has_not_answered
from tests.journeys.state import PARTNER_CAMPAIGN, at_rest
from tests.journeys.system import System

pytestmark = pytest.mark.browser


async def test_a_partner_answers_from_mail_to_receipt_by_keyboard_alone(system: System) -> None:
    invitation = await who_has_not_answered(system)
    async with a_page(width=PHONE) as (page, complaints):
        person = Keyboard(page)
        await page.goto(invitation.link)
        await expect(page).to_have_url(re.compile("/sitting$"))
        await person.look()
        await person.press(page.get_by_role("link", name=re.compile("I cannot answer")))
        await expect(page.get_by_text("who should be asked?")).to_be_visible()
        await person.look()
        await person.press(page.get_by_role("link", name="Back to your forms"))
        await person.press(page.get_by_role("link", name=re.compile("^Answer")))
        await person.look()
        await person.answer_every_question()
        await person.press(page.get_by_role("button", name="Send"))
        await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        await person.look()
        assert complaints.all == []
    await at_rest(system)


async def test_every_page_of_the_ledger_and_of_reviews_fits_and_is_accessible(system: System) -> None:
    """As the agency, with what the season left there."""
    reviews = (await system.ask("partnership", "/v1/reviews?status=open")).json()["items"]
    review = min(reviews, key=lambda each: each["drafted_at"])
    shared = (await system.ask("partnership", "/v1/partnerships?size=200")).json()["items"]
    longest = max(shared, key=lambda each: len(each["ways"]))
    disputed = next(each for each in shared if each["is_disputed"])
    async with a_page() as (page, complaints):
        person = Keyboard(page)
        for name, paths in {
            "partnership": (
                "/partnerships",
                f"/partnerships/{longest['partnership_id']}",
                f"/partnerships/{disputed['partnership_id']}",
                "/districts",
                "/vacancies",
                "/needs",
                "/reviews",
                f"/reviews/{review['review_id']}",
            ),
            "analytics": (
                f"/criteria/{PARTNER_CAMPAIGN}",
                f"/criteria/{PARTNER_CAMPAIGN}/reviews/{review['review_id']}",
            ),
        }.items():
            await page.goto(f"{system.url(name)}{paths[0]}", wait_until="networkidle")
            if "/sign-in" in page.url:
                await person.choose("subject", 0)
                await person.press(page.locator("main").get_by_role("button", name="Sign in"))
            await page.wait_for_load_state("networkidle")
            for path in paths:
                await page.goto(f"{system.url(name)}{path}")
                await expect(page).to_have_url(f"{system.url(name)}{path}")
                await person.look()
        assert complaints.all == []
        assert len(set(person.looked_at)) == 10
