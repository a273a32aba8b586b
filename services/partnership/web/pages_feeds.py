"""Feeds for people: what is connected and how it is, upload a snapshot."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.feed_health import FeedHealth, feed_health
from services.partnership.domain.snapshot import Snapshot
from services.partnership.domain.sources import READERS
from services.partnership.web.pages_pulls import pulling_shown
from services.partnership.web.state import Partnership, Wired
from services.partnership.web.uploads import file_of, moment
from services.partnership.web.words import FEED_STATE_WORDS, SOURCE_WORDS
from shared.access.asking import Asking, requires
from shared.access.callers import Caller
from shared.errors import Conflict, InvalidInput

router = APIRouter(prefix="/feeds", include_in_schema=False)
Sending = Annotated[Caller, Depends(requires("district", "agency"))]


@router.get("")
async def feeds(request: Request, caller: Asking, partnership: Wired) -> Response:
    scope = caller.scope()
    connections = await partnership.feeds.connections(scope)
    runs = await partnership.feeds.runs(scope)
    return partnership.page(
        request,
        "feeds.html",
        connections=connections,
        health=await _health([each.connection_id for each in connections], partnership),
        runs=runs,
        names=await partnership.directory.names(each.district_id for each in connections),
        may_send=caller.role in ("district", "agency"),
        feed_state_words=FEED_STATE_WORDS,
        source_words=SOURCE_WORDS,
    )


@router.get("/{connection_id}")
async def feed(request: Request, connection_id: str, caller: Asking, partnership: Wired) -> Response:
    return await _feed_page(request, connection_id, caller, partnership, {})


@router.post("/{connection_id}/snapshots")
async def upload(request: Request, connection_id: str, caller: Sending, partnership: Wired) -> Response:
    connection = await partnership.feeds.connection(connection_id, caller.scope())
    now = partnership.clock()
    async with request.form(max_files=1) as form:
        try:
            run: Snapshot = await partnership.take_snapshot(
                file_of(form, "file").file,
                connection,
                observed_at=moment(str(form.get("observed_at") or ""), connection.zone),
                forced=form.get("force") == "yes",
                now=now,
            )
        except (InvalidInput, Conflict) as refusal:
            errors = {refusal.where or "file": f"{refusal.message} {refusal.hint}".strip()}
            return await _feed_page(request, connection_id, caller, partnership, errors)
    return RedirectResponse(f"/feeds/{connection_id}/runs/{run.snapshot_id}", status_code=303)


async def _feed_page(
    request: Request, connection_id: str, caller: Caller, partnership: Wired, errors: dict[str, str]
) -> Response:
    scope = caller.scope()
    connection = await partnership.feeds.connection(connection_id, scope)
    health = await _health([connection_id], partnership)
    return partnership.page(
        request,
        "feed.html",
        status=422 if errors else 200,
        connection=connection,
        runs=await partnership.feeds.runs(scope, connection_id),
        people=await partnership.staff.count_of(connection_id),
        names=await partnership.directory.names([connection.district_id]),
        health=health[connection_id],
        may_send=caller.role in ("district", "agency"),
        pulling=await pulling_shown(connection, scope, partnership),
        takes_uploads=connection.source in READERS,
        feed_state_words=FEED_STATE_WORDS,
        source_words=SOURCE_WORDS,
        errors=errors,
    )


async def _health(connection_ids: list[str], partnership: Partnership) -> dict[str, FeedHealth]:
    runs = await partnership.feeds.latest_runs(connection_ids)
    pulls = await partnership.pulling.pulls.latest_pulls(connection_ids)
    now = partnership.clock()
    return {each: feed_health(runs[each], pulls[each], now) for each in connection_ids}
