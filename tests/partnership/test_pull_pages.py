"""How a feed is pulled, by form and button, in Chromium: on a phone, by keyboard, and as axe sees it."""

import pytest

from shared.access.callers import EVERYTHING
from shared.mongo import Mongo
from tests.browser import DESKTOP, PHONE, reached_by_keyboard
from tests.conftest import SetClock
from tests.partnership.pulling import Pulled, roster
from tests.partnership.sis_server import KEY, SECRET, Sis, serving
from tests.partnership.test_pages_in_a_browser import browsing, look
from tests.partnership.working import FEED, working

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
async def test_a_district_sets_up_its_feed_and_pulls_it(mongo: Mongo, clock: SetClock, width: int) -> None:
    async with serving(Sis(roster())) as sis, working(mongo, clock, pull_round_seconds=0.05) as partnership:
        await partnership.bring_directory()
        await partnership.connect(source="oneroster-rest")
        feed = Pulled(partnership, sis, clock)
        async with browsing(partnership, width=width) as (page, heard, address):
            await page.goto(f"{address}/feeds/{FEED}")
            await look(page, heard, "a feed that is not set up")
            await page.get_by_role("link", name="Where its system is").click()
            await look(page, heard, "the empty form")

            await page.get_by_label("Address of the system").fill("no address")
            await page.get_by_label("Times").fill("at dawn")
            await page.get_by_role("button", name="Save").click()
            assert await page.get_by_text("Write the whole address").count() >= 1
            assert await page.get_by_text("Write times of day such as 04:00").count() >= 1
            await look(page, heard, "the form with errors")

            await page.get_by_label("Address of the system").fill(f"{sis.url}/ims/v1p2")
            await page.get_by_label("Address for tokens").fill(f"{sis.url}/oauth/token")
            await page.get_by_label("Times").fill("04:00, 16:30")
            await page.get_by_label("Pauses").fill("2027-06-20 to 2027-08-10")
            await page.get_by_role("button", name="Save").click()
            await page.get_by_label("Client id or key").fill(KEY)
            await page.get_by_label("Secret").fill(SECRET)
            await look(page, heard, "the filled form")
            await page.get_by_role("button", name="Keep the credentials").click()

            assert await page.get_by_text("The next pull by the calendar").count() == 1
            assert SECRET not in await page.content()
            await look(page, heard, "a feed that can be pulled")
            await page.get_by_role("button", name="Pull everything").click()
            (pull,) = await partnership.wired.pulling.pulls.pulls(FEED, EVERYTHING)
            assert (await feed.settled(pull.pull_id))["state"] == "delivered"
            await page.reload()
            assert await page.get_by_role("cell", name="Done").count() == 1
            await look(page, heard, "a feed that was pulled")
            assert len(await reached_by_keyboard(page)) > 5

            await page.get_by_role("link", name="Where its system is").click()
            await page.get_by_role("button", name="Forget the credentials").click()
            assert await page.get_by_text("There are none yet.").count() == 1
            await page.goto(f"{address}/feeds/{FEED}")
            assert await page.get_by_text("we need the credentials with which it knows us").count() == 1
            await look(page, heard, "a feed whose credentials are forgotten")


async def test_a_pull_that_waits_says_why_and_can_be_cancelled(mongo: Mongo, clock: SetClock) -> None:
    sis = Sis(roster(), misbehaves=lambda _, asked: (500, {}, b"") if asked.path.endswith("/users") else None)
    async with serving(sis), working(mongo, clock, pull_round_seconds=0.05) as partnership:
        await partnership.bring_directory()
        await partnership.connect(source="oneroster-rest")
        feed = Pulled(partnership, sis, clock)
        await feed.set_up()
        await feed.pull()
        async with browsing(partnership) as (page, heard, address):
            await page.goto(f"{address}/feeds/{FEED}")
            assert await page.get_by_text("The source has a fault of its own: users (status 500).").count() == 1
            assert await page.get_by_text("Next try:").count() == 1
            await look(page, heard, "a pull that waits")
            await page.get_by_role("button", name="Cancel the pull").click()
            assert await page.get_by_role("cell", name="Cancelled").count() == 1
            await look(page, heard, "a pull that was cancelled")


async def test_a_feed_whose_system_refuses_us_says_so(mongo: Mongo, clock: SetClock) -> None:
    async with serving(Sis(roster())) as sis, working(mongo, clock, pull_round_seconds=0.05) as partnership:
        await partnership.bring_directory()
        await partnership.connect(source="oneroster-rest")
        feed = Pulled(partnership, sis, clock)
        await feed.set_up()
        await feed.give_credentials("another secret")
        assert (await feed.pull())["state"] == "failed"
        async with browsing(partnership) as (page, heard, address):
            await page.goto(f"{address}/feeds")
            assert await page.get_by_text("not reached").count() == 1
            assert await page.get_by_text("The latest pull brought nothing").count() == 1
            assert await page.get_by_text("The source gives us no token (status 401, invalid_client).").count() == 1
            await look(page, heard, "feeds, one of which cannot be pulled")
