"""The parts of a page: what they say to a browser, to a keyboard and to a screen reader."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from jinja2 import UndefinedError
from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.pages import CONTENT_SECURITY_POLICY, Option, Pages, mount_static, static_address
from shared.pages.filters import dash, number, percent, written_date, written_moment
from tests.browser import DESKTOP, PHONE, a_page, axe, overflow, reached_by_keyboard, served

GALLERY = Path(__file__).parent / "gallery"
LEVELS = [
    Option("5", "Fully ready", "Taught from the first day as somebody with experience does."),
    Option("4", "Mostly ready", "Needed help with a few things in the first weeks."),
    Option("3", "Moderately ready", "Needed regular help in the first half of the year."),
    Option("2", "Minimally ready", "Needed close help for most of the year."),
    Option("1", "Not ready", "Could not be left alone with a class."),
]
POINTS = [
    Option("4", "Strongly agree"),
    Option("3", "Agree"),
    Option("2", "Disagree"),
    Option("1", "Strongly disagree"),
]
ERRORS = {
    "readiness": "Choose how ready Ada was",
    "practice": "Choose one answer about using data",
    "mail": "Write the address with an @",
    "agree": "Say that you work with this person",
}
CONTEXT: dict[str, Any] = {
    "levels": LEVELS,
    "points": POINTS,
    "seen": [Option("lesson", "A lesson"), Option("plan", "A lesson plan", "Written by the completer alone.")],
    "years": [Option("1", "One"), Option("2", "Two"), Option("3", "Three or more")],
    "attested": date(2027, 4, 5),
    "changed": datetime(2027, 4, 5, 9, 30, tzinfo=UTC),
    "caller": SimpleNamespace(display_name="Grace Hopper of Cambridge"),
}


class StrictPolicy:
    """The security headers that the frame of a service sends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self.app(scope, receive, with_policy)


class Gallery:
    """A small application that shows every part, and keeps the drafts that it is sent."""

    def __init__(self) -> None:
        self.drafts: list[dict[str, str]] = []
        self.draft_status = 204
        self._pages = Pages(
            GALLERY,
            service_name="Partnerships",
            service_nav=[("/", "Gallery"), ("/mended", "Partnerships"), ("/hires", "Hires to confirm")],
        )
        self.app = Starlette(
            routes=[
                Route("/", self.with_errors),
                Route("/mended", self.without_errors),
                Route("/wrong", self.wrong),
                Route("/draft", self.draft, methods=["POST"]),
            ],
            middleware=[Middleware(StrictPolicy)],
        )
        mount_static(self.app)

    async def with_errors(self, request: Request) -> HTMLResponse:
        return self._pages.render(request, "gallery.html", status=200, errors=ERRORS, **CONTEXT)

    async def without_errors(self, request: Request) -> HTMLResponse:
        return self._pages.render(request, "gallery.html", **CONTEXT)

    async def wrong(self, request: Request) -> HTMLResponse:
        return self._pages.render(
            request,
            "error.html",
            status=404,
            title="There is no such page",
            message="The address may have been mistyped.",
            hint="Go back and try again.",
            correlation_id="7f3a",
        )

    async def draft(self, request: Request) -> Response:
        self.drafts.append({name: str(value) for name, value in (await request.form()).items()})
        return Response(status_code=self.draft_status)


@pytest.fixture
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture
async def address(gallery: Gallery) -> AsyncIterator[str]:
    async with served(gallery.app) as where:
        yield where


async def got(gallery: Gallery, path: str) -> httpx.Response:
    """The answer to a GET, without a socket."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gallery.app), base_url="http://gallery") as client:
        return await client.get(path)


def part(call: str, **context: Any) -> str:
    """One macro of parts.html, rendered, with its white space folded."""
    template = Pages().environment.from_string('{% import "parts.html" as parts %}{{ parts.' + call + " }}")
    return " ".join(template.render(context).split())


def test_a_field_with_an_error_says_so_to_a_screen_reader() -> None:
    shown = part('text_input("mail", "E-mail", hint="Yours", error="Write it with an @")')
    assert 'aria-describedby="mail-hint mail-error"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="mail-error"' in shown
    assert '<label class="usa-label usa-label--error" for="mail">' in shown


@pytest.mark.parametrize(
    "call",
    [
        'text_input("f", "L", error=e, hint=h)',
        'text_area("f", "L", error=e, hint=h)',
        'select("f", "L", options, error=e, hint=h)',
        'file_input("f", "L", error=e, hint=h)',
        'radio_group("f", "L", options, error=e, hint=h)',
        'scale("f", "L", options, error=e, hint=h)',
    ],
)
def test_every_field_ties_its_hint_and_its_error_to_its_control(call: str) -> None:
    shown = part(call, options=LEVELS, e="What is wrong", h="What to think of")
    assert 'aria-describedby="f-hint f-error' in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="f"' in shown, "the list of errors links to the control by the name of the field"


@pytest.mark.parametrize(
    "call", ['text_input("f", "L")', 'radio_group("f", "L", options)', 'select("f", "L", options)']
)
def test_a_field_without_hint_or_error_claims_neither(call: str) -> None:
    shown = part(call, options=POINTS)
    assert "f-hint" not in shown
    assert "f-error" not in shown
    assert "aria-invalid" not in shown


def test_a_radio_is_named_by_its_label_and_described_by_its_description() -> None:
    shown = part('radio_group("ready", "How ready?", options, value="4")', options=LEVELS)
    assert "<legend" in shown
    assert shown.count('type="radio"') == 5
    assert 'aria-labelledby="ready-2-label" aria-describedby="ready-2-description" checked' in shown
    assert shown.count(" checked") == 1


def test_a_scale_is_a_group_of_radios_and_no_table() -> None:
    shown = part('scale("lessons", "Plans lessons", options)', options=POINTS)
    assert 'role="radiogroup"' in shown
    assert "<table" not in shown


def test_what_a_person_wrote_is_shown_and_never_run() -> None:
    shown = part('text_area("comment", "Comment", value=written)', written="</textarea><script>alert(1)</script>")
    assert "<script" not in shown
    assert "&lt;/textarea&gt;" in shown


def test_a_cell_made_by_a_part_stays_markup_and_a_plain_one_is_escaped() -> None:
    shown = part('table("Programs", ["Name", "Note"], [[parts.link("/1", "One"), "<i>"]])')
    assert '<th scope="row"><a class="usa-link" href="/1">One</a></th>' in shown
    assert "&lt;i&gt;" in shown
    assert '<th scope="col">Name</th>' in shown


def test_an_empty_table_says_that_it_is_empty() -> None:
    assert "Nobody yet." in part('table("Hires", ["Who", "Where"], [], empty="Nobody yet.")')


def test_the_list_of_errors_links_to_each_field() -> None:
    shown = part("error_summary(errors)", errors=ERRORS)
    assert '<a class="usa-link" href="#readiness">Choose how ready Ada was</a>' in shown
    assert "4 things need your attention" in shown
    assert part("error_summary({})") == ""


def test_progress_is_told_in_words() -> None:
    assert "2 of 5 answered" in part("progress(2, 5)")
    assert 'max="1"' in part("progress(0, 0)"), "nothing to answer is no division by zero"


@pytest.mark.parametrize(("page", "links"), [(1, ["page=2"]), (2, ["page=1", "page=3"]), (3, ["page=2"])])
def test_a_list_leads_to_the_pages_before_and_after(page: int, links: list[str]) -> None:
    shown = part("pagination(page, 3, '/hires?page={page}')", page=page)
    assert shown.count("href=") == len(links)
    assert all(link in shown for link in links)
    assert f"Page {page} of 3" in shown


def test_a_single_page_needs_no_pagination() -> None:
    assert part("pagination(1, 1, '/hires?page={page}')") == ""


def test_a_name_that_the_template_does_not_know_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        part("tag(unknown)")


def test_values_are_written_for_people() -> None:
    assert written_date(date(2027, 4, 5)) == "5 April 2027"
    assert written_moment(datetime(2027, 4, 5, 9, 30, tzinfo=UTC)) == "5 April 2027, 09:30 UTC"
    assert percent(0.256) == "26%"
    assert percent(0.2564, 1) == "25.6%"
    assert number(1234567) == "1,234,567"
    assert dash("") == "—"
    assert dash(0) == 0
    assert written_date(None) == written_moment(None) == percent(None) == number(None) == "—"


async def test_a_static_file_may_be_kept_for_ever_under_the_name_of_its_content(gallery: Gallery) -> None:
    by_content = await got(gallery, static_address("prepbridge.css"))
    assert by_content.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "immutable" not in (await got(gallery, "/static/prepbridge.css")).headers["Cache-Control"]
    assert (await got(gallery, "/static/nothing.css")).status_code == 404


async def test_an_error_page_tells_what_happened_and_what_to_quote(gallery: Gallery) -> None:
    answer = await got(gallery, "/wrong")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "7f3a" in answer.text
    assert "Sign out" not in answer.text, "nobody is signed in"


async def test_the_title_says_that_something_needs_mending(gallery: Gallery) -> None:
    assert "<title>Error: Gallery · PrepBridge</title>" in (await got(gallery, "/")).text
    assert "<title>Gallery · PrepBridge</title>" in (await got(gallery, "/mended")).text


@pytest.mark.browser
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


@pytest.mark.browser
async def test_an_error_page_is_accessible(address: str) -> None:
    async with a_page(width=PHONE) as (page, complaints):
        await page.goto(f"{address}/wrong", wait_until="networkidle")
        assert await axe(page) == []
        assert all("404" in complaint for complaint in complaints.all), "nothing but the page itself is missing"


@pytest.mark.browser
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


@pytest.mark.browser
async def test_a_choice_can_be_made_and_changed_with_arrow_keys(address: str) -> None:
    async with a_page() as (page, _):
        await page.goto(f"{address}/mended")
        await page.focus("#readiness")
        await page.keyboard.press("Space")
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("radio", name="Mostly ready", exact=True)).to_be_checked()


@pytest.mark.browser
async def test_the_list_of_errors_has_the_focus_and_leads_to_the_field(address: str) -> None:
    async with a_page() as (page, _):
        await page.goto(address)
        await expect(page.locator("#error-summary")).to_be_focused()
        await page.get_by_role("link", name="Choose how ready Ada was").click()
        await expect(page.locator("#readiness")).to_be_focused()


@pytest.mark.browser
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


@pytest.mark.browser
async def test_answers_are_saved_as_they_are_given(address: str, gallery: Gallery) -> None:
    async with a_page() as (page, complaints):
        await page.goto(f"{address}/mended")
        await page.get_by_role("radio", name="Mostly ready", exact=True).check()
        await expect(page.locator("[data-save-status]")).to_have_text("Saved.")
        assert gallery.drafts[-1]["readiness"] == "4"
        assert "feed" not in gallery.drafts[-1]
        assert complaints.all == []


@pytest.mark.browser
async def test_a_draft_that_was_not_saved_is_said_to_be_unsaved(address: str, gallery: Gallery) -> None:
    gallery.draft_status = 503
    async with a_page() as (page, _):
        await page.goto(f"{address}/mended")
        await page.get_by_role("radio", name="Not ready", exact=True).check()
        await expect(page.locator("[data-save-status]")).to_contain_text("Not saved yet")
        gallery.draft_status = 204
        await expect(page.locator("[data-save-status]")).to_have_text("Saved.", timeout=10_000)


@pytest.mark.browser
async def test_a_page_is_whole_without_scripts(address: str) -> None:
    async with a_page(javascript=False) as (page, complaints):
        await page.goto(f"{address}/mended")
        await page.get_by_role("radio", name="Agree", exact=True).first.check()
        await expect(page.get_by_role("button", name="Submit answers")).to_be_enabled()
        assert complaints.all == []
