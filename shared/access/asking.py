"""Who is asking: an API key, or the session of a person. Every route is closed unless it is made public."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends
from starlette.requests import Request

from shared.access.access_file import AccessFile
from shared.access.callers import Caller, Role
from shared.access.limits import Limits
from shared.access.sessions import SAFE_METHODS, Sessions, comes_from_our_own_page
from shared.clock import Clock
from shared.door import route_template
from shared.errors import Forbidden, NotSignedIn

log = structlog.get_logger()


@dataclass(frozen=True)
class Access:
    """What it takes to know a caller; `request.app.state.access`. Paths are route templates.

    Of the public ones, strangers may ask for the `paced_paths` only so often.
    """

    file: AccessFile
    sessions: Sessions
    clock: Clock
    limits: Limits
    public_paths: frozenset[str]
    paced_paths: frozenset[str]


async def who_is_asking(request: Request) -> Caller:
    """The caller; NotSignedIn if we do not know them. Pages find them in `request.state.caller`."""
    known: Caller | None = getattr(request.state, "caller", None)
    if known is None:
        access: Access = request.app.state.access
        known = _by_key(request, access) if "authorization" in request.headers else _by_session(request, access)
        access.limits.admit_caller(known.subject)
        request.state.caller = known
    return known


async def known_unless_public(request: Request) -> None:
    """Stands before every route of a service: strangers pass to public paths only."""
    access: Access = request.app.state.access
    template = route_template(request.scope)
    if template not in access.public_paths:
        await who_is_asking(request)
    elif template in access.paced_paths:
        access.limits.admit_stranger(request)


def limits_of(request: Request) -> Limits:
    """How often may be asked here."""
    access: Access = request.app.state.access
    return access.limits


Asking = Annotated[Caller, Depends(who_is_asking)]
"""A route's parameter of this type is the caller."""


def requires(*roles: Role) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency that lets these roles pass: `Annotated[Caller, Depends(requires("district", "agency"))]`."""

    async def one_of_these(request: Request) -> Caller:
        caller = await who_is_asking(request)
        if caller.role not in roles:
            raise Forbidden("Your role may not do this.", hint=f"This is for: {', '.join(roles)}.")
        return caller

    return one_of_these


def refuse_forgery(request: Request, public_url: str) -> None:
    """Forbidden if an unsafe request was not sent from one of our own pages: no other site acts for a person."""
    if request.method in SAFE_METHODS or comes_from_our_own_page(request, public_url):
        return
    log.warning("forgery_refused", route=route_template(request.scope))
    raise Forbidden(
        "This request did not come from one of our own pages.", hint="Open the page again here, and send it from there."
    )


def _by_key(request: Request, access: Access) -> Caller:
    scheme, _, key = request.headers["authorization"].partition(" ")
    holder = access.file.holder(key.strip(), access.clock()) if scheme.lower() == "bearer" else None
    if holder is None:
        access.limits.guessed_wrong(request)
        raise NotSignedIn("The API key is not known, or has expired.", hint="Send `Authorization: Bearer <API key>`.")
    return holder


def _by_session(request: Request, access: Access) -> Caller:
    token = request.cookies.get(access.sessions.cookie)
    if token is None:
        raise NotSignedIn("You are not signed in.", hint="Sign in, or send an API key.")
    person = access.sessions.caller(token, access.clock())
    if person is None:
        raise NotSignedIn("Your session is over.", hint="Sign in again.")
    refuse_forgery(request, access.sessions.public_url)
    return person
