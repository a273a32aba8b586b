"""What things are called: organizations and programs by their last name, each version of an instrument with its items.

organizations  one document per organization or program
instruments    one document per version
"""

from collections.abc import Sequence

from shared.coalesce import CoalescedWrites
from shared.errors import AlreadyThere
from shared.events.survey import About, InstrumentPublished
from shared.mongo import Collection, Document


class NameStore:
    """What organizations and programs are called now."""

    def __init__(self, organizations: Collection) -> None:
        self._organizations = organizations
        self._writes = CoalescedWrites(organizations)

    async def put(self, organization_id: str, name: str, *, sequence: int) -> None:
        """Take a name, unless a later one is known."""
        try:
            await self._writes.update(
                {"_id": organization_id, "sequence": {"$lte": sequence}},
                {"$set": {"name": name, "sequence": sequence}},
                upsert=True,
            )
        except AlreadyThere:
            return

    async def of(self, organization_ids: Sequence[str]) -> dict[str, str]:
        """Names by id; an id without a name is its own."""
        found = await self._organizations.find({"_id": {"$in": list(organization_ids)}})
        return {**{key: key for key in organization_ids}, **{document["_id"]: document["name"] for document in found}}


def _document(instrument: InstrumentPublished) -> Document:
    """As it is kept: what came with reviews is left out where it says nothing."""
    fields = instrument.model_dump(mode="json")
    if instrument.about is About.COMPLETER:
        del fields["about"]
    for item in fields["items"]:
        if item["criterion"] is None:
            del item["criterion"]
    return {"_id": f"{instrument.instrument_id}:{instrument.version}", **fields}


class InstrumentStore:
    """The items of each version of an instrument."""

    def __init__(self, instruments: Collection) -> None:
        self._instruments = instruments

    async def put(self, instrument: InstrumentPublished) -> None:
        """Keep a version; a version never changes."""
        await self._instruments.insert_many([_document(instrument)])

    async def get(self, instrument_id: str, version: int) -> InstrumentPublished | None:
        found = await self._instruments.find_one({"_id": f"{instrument_id}:{version}"})
        return InstrumentPublished.model_validate(found) if found is not None else None
