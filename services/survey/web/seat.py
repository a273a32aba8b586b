"""Who sits here: the short cookie that a link is exchanged for."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from services.survey.domain.link import COOKIE_LIFE, Seat
from services.survey.web.wired import Behind, Wired
from shared.access.asking import refuse_forgery
from shared.errors import NoLonger, NotFound


def seat_in(request: Request, behind: Wired) -> Seat:
    """The seat of this browser; NotFound without one, for a sitting is nobody's to know of but its person's."""
    refuse_forgery(request, behind.public_url)
    taken = behind.link_key.seat(request.cookies.get(cookie_name(behind), ""), behind.clock())
    if taken is None:
        raise NotFound(
            "We do not know which forms are yours.",
            hint="Open the link in your mail again. For your safety it is remembered for half a day only.",
        )
    return taken


def link_is_dead() -> NoLonger:
    """Its person holds none of the roles any more that were asked through it."""
    return NoLonger("This link does not work any more.", hint="Use the one in the newest mail.")


async def seat(request: Request, behind: Behind) -> Seat:
    return seat_in(request, behind)


Seated = Annotated[Seat, Depends(seat)]


def cookie_name(behind: Wired) -> str:
    """`__Host-` pins the cookie to this host, and browsers take it over https only."""
    return "__Host-prepbridge_sitting" if _is_secure(behind) else "prepbridge_sitting"


def set_seat(response: Response, taken: Seat, behind: Wired) -> None:
    # Lax, not Strict: the browser comes here from a mail, and Strict would keep the cookie from the redirect's target.
    response.set_cookie(
        cookie_name(behind),
        behind.link_key.cookie(taken, behind.clock()),
        max_age=int(COOKIE_LIFE.total_seconds()),
        path="/",
        secure=_is_secure(behind),
        httponly=True,
        samesite="lax",
    )


def _is_secure(behind: Wired) -> bool:
    return behind.public_url.startswith("https://")
