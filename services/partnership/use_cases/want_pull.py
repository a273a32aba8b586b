"""Pull a feed now, and not when its calendar says."""

from datetime import datetime

from services.partnership.domain.pull import Pull, wanted
from services.partnership.use_cases.pull_feed import PullStores
from shared.access.callers import Scope
from shared.errors import Conflict


async def want_pull(
    connection_id: str, *, scope: Scope, by: str, wants_all: bool, stores: PullStores, now: datetime
) -> Pull:
    """`wants_all`: not only what has changed. Conflict if the feed cannot be pulled, or is pulled already."""
    connection = await stores.feeds.connection(connection_id, scope)
    if connection.pull is None:
        raise Conflict("This feed is not set up to be pulled.", hint="Say first where its system is.")
    if await stores.credentials.known(connection_id) is None:
        raise Conflict("We have no credentials for this feed's system.", hint="Give them first.")
    pull = wanted(connection_id, connection.district_id, connection.pull.source, now, now, by=by, wants_all=wants_all)
    if not await stores.pulls.add(pull):
        raise Conflict("This feed is being pulled already.", hint="Wait until it is done, or cancel it.")
    return pull
