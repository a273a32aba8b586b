"""Chromium for tests: a page as wide as asked, what it complains of, and what axe, Tab and a ruler say of it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOW_TO_INSTALL = "not run: no Chromium on PATH; install it, for example with `apt-get install chromium`"
ACCESSIBILITY_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESKTOP, PHONE = 1280, 390


@dataclass
class Complaints:
    """What a browser has to say against the pages that it was shown."""

    all: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> "Complaints":
        """Collects failed requests, answers of 400 and above, script errors, and CSP violations (console errors)."""
        heard = cls()
        page.on("console", lambda said: heard.all.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: heard.all.append(str(error)))
        page.on("requestfailed", lambda request: heard.all.append(f"failed: {request.url}"))
        page.on("response", lambda got: heard.all.append(f"{got.status}: {got.url}") if got.status >= 400 else None)
        return heard


@asynccontextmanager
async def a_page(*, width: int = DESKTOP, javascript: bool = True) -> AsyncIterator[tuple[Page, Complaints]]:
    """A page in a browser of its own, `DESKTOP` or `PHONE` wide; without Chromium the test counts as not run."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        pytest.skip(HOW_TO_INSTALL)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=javascript, reduced_motion="reduce"
        )
        page = await context.new_page()
        yield page, Complaints.of(page)
        await browser.close()


async def axe(page: Page) -> list[str]:
    """What axe-core finds wrong with the page, one line each: rule, element, what to do."""
    found: Any = await Axe().run(page, options={"runOnly": {"type": "tag", "values": ACCESSIBILITY_RULES}})
    return [
        f"{violation['id']}: {node['html']}: {node['failureSummary']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


async def reached_by_keyboard(page: Page) -> list[str]:
    """Ids of what the Tab key reaches, from the top until it leaves the page; radio groups count as one stop."""
    reached: list[str] = []
    for _ in range(500):
        await page.keyboard.press("Tab")
        stop = await page.evaluate("document.activeElement === document.body ? null : document.activeElement.id || '-'")
        if stop is None:
            break
        reached.append(stop)
    return reached


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window: nobody should scroll sideways."""
    return int(await page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@asynccontextmanager
async def served(app: Callable[..., Awaitable[None]]) -> AsyncIterator[str]:
    """An ASGI application on a free port of loopback, in this event loop; gives its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="auto")
    )
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running
