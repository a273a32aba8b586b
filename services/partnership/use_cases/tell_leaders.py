"""Tell who leads the schools and the district, as the feeds say, where nobody else says so."""

from datetime import date, datetime

from services.partnership.domain.leads import FEED, nobody_any_more, role_holders
from services.partnership.store.directory import Directory
from services.partnership.store.staff import StaffStore


async def tell_leaders(district_id: str, day: date, *, staff: StaffStore, directory: Directory, now: datetime) -> None:
    """What the agency imported holds, whatever a feed says. Who is no longer seen leading is told as nobody.

    Done twice, nothing happens the second time; `day` is that of the snapshot.
    """
    known = await directory.role_holders_at([district_id, *await directory.schools_of(district_id)])
    named = role_holders(await staff.leading(district_id), district_id, day, known)
    ours = {role_key: holder for role_key, holder in known.items() if holder.source == FEED}
    seen = [holder for role_key, holder in named.items() if role_key not in known or role_key in ours]
    gone = [nobody_any_more(holder, day) for role_key, holder in ours.items() if role_key not in named]
    await directory.role_holders.put_all([each.verified_at_least(known.get(each.id)) for each in (*seen, *gone)], now)
