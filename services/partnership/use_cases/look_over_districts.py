"""Look over the districts of the state: with whom each has partnerships, and which have none."""

from collections.abc import Mapping

from pydantic import BaseModel

from services.partnership.store.directory import Directory
from services.partnership.store.partnerships import PartnershipStore
from shared.access.callers import Scope
from shared.events.partnerships import PartnershipStatus

RUNNING = (PartnershipStatus.ACTIVE, PartnershipStatus.UNDER_REVIEW)


class DistrictPartnerships(BaseModel):
    """`providers`: with whom the district has a partnership that is in force. `by_status`: how many of each."""

    district_id: str
    name: str
    providers: list[str]
    by_status: dict[PartnershipStatus, int]

    @property
    def has_any(self) -> bool:
        return bool(self.providers)


async def look_over_districts(
    *, scope: Scope, directory: Directory, partnerships: PartnershipStore
) -> list[DistrictPartnerships]:
    """Every district of the directory, by name, also those without any."""
    districts = await directory.list_organizations(kind="district", text="", limit=0, skip=0)
    known: Mapping[str, Mapping[PartnershipStatus, list[str]]] = await partnerships.by_district(scope)
    return [
        DistrictPartnerships(
            district_id=each.id,
            name=each.name,
            providers=sorted({one for status in RUNNING for one in known.get(each.id, {}).get(status, ())}),
            by_status={status: len(found) for status, found in known.get(each.id, {}).items()},
        )
        for each in districts
    ]
