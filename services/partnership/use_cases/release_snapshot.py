"""A person looked at a run on hold, and lets it be applied."""

from datetime import datetime

from services.partnership.domain.snapshot import Snapshot
from services.partnership.store.feeds import FeedStore
from shared.access.callers import Scope
from shared.errors import Conflict


async def release_snapshot(
    connection_id: str, snapshot_id: str, *, scope: Scope, by: str, reason: str, feeds: FeedStore, now: datetime
) -> Snapshot:
    """It is put where it belongs, even if newer ones have been applied meanwhile. Conflict if it is not on hold, or if
    what came before it is not what it was compared with."""
    held = await feeds.run(connection_id, snapshot_id, scope)
    await feeds.claim(connection_id, held.content_hash, now)
    try:
        if await feeds.has_earlier_since(held):
            raise Conflict(
                "What came before this snapshot has changed since it was compared.",
                hint="Reject it, and upload the same file again.",
            )
        released = held.released(by, reason, now)
        if not await feeds.move(released, was="held"):
            raise Conflict("This run is not on hold any more.")
        return released
    finally:
        await feeds.give_back(connection_id, held.content_hash)
