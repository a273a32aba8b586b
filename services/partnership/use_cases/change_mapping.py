"""Say otherwise how a feed spells ids, roles and organizations."""

from datetime import datetime

from services.partnership.domain.connection import Connection
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.store.feeds import FeedStore
from shared.access.callers import Scope


async def change_mapping(
    connection_id: str, mapping: ConnectionMapping, *, scope: Scope, by: str, feeds: FeedStore, now: datetime
) -> Connection:
    """It holds from the next delivery on; what was applied stays as it was read."""
    connection = await feeds.connection(connection_id, scope)
    changed = connection.mapped(mapping, by=by, now=now)
    if changed is not connection:
        await feeds.change_mapping(changed)
    return changed
