"""Copies of what organizations and programs are called."""

from collections.abc import Iterable

from services.survey.store.people import replace_if_newer
from shared.coalesce import CoalescedWrites
from shared.events.partnership import OrganizationChanged, ProgramChanged
from shared.mongo import Collection


class Names:
    """One document per organization or program; their ids never meet, for a program's is a UUID."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._writes = CoalescedWrites(collection)

    async def note_organization(self, organization: OrganizationChanged, sequence: int) -> None:
        await replace_if_newer(self._writes, organization.organization_id, sequence, {"name": organization.name})

    async def note_program(self, program: ProgramChanged, sequence: int) -> None:
        await replace_if_newer(self._writes, program.program_id, sequence, {"name": program.name})

    async def of(self, ids: Iterable[str | None]) -> dict[str, str]:
        """Names by id; an id that we have not heard of stands for itself."""
        wanted = {one for one in ids if one is not None}
        found = await self._collection.find({"_id": {"$in": sorted(wanted)}})
        return {one: one for one in wanted} | {kept["_id"]: kept["name"] for kept in found}
