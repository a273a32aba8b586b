"""Give up a pull that waits or runs."""

from datetime import datetime

from services.partnership.domain.pull import Pull
from services.partnership.use_cases.pull_feed import PullStores
from shared.access.callers import Scope
from shared.errors import Conflict


async def cancel_pull(
    connection_id: str, pull_id: str, *, scope: Scope, by: str, stores: PullStores, now: datetime
) -> Pull:
    """Whoever works on it stops within seconds; nothing of it is applied. Conflict if it has ended."""
    pull = (await stores.pulls.pull(connection_id, pull_id, scope)).cancelled(by, now)
    if not await stores.pulls.cancel(pull):
        raise Conflict("This pull has ended already.")
    if pull.kind == "all":
        await stores.mirror.clear(connection_id, pull.generation)
    return pull
