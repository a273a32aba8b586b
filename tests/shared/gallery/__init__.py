"""A small application that shows every part of a page, under the policy that the services send."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.pages import CONTENT_SECURITY_POLICY, Option, Pages, mount_static

FOLDER = Path(__file__).parent
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
            FOLDER,
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
