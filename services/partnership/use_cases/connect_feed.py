"""Connect a district's feed."""

from datetime import datetime

from services.partnership.domain.connection import Connection, NewConnection, connect
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import FeedStore
from shared.access.callers import Scope
from shared.errors import InvalidInput
from shared.events.partnership import OrganizationKind


async def connect_feed(
    new: NewConnection, *, scope: Scope, feeds: FeedStore, directory: Directory, now: datetime
) -> Connection:
    """A district connects its own feed, the agency anybody's."""
    scope.require_district(new.district_id)
    district = await directory.organizations.get(new.district_id)
    if district is None or OrganizationKind.DISTRICT not in district.kinds:
        raise InvalidInput(
            "No district has this code.",
            hint="Use the state's code, such as 00350000, with its zeros.",
            where="district_id",
        )
    connection = connect(new, now)
    await feeds.connect(connection)
    return connection
