"""What was told of partnerships and vacancies: the last statement under each key.

partnerships  one document per statement, `told` with the event's data; an earlier one never replaces a later one
"""

from collections.abc import Mapping, Sequence

from services.analytics.domain.partnership import Statement, key_of
from shared.access.callers import Scope
from shared.coalesce import CoalescedWrites
from shared.errors import AlreadyThere
from shared.events import REGISTER, Event
from shared.events.partnerships import PartnershipChanged
from shared.mongo import Collection, Document, Index


class PartnershipStore:
    """Statements by key."""

    def __init__(self, partnerships: Collection) -> None:
        self._partnerships = partnerships
        self._writes = CoalescedWrites(partnerships)

    async def ensure_indexes(self) -> None:
        await self._partnerships.ensure_indexes(
            Index(["told.partnership_id"]),
            Index(["wire_name", "told.provider_id"]),
            Index(["wire_name", "told.district_id"]),
        )

    async def put(self, event: Statement, *, sequence: int) -> None:
        """Take a statement, unless a later one is known under its key."""
        told = {"wire_name": event.wire_name, "subject": event.subject, "told": event.model_dump(mode="json")}
        try:
            await self._writes.update(
                {"_id": key_of(event), "sequence": {"$lt": sequence}},
                {"$set": {**told, "sequence": sequence}},
                upsert=True,
            )
        except AlreadyThere:
            return

    async def seen_by(self, scope: Scope, limit: int) -> list[str]:
        """Partnerships of which the caller is a party, or all of them for who sees all; by id."""
        parties = [scope.provider_filter("told.provider_id"), scope.district_filter("told.district_id")]
        wanted: Document = {"wire_name": PartnershipChanged.wire_name, **({} if scope.sees_all else {"$or": parties})}
        found = await self._partnerships.find(
            wanted, projection={"told.partnership_id": 1}, sort=[("_id", 1)], limit=limit
        )
        return [document["told"]["partnership_id"] for document in found]

    async def about(self, partnership_ids: Sequence[str]) -> Mapping[str, list[Event]]:
        """All that stands of these partnerships."""
        told: dict[str, list[Event]] = {partnership_id: [] for partnership_id in partnership_ids}
        for document in await self._partnerships.find({"told.partnership_id": {"$in": list(partnership_ids)}}):
            event = REGISTER[document["wire_name"]].model_validate(document["told"])
            told[document["told"]["partnership_id"]].append(event)
        return told
