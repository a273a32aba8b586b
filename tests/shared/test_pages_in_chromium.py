"""The parts of a page in Chromium: what a keyboard, a screen reader, a phone and the policy make of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser import DESKTOP, PHONE, a_page, axe, overflow, reached_by_keyboard, served
from tests.shared.gallery import Gallery

pytestmark = pytest.mark.browser


@pytest.fixture
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture
async def address(gallery: Gallery) -> AsyncIterator[str]:
    async with served(gallery.app) as where:
        yield where


@pytest.mark.parametrize("path", ["/", "/mended"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
async def test_every_part_is_accessible_fits_and_breaks_no_policy(
    address: str, tmp_path: Path, width: int, path: str
) -> None:
    async with a_page(width=width) as (page, complaints):
        await page.goto(address + path, wait_until="networkidle")
        await page.screenshot(path=tmp_path / "gallery.png", full_page=True)
        assert await axe(page) == []
        assert await overflow(page) <= 0
        assert complaints.all == []


async def test_an_error_page_is_accessible(address: str) -> None:
    async with a_page(width=PHONE) as (page, complaints):
        await page.goto(f"{address}/wrong", wait_until="networkidle")
        assert await axe(page) == []
        assert all("404" in complaint for complaint in complaints.all), "nothing but the page itself is missing"


async def test_the_keyboard_reaches_every_control(address: str) -> None:
    async with a_page() as (page, _):
        await page.goto(f"{address}/mended", wait_until="networkidle")
        reached = await reached_by_keyboard(page)
        for control in (
            "readiness",
            "lessons-2",
            "practice",
            "seen",
            "seen-2",
            "years",
            "mail",
            "comment",
            "feed",
            "agree",
        ):
            assert control in reached
        unnamed = await page.locator("a[href]:visible, button:visible, [tabindex='0']:visible").count()
        assert reached.count("-") == unnamed


async def test_a_choice_can_be_made_and_changed_with_arrow_keys(address: str) -> None:
    async with a_page() as (page, _):
        await page.goto(f"{address}/mended")
        await page.focus("#readiness")
        await page.keyboard.press("Space")
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("radio", name="Mostly ready", exact=True)).to_be_checked()


async def test_the_list_of_errors_has_the_focus_and_leads_to_the_field(address: str) -> None:
    async with a_page() as (page, _):
        await page.goto(address)
        await expect(page.locator("#error-summary")).to_be_focused()
        await page.get_by_role("link", name="Choose how ready Ada was").click()
        await expect(page.locator("#readiness")).to_be_focused()


async def test_the_levels_of_a_scale_stand_side_by_side_only_where_there_is_room(address: str) -> None:
    for width, rows in ((DESKTOP, 1), (PHONE, 4)):
        async with a_page(width=width) as (page, _):
            await page.goto(f"{address}/mended")
            tops = [
                box["y"]
                for tile in await page.locator(".pb-scale").first.locator("label").all()
                if (box := await tile.bounding_box())
            ]
            assert len(set(tops)) == rows


async def test_answers_are_saved_as_they_are_given(address: str, gallery: Gallery) -> None:
    async with a_page() as (page, complaints):
        await page.goto(f"{address}/mended")
        await page.get_by_role("radio", name="Mostly ready", exact=True).check()
        await expect(page.locator("[data-save-status]")).to_have_text("Saved.")
        assert gallery.drafts[-1]["readiness"] == "4"
        assert "feed" not in gallery.drafts[-1]
        assert complaints.all == []


async def test_a_draft_that_was_not_saved_is_said_to_be_unsaved(address: str, gallery: Gallery) -> None:
    gallery.draft_status = 503
    async with a_page() as (page, _):
        await page.clock.install()
        await page.goto(f"{address}/mended")
        await page.get_by_role("radio", name="Not ready", exact=True).check()
        await page.clock.fast_forward("00:02")
        await expect(page.locator("[data-save-status]")).to_contain_text("Not saved yet")
        gallery.draft_status = 204
        await page.clock.fast_forward("00:10")
        await expect(page.locator("[data-save-status]")).to_have_text("Saved.")


async def test_a_draft_that_is_refused_is_not_sent_again(address: str, gallery: Gallery) -> None:
    gallery.draft_status = 403
    async with a_page() as (page, _):
        await page.clock.install()
        await page.goto(f"{address}/mended")
        await page.get_by_role("radio", name="Not ready", exact=True).check()
        await page.clock.fast_forward("00:02")
        await expect(page.locator("[data-save-status]")).to_contain_text("Please load it again")
        await page.clock.fast_forward("01:00")
        assert len(gallery.drafts) == 1


async def test_writing_is_told_how_much_room_is_left(address: str) -> None:
    async with a_page() as (page, _):
        await page.goto(f"{address}/mended")
        await page.get_by_label("Anything that the program should know").fill("x" * 1990)
        await expect(page.locator("#comment-left")).to_have_text("10 characters left.")
        await page.get_by_label("Anything that the program should know").fill("x" * 2001)
        await expect(page.locator("#comment-left")).to_have_text("1 character too many.")


async def test_a_page_is_whole_without_scripts(address: str) -> None:
    async with a_page(javascript=False) as (page, complaints):
        await page.goto(f"{address}/mended")
        await page.get_by_role("radio", name="Agree", exact=True).first.check()
        await expect(page.get_by_role("button", name="Submit answers")).to_be_enabled()
        assert complaints.all == []
