"""In a real browser: from the mail to the receipt by keyboard alone, and every page on the way for everybody."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from deploy.demonstration.doors import Doors, Invitation
from tests.browser import DESKTOP, PHONE, a_page
from tests.journeys.keyboard import Keyboard
from tests.journeys.people import bring, invitations_to
from tests.journeys.season import BROWSERS, UPLOADED_BY_HAND, Season
from tests.journeys.state import CAMPAIGN, at_rest, facts_by_survey
from tests.journeys.system import System

pytestmark = pytest.mark.browser

COMMENT = "Settled in quickly."


async def invitation_of(system: System, season: Season, district: str) -> Invitation:
    """Of the one person in this district who is asked."""
    async with Doors.of(system.places) as doors:
        for upload in season.uploads(district):
            assert await bring(doors, upload) == "applied"
        [invitation] = await invitations_to(system, doors, season.expected(district).people)
    return invitation


@pytest.mark.parametrize(
    ("district", "width", "javascript"),
    [(BROWSERS[0], DESKTOP, True), (BROWSERS[1], PHONE, False)],
    ids=["desktop", "phone-without-javascript"],
)
async def test_a_principal_answers_from_mail_to_receipt_by_keyboard_alone(
    system: System, season: Season, district: str, width: int, javascript: bool
) -> None:
    invitation = await invitation_of(system, season, district)
    async with a_page(width=width, javascript=javascript) as (page, complaints):
        person = Keyboard(page, javascript=javascript)
        await page.goto(system.places.mail)
        await person.look()
        await person.type(page.get_by_label("Recipient contains"), invitation.to)
        await person.press(page.get_by_role("button", name="Show"))
        await person.press(page.get_by_role("link", name=re.compile("new educator")))
        await person.look()

        await person.press(page.get_by_role("link", name=invitation.link, exact=True))
        await expect(page).to_have_url(re.compile("/sitting$"))
        await person.look()
        await person.press(page.get_by_role("link", name=re.compile("I cannot answer")))
        await person.look()
        await person.press(page.get_by_role("link", name="Back to your forms"))

        await person.press(page.get_by_role("link", name=re.compile("^Answer")))
        await person.look()
        await person.answer_every_question()
        await person.type(page.locator("textarea"), COMMENT)
        if javascript:
            await expect(page.locator("[data-save-status]")).to_have_text("Saved.")
            await page.reload()
        else:
            await person.press(page.get_by_role("button", name="Save and continue later"))
            await person.press(page.get_by_role("link", name=re.compile("^Go on")))
        await expect(page.locator("textarea")).to_have_value(COMMENT)
        survey = urlsplit(page.url).path.rpartition("/")[2]
        await person.press(page.get_by_role("button", name="Send"))
        await expect(page).to_have_url(re.compile("/receipt$"))
        await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        await person.look()
        assert complaints.all == []
    await at_rest(system)
    assert "submitted" in facts_by_survey(system)[survey]


async def test_every_page_for_staff_fits_and_is_accessible_and_an_upload_ends_in_its_report(
    system: System, season: Season
) -> None:
    baseline, second = season.uploads(UPLOADED_BY_HAND)
    async with Doors.of(system.places) as doors:
        assert await bring(doors, baseline) == "applied"
    async with a_page() as (page, complaints):
        person = Keyboard(page)
        await page.goto(f"{system.url('partnership')}/feeds/{baseline.connection}")
        await expect(page).to_have_url(re.compile("/sign-in"))
        await person.look()
        await person.choose("subject", 0)
        await person.press(page.locator("main").get_by_role("button", name="Sign in"))

        await expect(page).to_have_url(re.compile(f"/feeds/{baseline.connection}$"))
        await person.look()
        await page.set_input_files("input[type=file]", second.path)
        await person.type(page.get_by_label("When was it exported?"), second.observed_at)
        await person.press(page.get_by_role("button", name="Upload"))
        await expect(page.get_by_text("This run was applied")).to_be_visible()
        await person.look()

        for name, paths in {
            "partnership": ("/", "/feeds", "/matches", "/hires", "/imports"),
            "survey": ("/campaigns",),
            "analytics": (f"/campaigns/{CAMPAIGN}",),
        }.items():
            for path in paths:
                await page.goto(f"{system.url(name)}{path}")
                await expect(page).to_have_url(f"{system.url(name)}{path}")
                await person.look()
        await page.goto(f"{system.url('partnership')}/imports")
        await person.press(page.locator("main table a").first)
        await person.look()
        await page.goto(f"{system.url('analytics')}/campaigns/{CAMPAIGN}")
        await person.press(page.locator("main table a").first)
        await person.look()
        assert complaints.all == []
        assert len(set(person.looked_at)) == 12
