"""Say how a feed's system is asked, or as whom."""

from datetime import datetime

from services.partnership.domain.connection import Connection
from services.partnership.domain.credentials import Credentials
from services.partnership.domain.pull_settings import PullSettings, hosts_of
from services.partnership.store.credentials import CredentialsKept
from services.partnership.use_cases.pull_feed import PullStores
from shared.access.callers import Scope
from shared.errors import Conflict, InvalidInput, NotFound


async def change_pulling(
    connection_id: str, settings: PullSettings, *, scope: Scope, by: str, stores: PullStores, now: datetime
) -> Connection:
    """The next pull reads everything. Credentials stay only with the hosts that they were given for: nobody gets to see
    them by naming another."""
    connection = await stores.feeds.connection(connection_id, scope)
    if settings.source != connection.source:
        raise InvalidInput(
            "This feed is of another source.", hint=f"Its source is {connection.source}.", where="source"
        )
    await _cancel_open_one(connection_id, by, stores, now)
    if connection.pull is not None and hosts_of(settings) - hosts_of(connection.pull):
        await stores.credentials.forget(connection_id)
    await stores.mirror.forget(connection_id)
    await stores.feeds.change_pull(connection_id, settings)
    return await stores.feeds.connection(connection_id, scope)


async def keep_credentials(
    connection_id: str, credentials: Credentials, *, scope: Scope, by: str, stores: PullStores, now: datetime
) -> CredentialsKept:
    """They replace those that there were."""
    connection = await stores.feeds.connection(connection_id, scope)
    if connection.pull is None:
        raise Conflict("This feed is not set up to be pulled.", hint="Say first where its system is.")
    return await stores.credentials.keep(connection_id, credentials, by=by, now=now)


async def forget_credentials(connection_id: str, *, scope: Scope, by: str, stores: PullStores, now: datetime) -> None:
    """Until others are given the feed is not pulled; a pull that waits or runs is cancelled. Conflict if that has just
    ended: then nothing was forgotten."""
    await stores.feeds.connection(connection_id, scope)
    await _cancel_open_one(connection_id, by, stores, now)
    await stores.credentials.forget(connection_id)


async def credentials_known(connection_id: str, *, scope: Scope, stores: PullStores) -> CredentialsKept:
    """Since when there are any, and from whom; never what they are."""
    await stores.feeds.connection(connection_id, scope)
    known = await stores.credentials.known(connection_id)
    if known is None:
        raise NotFound("There are no credentials for this feed.")
    return known


async def _cancel_open_one(connection_id: str, by: str, stores: PullStores, now: datetime) -> None:
    open_one = await stores.pulls.open_one(connection_id)
    if open_one is not None and not await stores.pulls.cancel(open_one.cancelled(by, now)):
        raise Conflict("A pull of this feed has just ended.", hint="Try again.")
