"""The pages of results in a browser."""

import pytest

from tests.analytics.conftest import Analytics
from tests.analytics.test_app import PAGE, twelve_answers
from tests.browser import DESKTOP, PHONE, a_page, axe, overflow, served
from tests.running import doors_of, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("mongo_driver", ["motor"], indirect=True)]


async def test_the_pages_of_results_are_clean_on_a_desk_and_on_a_phone(analytics: Analytics) -> None:
    await twelve_answers(analytics)
    cookie = signed_in(analytics.app, "agency")["cookie"]
    async with served(doors_of(analytics.app)) as address:
        for width in (DESKTOP, PHONE):
            async with a_page(width=width) as (page, complaints):
                await page.set_extra_http_headers({"cookie": cookie})
                for path in (PAGE, f"{PAGE}/providers/provider-1"):
                    await page.goto(address + path)
                    assert await page.locator("h1").count() == 1
                    assert await axe(page) == []
                    assert await overflow(page) <= 0
                assert complaints.all == []
