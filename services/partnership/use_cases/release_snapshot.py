"""A person looked at a run on hold, and lets it be applied."""

from datetime import datetime

from services.partnership.domain.snapshot import Snapshot
from services.partnership.store.feeds import FeedStore
from shared.access.callers import Scope
from shared.errors import Conflict


async def release_snapshot(
    connection_id: str, snapshot_id: str, *, scope: Scope, by: str, reason: str, feeds: FeedStore, now: datetime
) -> Snapshot:
    """Conflict if it is not on hold, or a newer one has been applied meanwhile."""
    held = await feeds.run(connection_id, snapshot_id, scope)
    await feeds.claim(connection_id, held.content_hash, now)
    try:
        last = await feeds.last_taken(connection_id)
        if last is not None and last.sequence >= held.sequence:
            raise Conflict("A newer snapshot of this feed has been applied.", hint="Nothing needs to be released.")
        released = held.released(by, reason, now)
        if not await feeds.move(released, was="held"):
            raise Conflict("This run is not on hold any more.")
        return released
    finally:
        await feeds.give_back(connection_id, held.content_hash)
