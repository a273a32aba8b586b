"""Vacancies, needs and reviews in Chromium, on a phone: by district, provider and agency."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.browser import PHONE
from tests.conftest import SetClock
from tests.partnership.ledger import agreed
from tests.partnership.reviewing import HOLDERS
from tests.partnership.test_pages_in_a_browser import browsing, look
from tests.partnership.test_vacancies import a_vacancy, stated
from tests.partnership.working import PROVIDER, Working

pytestmark = pytest.mark.browser


async def sign_in(page: Page, address: str, who: dict[str, str]) -> None:
    name, _, value = who["cookie"].partition("=")
    await page.context.add_cookies([{"name": name, "value": value, "url": address}])


async def test_vacancies_needs_and_reviews_on_a_phone(partnership: Working, clock: SetClock, tmp_path: Path) -> None:
    await partnership.bring_completers(*range(1, 12))
    await agreed(partnership)
    await partnership.bring("role_holders", HOLDERS.encode())
    broken = tmp_path / "broken.csv"
    broken.write_text("school_year,licence_field,grade_span,kind,count\n2027-28,Latin,8-May,current,1\n")
    async with browsing(partnership, width=PHONE) as (page, heard, address):
        await page.goto(f"{address}/vacancies")
        await look(page, heard, "no vacancies yet")
        await page.get_by_label("File of vacancies, CSV").set_input_files(broken)
        await page.get_by_role("button", name="Upload").click()
        await page.get_by_text("A spreadsheet has made a date").wait_for()
        await look(page, heard, "a file that was not taken")
        await page.get_by_role("button", name="Open the table").click()
        await page.locator("#licence_field-1").fill("Elementary")
        await page.locator("#grade_span-1").fill("9-1")
        await page.locator("#count-1").fill("3")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("alert").wait_for()
        await look(page, heard, "a row that cannot be")
        await page.locator("#grade_span-1").fill("PreK-2")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_text("This is what holds now.").wait_for()
        assert await page.locator("#grade_span-1").input_value() == "PK-2"
        await stated(partnership, a_vacancy(), a_vacancy(licence_field="Latin"))
        await page.reload()
        await page.get_by_text("What was stated before").wait_for()
        await look(page, heard, "what was stated before")

        await sign_in(page, address, partnership.as_provider())
        await page.goto(f"{address}/needs")
        chart = page.get_by_role("img", name="Bar chart of openings")
        assert await chart.evaluate("image => image.complete && image.naturalWidth > 0")
        await page.get_by_text("no program has this field").wait_for()
        await look(page, heard, "what our districts need")

        await sign_in(page, address, partnership.as_agency())
        await page.goto(f"{address}/reviews")
        await page.get_by_role("button", name="Prepare").click()
        await page.get_by_role("alert").wait_for()
        await look(page, heard, "a review that nobody named")
        await page.get_by_label("Provider", exact=True).select_option(PROVIDER)
        await page.locator("#process-2").check()
        await page.locator("#size_class").check()
        await page.get_by_label("First day of the review").fill("2027-04-01")
        await page.get_by_role("button", name="Prepare").click()
        await page.get_by_text("These would be asked").wait_for()
        await look(page, heard, "a draft")
        await page.get_by_label("District", exact=True).select_option("00490000")
        await page.get_by_label("Whom to ask").select_option("person")
        await page.get_by_label("Name of the person").fill("Robin Example")
        await page.get_by_role("button", name="Add to the list").click()
        await page.get_by_role("link", name="without one nobody can be asked").wait_for()
        await look(page, heard, "a person without an address")
        await page.get_by_label("E-mail address of the person").fill("robin@cambridge.example")
        await page.get_by_role("button", name="Add to the list").click()
        await page.get_by_role("button", name="Remove Robin Example").wait_for()
        await page.get_by_label("Whom to ask").select_option("superintendent")
        await page.get_by_label("District", exact=True).select_option("00490000")
        await page.get_by_role("button", name="Add to the list").click()
        await page.get_by_text("cannot be reached").wait_for()
        await look(page, heard, "somebody who cannot be reached")
        await page.locator("#sure").check()
        await page.get_by_role("button", name="Open the review").click()
        await page.get_by_role("button", name="Close the review").wait_for()
        await look(page, heard, "an open review")
        here = page.url
        await page.goto(f"{address}/districts")
        await look(page, heard, "partnerships by district")

        await sign_in(page, address, partnership.as_provider())
        await page.goto(here)
        await page.get_by_text("Robin Example").wait_for()
        assert "robin@cambridge.example" not in await page.content()
        await look(page, heard, "a provider’s own review")
