"""The pages of partnership in Chromium: on a phone, by keyboard, without scripts, and as axe sees them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page

from tests.browser import DESKTOP, PHONE, Complaints, a_page, axe, overflow, reached_by_keyboard, served
from tests.partnership.rosters import a_role, a_user
from tests.partnership.working import FEED, OTHER_SCHOOL, Working, staff_of
from tests.running import doors_of

pytestmark = pytest.mark.browser


@asynccontextmanager
async def browsing(
    partnership: Working, *, width: int = PHONE, javascript: bool = True
) -> AsyncIterator[tuple[Page, Complaints, str]]:
    """Signed in as the district."""
    name, _, value = partnership.as_district()["cookie"].partition("=")
    async with (
        served(doors_of(partnership.app)) as address,
        a_page(width=width, javascript=javascript) as (page, heard),
    ):
        await page.context.add_cookies([{"name": name, "value": value, "url": address}])
        yield page, heard, address


async def look(page: Page, heard: Complaints, name: str) -> None:
    """Nothing for axe to find, nothing to scroll sideways, nothing that the browser complains of."""
    assert await axe(page) == [], name
    assert await overflow(page) <= 0, name
    assert [complaint for complaint in heard.all if "422" not in complaint] == [], name
    heard.all.clear()


async def with_findings(partnership: Working) -> str:
    """A run with findings of two levels, after another."""
    await partnership.applied(0, staff_of())
    roles = [a_role(1, beginDate="2026-09-01", endDate="2026-08-01"), a_role(2, orgSourcedId="nowhere")]
    run = await partnership.applied(1, staff_of(a_user(1), roles=roles))
    return f"/feeds/{FEED}/runs/{run['run_id']}"


async def a_held_run(partnership: Working) -> str:
    await partnership.applied(0, staff_of())
    run = (await partnership.upload(10, staff_of(before=range(50, 65)))).json()
    return f"/feeds/{FEED}/runs/{run['run_id']}"


async def a_hire(partnership: Working) -> str:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    await partnership.applied(20, staff_of(a_user(1), roles=[a_role(1, orgSourcedId=OTHER_SCHOOL)]))
    (hire,) = await partnership.hires()
    return f"/hires/{hire['hire_id']}"


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
async def test_feeds_are_clean_in_every_state(partnership: Working, width: int) -> None:
    async with browsing(partnership, width=width) as (page, heard, address):
        for name, path in (
            ("feeds", "/feeds"),
            ("a feed", f"/feeds/{FEED}"),
            ("its mapping", f"/feeds/{FEED}/mapping"),
        ):
            await page.goto(address + path)
            await look(page, heard, name)
        run = await a_held_run(partnership)
        await page.goto(f"{address}/feeds/{FEED}")
        await look(page, heard, "a feed with a run on hold")
        await page.get_by_role("link", name="Look at it, release or reject").click()
        await page.wait_for_url(f"**{run}")
        await look(page, heard, "a run on hold")
        await page.get_by_role("button", name="Reject, apply nothing").click()
        await page.get_by_role("alert").wait_for()
        await look(page, heard, "a run on hold, with an error")
        await page.get_by_label("What is wrong with it?").fill("half of it is missing")
        await page.get_by_role("button", name="Reject, apply nothing").click()
        await page.get_by_text("This run was rejected").wait_for()
        await look(page, heard, "a rejected run")


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
async def test_findings_are_chosen_and_downloaded(partnership: Working, javascript: bool) -> None:
    run = await with_findings(partnership)
    async with browsing(partnership, javascript=javascript) as (page, heard, address):
        await page.goto(address + run)
        if javascript:
            await look(page, heard, "a run report")
        assert await page.locator(".pb-finding").count() == 2
        await page.get_by_role("link", name="Error (1)").click()
        assert await page.locator(".pb-finding").count() == 1
        await page.get_by_text("Every id that a row points to occurs in the set.").wait_for()
        assert await page.locator("details").get_attribute("open") is not None
        async with page.expect_download() as downloading:
            await page.get_by_role("link", name="Download these (CSV)").click()
        assert "role.unknown_org" in (await (await downloading.value).path()).read_text()
        heard.all.clear()  # Chromium calls a download a request that failed
        if javascript:
            await look(page, heard, "a run report, chosen")


async def test_a_feed_is_connected_by_form(partnership: Working) -> None:
    async with browsing(partnership) as (page, heard, address):
        await page.goto(address + "/connect-feed")
        await look(page, heard, "connect a feed")
        await page.get_by_label("What their roles are").fill("Dean")
        await page.get_by_role("button", name="Connect").click()
        await page.get_by_role("alert").wait_for()
        await look(page, heard, "connect a feed, with errors")
        await page.get_by_label("Name of the feed").fill("payroll")
        await page.get_by_label("What their roles are").fill("Dean = assistant-principal")
        await page.get_by_role("button", name="Connect").click()
        await page.wait_for_url("**/feeds/payroll")
        await look(page, heard, "a connected feed")


async def test_the_review_queue_is_worked_through_by_keyboard(partnership: Working) -> None:
    await partnership.bring_completers(1, 2)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1, userIds=""), a_user(2, userIds="")))
    async with browsing(partnership) as (page, heard, address):
        await page.goto(address + "/matches")
        await look(page, heard, "the review queue")
        second = (await partnership.to_review())[1]["staff_id"]
        for _ in range(60):
            await page.keyboard.press("Tab")
            if str(await page.evaluate("document.activeElement.textContent")).strip().startswith("No, this is not"):
                break
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/matches#person-{second}")
        assert await page.locator(".pb-card").count() == 1
        assert await page.evaluate("document.querySelector(':target').id") == f"person-{second}"
        await page.get_by_role("button", name="Yes, this is").click()
        await page.get_by_text("There is nothing to decide.").wait_for()
        await look(page, heard, "an empty queue")
    assert len(await partnership.hires()) == 1


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
async def test_where_a_hire_comes_from_is_clean(partnership: Working, width: int) -> None:
    hire = await a_hire(partnership)
    async with browsing(partnership, width=width) as (page, heard, address):
        await page.goto(address + hire)
        await page.get_by_role("link", name="Where does this hire come from?").click()
        await page.get_by_role("heading", name="What the feed said").wait_for()
        await look(page, heard, "where a hire comes from")
        assert await reached_by_keyboard(page)
