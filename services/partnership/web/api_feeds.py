"""Feeds for machines: connect one, upload its snapshots."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import JSONResponse, Response

from services.partnership.domain.connection import Connection, NewConnection
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.web.api_runs import run_report
from services.partnership.web.state import Wired
from services.partnership.web.uploads import hash_of, moment, uploaded
from shared import problems
from shared.access.asking import Asking, requires
from shared.access.callers import Caller
from shared.idempotency import IdempotencyKey, fingerprint
from shared.openapi import uploads

router = APIRouter(prefix="/v1/feeds", tags=["feeds"])
Connecting = Annotated[Caller, Depends(requires("district", "agency"))]


@router.post("", status_code=201)
async def connect(new: NewConnection, caller: Connecting, partnership: Wired) -> Connection:
    """Connect a district's student information system."""
    return await partnership.connect_feed(new, scope=caller.scope(), now=partnership.clock())


@router.get("")
async def feeds(caller: Asking, partnership: Wired) -> list[Connection]:
    """The feeds that the caller may see."""
    return await partnership.feeds.connections(caller.scope())


@router.get("/{connection_id}")
async def feed(connection_id: str, caller: Asking, partnership: Wired) -> Connection:
    return await partnership.feeds.connection(connection_id, caller.scope())


@router.put("/{connection_id}/mapping")
async def change_mapping(
    connection_id: str, mapping: ConnectionMapping, caller: Connecting, partnership: Wired
) -> Connection:
    """Read the feed otherwise from its next delivery on; the whole mapping is sent."""
    return await partnership.change_mapping(
        connection_id, mapping, scope=caller.scope(), by=caller.subject, now=partnership.clock()
    )


@router.post(
    "/{connection_id}/snapshots",
    openapi_extra=uploads(
        "What the source delivers.", "application/zip", "application/xml", "text/csv", "application/octet-stream"
    ),
)
async def upload(
    request: Request,
    connection_id: str,
    caller: Connecting,
    partnership: Wired,
    observed_at: Annotated[str, Query()] = "",
    x_observed_at: Annotated[str, Header()] = "",
    force: Annotated[bool, Query()] = False,
    key: IdempotencyKey = "",
) -> Response:
    """Upload what the feed's source delivers (a zip, an XML or text file), as the body or as the file of a form; the
    same file again is the same run.

    `observed_at`: when the export was made, not in the future; without a zone it is meant in the district's time.
    """
    connection = await partnership.feeds.connection(connection_id, caller.scope())
    now = partnership.clock()
    seen_at = moment(observed_at or x_observed_at, connection.zone)
    async with uploaded(request) as file:

        async def take() -> Response:
            run = await partnership.take_snapshot(file, connection, observed_at=seen_at, forced=force, now=now)
            report = await run_report(run, partnership)
            return _rejection(report) if run.state == "rejected" else JSONResponse(report)

        content = await asyncio.to_thread(hash_of, file) if key else ""
        asked = fingerprint("snapshot", connection_id, str(seen_at), str(force), content)
        return await partnership.idempotency.answer(key, caller.subject, asked, take)


def _rejection(report: dict[str, Any]) -> Response:
    """The report, as a problem (RFC 9457) that says what is worst: no program should take it for success."""
    worst = report["findings"][0]
    where = " ".join(str(worst[part]) for part in ("file", "line", "column") if worst[part])
    problem = {
        "type": "urn:prepbridge:problem:snapshot-rejected",
        "title": "This file was not taken",
        "status": 422,
        "detail": worst["message"],
        "hint": worst["hint"],
        "where": where,
    }
    return JSONResponse(problem | report, status_code=422, media_type=problems.MEDIA_TYPE)
