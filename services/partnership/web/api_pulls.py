"""Pulling for machines: how a feed's system is asked and as whom, its pulls, and one right now."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from services.partnership.domain.connection import Connection
from services.partnership.domain.credentials import Credentials
from services.partnership.domain.pull import Pull
from services.partnership.domain.pull_settings import PullSettings
from services.partnership.store.credentials import CredentialsKept
from services.partnership.web.state import Wired
from shared.access.asking import Asking, requires
from shared.access.callers import Caller

router = APIRouter(prefix="/v1/feeds/{connection_id}", tags=["pulls"])
Connecting = Annotated[Caller, Depends(requires("district", "agency"))]
OURS_ALONE = {
    "cursor",
    "generation",
    "takes",
    "until",
    "newest",
    "since",
    "step",
    "rereads",
    "uses_snapshot",
    "unfiltered",
}


@router.put("/pull")
async def change(
    connection_id: str, settings: Annotated[PullSettings, Body()], caller: Connecting, partnership: Wired
) -> Connection:
    """Where the feed's system is, how it is asked, and when; the next pull reads everything.

    If it names another host, the credentials have to be given again.
    """
    return await partnership.pulling.change(
        connection_id, settings, scope=caller.scope(), by=caller.subject, now=partnership.clock()
    )


@router.put("/credentials")
async def keep_credentials(
    connection_id: str, credentials: Credentials, caller: Connecting, partnership: Wired
) -> CredentialsKept:
    """Client id and secret. They are kept sealed, and nobody can read them again."""
    return await partnership.pulling.keep_credentials(
        connection_id, credentials, scope=caller.scope(), by=caller.subject, now=partnership.clock()
    )


@router.get("/credentials")
async def credentials(connection_id: str, caller: Connecting, partnership: Wired) -> CredentialsKept:
    """Since when there are credentials, and who gave them."""
    return await partnership.pulling.credentials_known(connection_id, scope=caller.scope())


@router.delete("/credentials", status_code=204)
async def forget_credentials(connection_id: str, caller: Connecting, partnership: Wired) -> None:
    """They are gone for good, whether there were any or not; the feed is not pulled until others are given."""
    await partnership.pulling.forget_credentials(
        connection_id, scope=caller.scope(), by=caller.subject, now=partnership.clock()
    )


@router.post("/pulls", status_code=202)
async def pull(
    connection_id: str,
    caller: Connecting,
    partnership: Wired,
    everything: Annotated[bool, Body(embed=True)] = False,
) -> dict[str, Any]:
    """Pull now. `everything`: not only what has changed since the last pull."""
    wanted = await partnership.pulling.want(
        connection_id, scope=caller.scope(), by=caller.subject, wants_all=everything, now=partnership.clock()
    )
    return pull_report(wanted)


@router.get("/pulls")
async def pulls(connection_id: str, caller: Asking, partnership: Wired) -> list[dict[str, Any]]:
    """The latest pulls, newest first."""
    await partnership.feeds.connection(connection_id, caller.scope())
    return [pull_report(each) for each in await partnership.pulling.pulls.pulls(connection_id, caller.scope())]


@router.get("/pulls/{pull_id}")
async def one_pull(connection_id: str, pull_id: str, caller: Asking, partnership: Wired) -> dict[str, Any]:
    return pull_report(await partnership.pulling.pulls.pull(connection_id, pull_id, caller.scope()))


@router.post("/pulls/{pull_id}/cancel")
async def cancel(connection_id: str, pull_id: str, caller: Connecting, partnership: Wired) -> dict[str, Any]:
    """Stop a pull that waits or runs; nothing of it is applied."""
    cancelled = await partnership.pulling.cancel(
        connection_id, pull_id, scope=caller.scope(), by=caller.subject, now=partnership.clock()
    )
    return pull_report(cancelled)


def pull_report(pull: Pull) -> dict[str, Any]:
    """What a pull tells of itself; `run_id` is the run of the snapshot that it became."""
    return pull.model_dump(mode="json", exclude=OURS_ALONE | {"snapshot_id"}) | {"run_id": pull.snapshot_id}
