"""Somebody saw that a snapshot that was applied was wrong, and takes it back."""

from datetime import datetime

from services.partnership.domain.snapshot import Snapshot
from services.partnership.store.feeds import FeedStore
from shared.access.callers import Scope
from shared.errors import Conflict


async def retract_snapshot(
    connection_id: str, snapshot_id: str, *, scope: Scope, by: str, reason: str, feeds: FeedStore, now: datetime
) -> Snapshot:
    """From here on it is undone, whatever happens: each person, and each hire that followed, as if it had never come.

    Conflict if it was not applied.
    """
    applied = await feeds.run(connection_id, snapshot_id, scope)
    retracting = applied.retracting(by, reason, now)
    if not await feeds.move(retracting, was="applied"):
        raise Conflict("Somebody else is at this run.", hint="Open it again to see what became of it.")
    return retracting
