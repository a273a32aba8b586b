"""A person looked at a run on hold, and it is wrong: it is never applied."""

from datetime import datetime

from services.partnership.domain.snapshot import Snapshot
from services.partnership.store.feeds import FeedStore
from shared.access.callers import Scope
from shared.errors import Conflict, InvalidInput


async def refuse_snapshot(
    connection_id: str, snapshot_id: str, *, scope: Scope, by: str, reason: str, feeds: FeedStore, now: datetime
) -> Snapshot:
    """What it staged is forgotten; the run stays, with who refused it, when and why. The first word stays."""
    if not reason.strip():
        raise InvalidInput("Say why this run is rejected.", hint="It is kept with the run.", where="reason")
    held = await feeds.run(connection_id, snapshot_id, scope)
    if held.state == "refused":
        return held
    refused = held.refused(by, reason.strip(), now)
    if not await feeds.move(refused, was="held"):
        raise Conflict("This run is not on hold any more.", hint="Open the run again to see what became of it.")
    await feeds.discard_staged(snapshot_id)
    return refused
