"""A run of a feed for people: what was read and found, how it differs from the one before, release or reject."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.finding_groups import by_level, chosen, grouped, is_level
from services.partnership.domain.run_comparison import beside, codes_only_in
from services.partnership.domain.snapshot import Snapshot
from services.partnership.web.api_runs import findings_json
from services.partnership.web.finding_words import EXPECTED
from services.partnership.web.findings_csv import findings_csv
from services.partnership.web.state import Partnership, Wired
from services.partnership.web.words import LEVEL_WORDS, RUN_STATE_WORDS
from shared.access.asking import Asking, requires
from shared.access.callers import Caller
from shared.errors import InvalidInput

router = APIRouter(prefix="/feeds/{connection_id}/runs/{run_id}", include_in_schema=False)
Deciding = Annotated[Caller, Depends(requires("district", "agency"))]
Reason = Annotated[str, Form(max_length=500)]
Word = Annotated[str, Query(max_length=80)]
UNKNOWN_SCHOOL = "org.not_in_directory"


@router.get("")
async def run(
    request: Request,
    connection_id: str,
    run_id: str,
    caller: Asking,
    partnership: Wired,
    level: Word = "",
    code: Word = "",
) -> Response:
    return await _run_page(request, connection_id, run_id, caller, partnership, level=level, code=code)


@router.get("/findings.csv")
async def findings_as_csv(
    connection_id: str, run_id: str, caller: Asking, partnership: Wired, level: Word = "", code: Word = ""
) -> Response:
    found = await partnership.feeds.run(connection_id, run_id, caller.scope())
    return findings_csv(chosen(found.findings, level=level, code=code), f"findings-{run_id}.csv")


@router.get("/findings.json")
async def findings_as_json(
    connection_id: str, run_id: str, caller: Asking, partnership: Wired, level: Word = "", code: Word = ""
) -> Response:
    return findings_json(await partnership.feeds.run(connection_id, run_id, caller.scope()), level=level, code=code)


@router.post("/release")
async def release(
    connection_id: str, run_id: str, caller: Deciding, partnership: Wired, reason: Reason = ""
) -> Response:
    now = partnership.clock()
    await partnership.release_snapshot(
        connection_id, run_id, scope=caller.scope(), by=caller.subject, reason=reason, now=now
    )
    await partnership.finish_feed(connection_id, now=now)
    return RedirectResponse(f"/feeds/{connection_id}/runs/{run_id}", status_code=303)


@router.post("/reject")
async def reject(
    request: Request, connection_id: str, run_id: str, caller: Deciding, partnership: Wired, reason: Reason = ""
) -> Response:
    try:
        await partnership.refuse_snapshot(
            connection_id, run_id, scope=caller.scope(), by=caller.subject, reason=reason, now=partnership.clock()
        )
    except InvalidInput as refusal:
        errors = {"reject-reason": refusal.message}
        return await _run_page(request, connection_id, run_id, caller, partnership, errors=errors)
    return RedirectResponse(f"/feeds/{connection_id}/runs/{run_id}", status_code=303)


@router.post("/retract")
async def retract(
    request: Request, connection_id: str, run_id: str, caller: Deciding, partnership: Wired, reason: Reason = ""
) -> Response:
    if not reason.strip():
        errors = {"reason": "Say what is wrong with it."}
        return await _run_page(request, connection_id, run_id, caller, partnership, errors=errors)
    now = partnership.clock()
    await partnership.retract_snapshot(
        connection_id, run_id, scope=caller.scope(), by=caller.subject, reason=reason.strip(), now=now
    )
    await partnership.finish_feed(connection_id, now=now)
    return RedirectResponse(f"/feeds/{connection_id}/runs/{run_id}", status_code=303)


async def _run_page(
    request: Request,
    connection_id: str,
    run_id: str,
    caller: Caller,
    partnership: Partnership,
    *,
    level: str = "",
    code: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    found = await partnership.feeds.run(connection_id, run_id, caller.scope())
    previous = await partnership.feeds.applied_before(found)
    level = level if is_level(level) else ""
    everything = grouped(found.findings, found.finding_counts)
    shown = [group for group in everything if level in ("", group.level) and code in ("", group.code)]
    unknown = [each["value"] for each in chosen(found.findings, code=UNKNOWN_SCHOOL)]
    return partnership.page(
        request,
        "run.html",
        status=422 if errors else 200,
        run=found,
        hires=await partnership.hires.count_shown_by(connection_id, found.sequence),
        names=await partnership.directory.names([found.district_id, *found.comparison.emptied_schools]),
        groups=shown,
        all_groups=everything,
        counts=by_level(everything),
        level=level,
        code=code,
        query=_query(level, code),
        unknown_schools=list(dict.fromkeys(unknown)),
        previous=previous,
        **_beside(found, previous),
        expected=EXPECTED,
        level_words=LEVEL_WORDS,
        state_words=RUN_STATE_WORDS,
        may_decide=caller.role in ("district", "agency") and found.state == "held",
        may_take_back=caller.role in ("district", "agency") and found.state == "applied",
        errors=errors or {},
    )


def _beside(run: Snapshot, previous: Snapshot | None) -> dict[str, Any]:
    if previous is None:
        return {"figures": (), "codes_new": (), "codes_gone": ()}
    return {
        "figures": beside(run, previous),
        "codes_new": codes_only_in(run, previous),
        "codes_gone": codes_only_in(previous, run),
    }


def _query(level: str, code: str) -> str:
    """What is chosen, for the address of a download."""
    asked = {name: word for name, word in (("level", level), ("code", code)) if word}
    return f"?{urlencode(asked)}" if asked else ""
