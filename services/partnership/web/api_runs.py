"""Runs of feeds for machines: what became of each upload, its findings, and the word of a person on one on hold."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from starlette.responses import JSONResponse, Response

from services.partnership.domain.finding_groups import chosen, grouped
from services.partnership.domain.findings import Level
from services.partnership.domain.snapshot import Snapshot
from services.partnership.web.findings_csv import findings_csv
from services.partnership.web.state import Partnership, Wired
from shared.access.asking import Asking, requires
from shared.access.callers import Caller
from shared.openapi import answers

router = APIRouter(prefix="/v1/feeds/{connection_id}/runs", tags=["feeds"])
Deciding = Annotated[Caller, Depends(requires("district", "agency"))]
OfLevel = Annotated[Level | None, Query(description="Only findings of this level.")]
OfCode = Annotated[str, Query(max_length=80, description="Only findings of this code.")]


@router.get("")
async def runs(connection_id: str, caller: Asking, partnership: Wired) -> list[dict[str, Any]]:
    """The latest runs of a feed, newest first, without their findings."""
    await partnership.feeds.connection(connection_id, caller.scope())
    found = await partnership.feeds.runs(caller.scope(), connection_id)
    return [run.model_dump(mode="json", exclude={"findings"}) for run in found]


@router.get("/{run_id}")
async def run(
    connection_id: str, run_id: str, caller: Asking, partnership: Wired, level: OfLevel = None, code: OfCode = ""
) -> dict[str, Any]:
    """What was read, what was found, and what followed; `level` and `code` choose among the findings."""
    found = await partnership.feeds.run(connection_id, run_id, caller.scope())
    report = await run_report(found, partnership)
    return report | {"findings": chosen(report["findings"], level=level or "", code=code)}


@router.get("/{run_id}/findings.csv", response_class=Response, responses=answers("The findings.", "text/csv"))
async def findings_as_csv(
    connection_id: str, run_id: str, caller: Asking, partnership: Wired, level: OfLevel = None, code: OfCode = ""
) -> Response:
    """The kept findings as a file for a spreadsheet; values are masked."""
    found = await partnership.feeds.run(connection_id, run_id, caller.scope())
    return findings_csv(chosen(found.findings, level=level or "", code=code), f"findings-{run_id}.csv")


@router.get("/{run_id}/findings.json")
async def findings_as_json(
    connection_id: str, run_id: str, caller: Asking, partnership: Wired, level: OfLevel = None, code: OfCode = ""
) -> Response:
    """The findings by code: how many, and up to a hundred places of each; values are masked."""
    found = await partnership.feeds.run(connection_id, run_id, caller.scope())
    return findings_json(found, level=level or "", code=code)


@router.post("/{run_id}/release")
async def release(
    connection_id: str,
    run_id: str,
    caller: Deciding,
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


@router.post("/{run_id}/reject")
async def reject(
    connection_id: str,
    run_id: str,
    caller: Deciding,
    partnership: Wired,
    reason: Annotated[str, Body(embed=True, min_length=1, max_length=500)],
) -> dict[str, Any]:
    """Say that a run on hold is wrong: nothing of it is ever applied. Who said so, when and why is kept."""
    refused = await partnership.refuse_snapshot(
        connection_id, run_id, scope=caller.scope(), by=caller.subject, reason=reason, now=partnership.clock()
    )
    return await run_report(refused, partnership)


@router.post("/{run_id}/retract")
async def retract(
    connection_id: str,
    run_id: str,
    caller: Deciding,
    partnership: Wired,
    reason: Annotated[str, Body(embed=True, min_length=1, max_length=500)],
) -> dict[str, Any]:
    """Take back a run that was applied and should not have been; what followed from it is undone."""
    now = partnership.clock()
    await partnership.retract_snapshot(
        connection_id, run_id, scope=caller.scope(), by=caller.subject, reason=reason, now=now
    )
    await partnership.finish_feed(connection_id, now=now)
    return await run_report(await partnership.feeds.run(connection_id, run_id, caller.scope()), partnership)


async def run_report(run: Snapshot, partnership: Partnership) -> dict[str, Any]:
    """A run with the number of hires that it was the first to show."""
    hires = await partnership.hires.count_shown_by(run.connection_id, run.sequence)
    return {"run_id": run.snapshot_id, **run.model_dump(mode="json"), "hires_told": hires}


def findings_json(run: Snapshot, *, level: str, code: str) -> Response:
    groups = grouped(chosen(run.findings, level=level, code=code), run.finding_counts)
    told = {"run_id": run.snapshot_id, "connection_id": run.connection_id, "state": run.state}
    headers = {"content-disposition": f'attachment; filename="findings-{run.snapshot_id}.json"'}
    return JSONResponse(told | {"findings": [group.as_dict() for group in groups]}, headers=headers)
