"""A person looked at a run on hold, and lets it be applied."""

from services.partnership.domain.snapshot import Snapshot
from services.partnership.store.feeds import FeedStore
from shared.access.callers import Scope
from shared.errors import Conflict


async def release_snapshot(
    connection_id: str, snapshot_id: str, *, scope: Scope, by: str, reason: str, feeds: FeedStore
) -> Snapshot:
    """Conflict if it is not on hold, or a newer one has been applied meanwhile."""
    held = await feeds.run(connection_id, snapshot_id, scope)
    last = await feeds.last_taken(connection_id)
    if last is not None and last.sequence >= held.sequence:
        raise Conflict("A newer snapshot of this feed has been applied.", hint="Nothing needs to be released.")
    released = held.released(by, reason)
    if not await feeds.move(released, was="held"):
        raise Conflict("This run is not on hold any more.")
    return released
