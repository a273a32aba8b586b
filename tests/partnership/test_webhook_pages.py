"""The pages of webhooks in Chromium: add one, see what arrived and what did not, send again, remove it."""

from datetime import timedelta

import pytest

from tests.browser import DESKTOP, PHONE, reached_by_keyboard
from tests.conftest import SetClock
from tests.partnership.hooking import until_state, until_tried
from tests.partnership.receiver import Receiver
from tests.partnership.test_pages_in_a_browser import browsing, look
from tests.partnership.test_stated_hires import a_hire, taken
from tests.partnership.working import Working

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
async def test_a_webhook_is_added_tried_followed_and_removed(
    hooked: Working, receiver: Receiver, clock: SetClock, width: int
) -> None:
    async with browsing(hooked, width=width) as (page, heard, address):
        await page.goto(f"{address}/webhooks")
        await look(page, heard, "no webhook yet")
        await page.get_by_label("Address of your receiver").fill("ftp://hooks.example/in")
        await page.get_by_role("button", name="Add").click()
        await page.get_by_role("alert").wait_for()
        await look(page, heard, "an address that cannot be")
        await page.get_by_label("Address of your receiver").fill(receiver.url)
        await page.get_by_label("What is it for?").fill("personnel system")
        await page.get_by_role("button", name="Add").click()
        secret = await page.get_by_label("Secret", exact=True).input_value()
        await look(page, heard, "the secret, once")
        await page.get_by_role("button", name="Send a ping").click()
        await page.get_by_text("The receiver answered").wait_for()
        await look(page, heard, "a ping that arrived")
        assert receiver.received[0].verified(secret, clock())
        assert secret not in await page.content()
        receiver.respond = lambda _: (500, {})
        await page.get_by_role("button", name="Send a ping").click()
        await page.get_by_text("It answered with status 500.").wait_for()
        await look(page, heard, "a ping that did not")

        (webhook,) = (await hooked.client.get("/v1/webhooks", headers=hooked.as_district())).json()
        await taken(hooked, a_hire())
        await until_tried(hooked, webhook, 1)
        clock.advance(timedelta(hours=25))
        await until_state(hooked, webhook, "parked")
        name, _, session = hooked.as_district()["cookie"].partition("=")
        await page.context.add_cookies([{"name": name, "value": session, "url": address}])
        await page.goto(f"{address}/webhooks/{webhook['webhook_id']}")
        await look(page, heard, "a message that was given up")
        receiver.respond = lambda _: (200, {})
        await page.get_by_role("button", name="Send all that was given up again").click()
        await until_state(hooked, webhook, "delivered")
        await page.wait_for_load_state("networkidle")
        await page.reload()
        await page.get_by_role("table").get_by_text("arrived").wait_for()
        await look(page, heard, "a message that arrived")

        await page.get_by_role("button", name="Remove").click()
        await page.get_by_role("alert").wait_for()
        await look(page, heard, "removal without saying so")
        await page.locator("#sure").check()
        await page.get_by_role("button", name="Remove").click()
        await page.wait_for_url("**/webhooks")
        await look(page, heard, "none any more")
        assert await hooked.mongo.collection("deliveries").count({}) == 0


async def test_everything_on_the_form_is_reached_by_keyboard(hooked: Working) -> None:
    async with browsing(hooked) as (page, _, address):
        await page.goto(f"{address}/webhooks")
        reached = await reached_by_keyboard(page)
        assert [each for each in reached if each in ("url", "event_types", "description")] == [
            "url", "event_types", "description"
        ]  # fmt: skip
