"""Pulling for people: say where a feed's system is and as whom it is asked, pull now, give up a pull."""

from collections.abc import Mapping
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Depends, Form, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.connection import Connection
from services.partnership.domain.credentials import Credentials
from services.partnership.domain.pull_settings import PulledSource
from services.partnership.web.pulling_form import SIGN_INS, entered, shown
from services.partnership.web.state import Partnership, Wired
from services.partnership.web.words import PULL_STATE_WORDS, WEEKDAY_WORDS
from shared.access.asking import requires
from shared.access.callers import Caller, Scope
from shared.errors import NotFound
from shared.pages import Option

router = APIRouter(prefix="/feeds/{connection_id}", include_in_schema=False)
Connecting = Annotated[Caller, Depends(requires("district", "agency"))]
NO_CREDENTIALS = "Write both the client id and the secret."


@router.post("/pulls")
async def pull(
    connection_id: str, caller: Connecting, partnership: Wired, everything: Annotated[str, Form()] = ""
) -> Response:
    await partnership.pulling.want(
        connection_id,
        scope=caller.scope(),
        by=caller.subject,
        wants_all=everything == "yes",
        now=partnership.clock(),
    )
    return RedirectResponse(f"/feeds/{connection_id}", status_code=303)


@router.post("/pulls/{pull_id}/cancel")
async def cancel(connection_id: str, pull_id: str, caller: Connecting, partnership: Wired) -> Response:
    await partnership.pulling.cancel(
        connection_id, pull_id, scope=caller.scope(), by=caller.subject, now=partnership.clock()
    )
    return RedirectResponse(f"/feeds/{connection_id}", status_code=303)


@router.get("/pulling")
async def form(request: Request, connection_id: str, caller: Connecting, partnership: Wired) -> Response:
    connection = await _pulled(connection_id, caller, partnership)
    return await _page(request, connection, partnership, {}, {})


@router.post("/pulling")
async def change(request: Request, connection_id: str, caller: Connecting, partnership: Wired) -> Response:
    connection = await _pulled(connection_id, caller, partnership)
    fields = await request.form()
    sent = {name: str(value) for name, value in fields.items()}
    days = [str(day) for day in fields.getlist("days")]
    settings, errors = entered(sent, days, cast(PulledSource, connection.source), connection.pull)
    if settings is None:
        return await _page(request, connection, partnership, {**sent, "days": days}, errors)
    await partnership.pulling.change(
        connection_id, settings, scope=caller.scope(), by=caller.subject, now=partnership.clock()
    )
    return RedirectResponse(f"/feeds/{connection_id}/pulling", status_code=303)


@router.post("/credentials")
async def keep_credentials(
    request: Request,
    connection_id: str,
    caller: Connecting,
    partnership: Wired,
    client_id: Annotated[str, Form()] = "",
    client_secret: Annotated[str, Form()] = "",
) -> Response:
    connection = await _pulled(connection_id, caller, partnership)
    try:
        credentials = Credentials.model_validate({"client_id": client_id.strip(), "client_secret": client_secret})
    except ValidationError:
        return await _page(request, connection, partnership, {}, {"client_secret": NO_CREDENTIALS})
    await partnership.pulling.keep_credentials(
        connection_id, credentials, scope=caller.scope(), by=caller.subject, now=partnership.clock()
    )
    return RedirectResponse(f"/feeds/{connection_id}", status_code=303)


@router.post("/credentials/forget")
async def forget_credentials(connection_id: str, caller: Connecting, partnership: Wired) -> Response:
    await _pulled(connection_id, caller, partnership)
    await partnership.pulling.forget_credentials(
        connection_id, scope=caller.scope(), by=caller.subject, now=partnership.clock()
    )
    return RedirectResponse(f"/feeds/{connection_id}/pulling", status_code=303)


async def pulling_shown(connection: Connection, scope: Scope, partnership: Partnership) -> dict[str, Any] | None:
    """What the page of a feed tells of its pulls; nothing for a feed that is only uploaded."""
    if connection.source not in get_args(PulledSource):
        return None
    settings, now = connection.pull, partnership.clock()
    pulls = await partnership.pulling.pulls.pulls(connection.connection_id, scope, limit=10)
    return {
        "is_set_up": settings is not None,
        "has_credentials": await partnership.pulling.credentials.known(connection.connection_id) is not None,
        "pulls": pulls,
        "open": next((each for each in pulls if each.is_open), None),
        "next_due": settings.calendar.next_run(now, connection.zone) if settings else None,
        "words": PULL_STATE_WORDS,
    }


async def _pulled(connection_id: str, caller: Caller, partnership: Partnership) -> Connection:
    connection = await partnership.feeds.connection(connection_id, caller.scope())
    if connection.source not in get_args(PulledSource):
        raise NotFound("This feed is uploaded, not pulled.", hint="Go back to its page to upload an export.")
    return connection


async def _page(
    request: Request,
    connection: Connection,
    partnership: Partnership,
    values: Mapping[str, Any],
    errors: dict[str, str],
) -> Response:
    return partnership.page(
        request,
        "pulling.html",
        status=422 if errors else 200,
        connection=connection,
        values={**shown(connection.pull, connection.source), **values},
        sign_ins=[Option(name, words) for name, words in SIGN_INS.items()],
        weekdays=[Option(name, words) for name, words in WEEKDAY_WORDS.items()],
        versions=[Option("1.2", "OneRoster 1.2"), Option("1.1", "OneRoster 1.1")],
        credentials=await partnership.pulling.credentials.known(connection.connection_id),
        errors=errors,
    )
