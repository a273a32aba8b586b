"""Feeds for machines: connect one, upload its snapshots, read what became of them."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query, Request
from starlette.responses import JSONResponse, Response

from services.partnership.domain.connection import Connection, NewConnection
from services.partnership.domain.snapshot import Snapshot
from services.partnership.web.findings_csv import findings_csv
from services.partnership.web.state import Wired
from services.partnership.web.uploads import hash_of, moment, uploaded
from shared import problems
from shared.access.asking import Asking, requires
from shared.access.callers import Caller
from shared.idempotency import IdempotencyKey, fingerprint

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


@router.post("/{connection_id}/snapshots")
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
    """Upload a OneRoster zip, as `application/zip` or as the file of a form; the same zip again is the same run.

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


@router.get("/{connection_id}/runs")
async def runs(connection_id: str, caller: Asking, partnership: Wired) -> list[dict[str, Any]]:
    """The latest runs of a feed, newest first, without their findings."""
    await partnership.feeds.connection(connection_id, caller.scope())
    found = await partnership.feeds.runs(caller.scope(), connection_id)
    return [run.model_dump(mode="json", exclude={"findings"}) for run in found]


@router.get("/{connection_id}/runs/{run_id}")
async def run(connection_id: str, run_id: str, caller: Asking, partnership: Wired) -> dict[str, Any]:
    """What was read, what was found, and what followed."""
    return await run_report(await partnership.feeds.run(connection_id, run_id, caller.scope()), partnership)


@router.get("/{connection_id}/runs/{run_id}/findings.csv")
async def findings(connection_id: str, run_id: str, caller: Asking, partnership: Wired) -> Response:
    found = await partnership.feeds.run(connection_id, run_id, caller.scope())
    return findings_csv(found.findings, f"findings-{run_id}.csv")


@router.post("/{connection_id}/runs/{run_id}/release")
async def release(
    connection_id: str,
    run_id: str,
    caller: Connecting,
    partnership: Wired,
    reason: Annotated[str, Body(embed=True, max_length=500)] = "",
) -> dict[str, Any]:
    """Let a run that is on hold be applied."""
    now = partnership.clock()
    await partnership.release_snapshot(
        connection_id, run_id, scope=caller.scope(), by=caller.subject, reason=reason, now=now
    )
    await partnership.finish_feed(connection_id, now=now)
    return await run_report(await partnership.feeds.run(connection_id, run_id, caller.scope()), partnership)


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


async def run_report(run: Snapshot, partnership: Wired) -> dict[str, Any]:
    """A run with the number of hires that it was the first to show."""
    hires = await partnership.hires.count_shown_by(run.connection_id, run.sequence)
    return {"run_id": run.snapshot_id, **run.model_dump(mode="json"), "hires_told": hires}
