"""Runs a service inside the test: the whole lifespan, and a client that calls it without a socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import structlog
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from shared.access.asking import Access
from shared.access.callers import Caller, Role
from shared.life import Life

READY_SECONDS = 30.0
ADDRESS = "http://localhost:8100"

# structlog's own choice, rich, draws the frames of a traceback with all their variables, which takes seconds.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, ready when this begins and stopped when it ends. Redirects stay visible."""
    life: Life = app.state.life
    async with app.router.lifespan_context(app):
        async with asyncio.timeout(READY_SECONDS):
            await life.opened()
        assert life.failure is None, f"The service did not start: {life.failure!r}"
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESS) as client:
            yield client
    assert life.failure is None, f"The service did not stay up: {life.failure!r}"


def signed_in(app: FastAPI, role: Role, *organizations: str) -> dict[str, str]:
    """The headers that a browser sends for somebody who has signed in, from one of our own pages."""
    access: Access = app.state.access
    caller = Caller(f"{role}-person", role, frozenset(organizations), f"A person of the {role}")
    token = access.sessions.token(caller, access.clock())
    return {"cookie": f"{access.sessions.cookie}={token}", "sec-fetch-site": "same-origin"}


async def figures_of(app: FastAPI, client: httpx.AsyncClient) -> dict[str, int]:
    """What a service tells its operator of its own."""
    answer = await client.get("/v1/operations/status", headers=signed_in(app, "operator"))
    return {figure["name"]: figure["count"] for figure in answer.json()["figures"]}


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Every (method, path) of a running service, with path parameters filled in; static files left out."""
    schema_less = {"HEAD", "OPTIONS"}
    found: list[tuple[str, str]] = []
    for route in app.router.routes:
        contexts = getattr(route, "effective_route_contexts", None)
        for each in contexts() if contexts is not None else [route]:
            path, methods = getattr(each, "path_format", None), getattr(each, "methods", None)
            if path and methods:
                found.extend((method, path) for method in sorted(set(methods) - schema_less))
    return found


async def routes_open_to_strangers(app: FastAPI, client: httpx.AsyncClient) -> set[str]:
    """The routes that answer a stranger with anything but "sign in"; to be held against a list."""
    open_routes = set()
    for method, path in routes_of(app):
        address = path.replace("{", "").replace("}", "").replace(":path", "")
        answer = await client.request(method, address, headers={"accept": "application/json"})
        if answer.status_code != 401:
            open_routes.add(f"{method} {path}")
    return open_routes


def doors_of(app: FastAPI) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """A running service as an application that a server can serve without starting it a second time."""

    async def doors(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)

    return doors
