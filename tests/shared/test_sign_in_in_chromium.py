"""The sign-in as a real browser sees it: its own headers, its own idea of cookies and of the content policy."""

from pathlib import Path

import pytest

from shared.mongo import Mongo
from tests.browser import PHONE, a_page, axe, overflow, served
from tests.conftest import SetClock
from tests.shared.parts_of_access import service_that_knows_people

pytestmark = pytest.mark.browser


@pytest.fixture
def mongo_driver() -> str:
    """Nothing here depends on the driver."""
    return "motor"


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_person_signs_in_by_keyboard(mongo: Mongo, clock: SetClock, tmp_path: Path, javascript: bool) -> None:
    app = service_that_knows_people(mongo, clock, tmp_path)
    async with served(app) as address, a_page(width=PHONE, javascript=javascript) as (page, complaints):
        await page.goto(f"{address}/closed")
        assert page.url == f"{address}/sign-in?next=%2Fclosed"
        assert await overflow(page) == 0
        assert complaints.all == []
        await page.get_by_role("radio", name="Ada of the Agency").focus()
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{address}/closed")
        assert '{"closed":true}' in await page.content()


async def test_the_sign_in_page_and_a_refusal_are_accessible(mongo: Mongo, clock: SetClock, tmp_path: Path) -> None:
    app = service_that_knows_people(mongo, clock, tmp_path)
    async with served(app) as address, a_page() as (page, _):
        for path in ("/sign-in", "/refusals/invalid"):
            await page.goto(f"{address}{path}")
            assert await axe(page) == []
