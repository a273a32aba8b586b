"""People in districts to turn to who hold no role in the directory: each one document, which tells of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.partnership.domain.partner_contact import PartnerContact
from services.partnership.store.shelf import Shelf
from shared.events import Event
from shared.mongo import Index
from shared.outbox import Documents


class PartnerContactStore:
    def __init__(self, documents: Documents) -> None:
        self._collection = documents.collection
        self._shelf = Shelf(documents, PartnerContact, _announced)

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(Index(["organization_id"]))

    async def put_all(self, contacts: Sequence[PartnerContact], now: datetime) -> None:
        """The same again changes nothing and tells nothing, whoever says it, and on whatever day."""
        named = {each.contact_key: each for each in contacts}
        known = await self.by_keys(named)
        await self._shelf.put_all(
            [each for key, each in named.items() if not each.is_reached_like(known.get(key))], now
        )

    async def by_keys(self, keys: Iterable[str]) -> dict[str, PartnerContact]:
        return await self._shelf.by_ids(keys)


def _announced(new: PartnerContact, old: PartnerContact | None) -> list[Event]:
    del old
    return [new.changed()]
