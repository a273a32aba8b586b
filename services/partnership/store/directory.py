"""Organizations, their programs, and who holds which role there."""

import re
from collections.abc import Iterable
from datetime import datetime

from services.partnership.domain.import_report import Tally
from services.partnership.domain.leads import FEED
from services.partnership.domain.organization import Organization, Program, RoleHolder
from services.partnership.store.shelf import Shelf
from shared.events import Event
from shared.events.partnership import OrganizationKind, Role
from shared.mongo import Document, Index
from shared.outbox import Documents


class Directory:
    """What is known about who exists."""

    def __init__(self, organizations: Documents, programs: Documents, role_holders: Documents) -> None:
        self._collections = (organizations.collection, programs.collection)
        self.organizations = Shelf(organizations, Organization, lambda new, _: [new.changed()])
        self.programs = Shelf(programs, Program, lambda new, _: [new.changed()])
        self.role_holders = Shelf(role_holders, RoleHolder, _role_holder_changed)

    async def ensure_indexes(self) -> None:
        organizations, programs = self._collections
        await organizations.ensure_indexes(Index(["parent_id"]), Index(["kinds", "name"]))
        await programs.ensure_indexes(Index(["provider_id"]))

    async def put_organizations(self, organizations: Iterable[Organization], now: datetime) -> Tally:
        """Each on top of what another file said about it before."""
        listed = list(organizations)
        known = await self.organizations.by_ids(each.id for each in listed)
        return await self.organizations.put_all([each.joined_with(known.get(each.id)) for each in listed], now)

    async def known_organizations(self, ids: Iterable[str]) -> dict[str, Organization]:
        return await self.organizations.by_ids(set(ids))

    async def called(self, names: Iterable[str], kind: OrganizationKind) -> dict[str, list[Organization]]:
        """Those of a kind that have exactly one of these names, by name."""
        wanted = {"name": {"$in": sorted(set(names))}, "kinds": kind.value}
        found: dict[str, list[Organization]] = {}
        for each in await self._collections[0].find(wanted, projection={"_outbox": 0}):
            found.setdefault(each["name"], []).append(self.organizations.read(each))
        return found

    async def programs_by_id(self, ids: Iterable[str]) -> dict[str, Program]:
        return await self.programs.by_ids(set(ids))

    async def programs_of(self, provider_id: str) -> list[Program]:
        return await self.list_programs(provider_id, limit=0, skip=0)

    async def list_programs(self, provider_id: str, *, limit: int, skip: int) -> list[Program]:
        """Of one provider, or of all where none is named; by name."""
        query = {"provider_id": provider_id} if provider_id else {}
        return await self.programs.page(query, sort="name", limit=limit, skip=skip)

    async def schools_of(self, district_id: str) -> frozenset[str]:
        """The codes of a district's schools."""
        found = await self._collections[0].find({"parent_id": district_id, "kinds": "school"}, projection={"_id": 1})
        return frozenset(each["_id"] for each in found)

    async def role_holders_at(self, organization_ids: Iterable[str]) -> dict[str, RoleHolder]:
        """Who holds a role at these organizations, by role."""
        wanted = [f"{each}:{role}" for each in organization_ids for role in Role]
        return await self.role_holders.by_ids(wanted)

    async def names(self, ids: Iterable[str | None]) -> dict[str, str]:
        """Code → name, for showing."""
        wanted = sorted({code for code in ids if code})
        found = await self._collections[0].find({"_id": {"$in": wanted}}, projection={"name": 1})
        return {each["_id"]: each["name"] for each in found}

    async def employers(self, district_id: str) -> frozenset[str]:
        """A district, and whoever it belongs to: a provider among them would survey itself."""
        district = await self.organizations.get(district_id)
        return frozenset(code for code in (district_id, district.parent_id if district else None) if code)

    async def list_organizations(self, *, kind: str | None, text: str, limit: int, skip: int) -> list[Organization]:
        """By name. The directory is public among those who sign in, so it takes no scope."""
        wanted: Document = {"kinds": kind} if kind else {}
        if text:
            wanted["name"] = {"$regex": re.escape(text), "$options": "i"}
        return await self.organizations.page(wanted, sort="name", limit=limit, skip=skip)

    async def counts(self) -> Document:
        """How many organizations there are of each kind."""
        kinds: list[Document] = [{"$unwind": "$kinds"}, {"$group": {"_id": "$kinds", "count": {"$sum": 1}}}]
        return {each["_id"]: each["count"] for each in await self._collections[0].aggregate(kinds)}


def _role_holder_changed(new: RoleHolder, old: RoleHolder | None) -> list[Event]:
    """That a feed shows the same person again is kept, and told to nobody."""
    return [] if new.source == FEED and new.says_the_same(old) else [new.changed()]
