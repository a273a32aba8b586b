"""Partnerships, their papers, and reminders. What is said within them is in store/ledger_entries.py."""

from collections.abc import Sequence
from datetime import date, datetime

from services.partnership.domain.ledger.agreement import LIVE, Partnership
from services.partnership.domain.ledger.reminders import Reminder
from shared.access.callers import Scope
from shared.errors import NotFound
from shared.events.partnerships import PartnershipEvent, PartnershipStatus
from shared.mongo import Collection, Document, Index
from shared.outbox import Documents


class PartnershipStore:
    """One document for each partnership, with the events that tell of it."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._collection = documents.collection

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(
            Index(["provider_id", "district_id"]), Index(["district_id"]), Index(["status"])
        )

    async def add(self, partnership: Partnership, events: Sequence[PartnershipEvent], now: datetime) -> bool:
        """False if it is there already."""
        body = partnership.model_dump(mode="json")
        return await self._documents.insert(partnership.partnership_id, body, *events, at=now)

    async def save(self, partnership: Partnership, events: Sequence[PartnershipEvent], now: datetime) -> None:
        """StaleRevision if somebody else changed it in between."""
        body = partnership.model_dump(mode="json")
        await self._documents.update(partnership.partnership_id, body, *events, at=now)

    async def find(self, partnership_id: str) -> Partnership | None:
        """For the service's own work; doors ask `get`."""
        document = await self._documents.get(partnership_id)
        return Partnership.model_validate(document) if document is not None else None

    async def get(self, partnership_id: str, scope: Scope) -> Partnership:
        found = await self._collection.find_one({"_id": partnership_id, **visible(scope)})
        if found is None:
            raise NotFound("There is no such partnership.")
        return Partnership.model_validate(found)

    async def page(
        self, scope: Scope, status: PartnershipStatus | None, *, limit: int, skip: int = 0
    ) -> list[Partnership]:
        order = [("provider_id", 1), ("district_id", 1), ("_id", 1)]
        wanted = visible(scope) | ({"status": status.value} if status else {})
        return [
            Partnership.model_validate(each)
            for each in await self._collection.find(wanted, sort=order, limit=limit, skip=skip)
        ]

    async def counts(self, scope: Scope) -> dict[str, int]:
        """Status → how many there are."""
        by_status: list[Document] = [{"$match": visible(scope)}, {"$group": {"_id": "$status", "count": {"$sum": 1}}}]
        return {each["_id"]: each["count"] for each in await self._collection.aggregate(by_status)}

    async def between(self, provider_id: str, district_id: str) -> list[Partnership]:
        """All of these two, over or not."""
        found = await self._collection.find({"provider_id": provider_id, "district_id": district_id}, sort=[("_id", 1)])
        return [Partnership.model_validate(each) for each in found]

    async def live_of(self, provider_id: str) -> list[Partnership]:
        """A provider's that are in force: whose contacts are its partners."""
        running = [PartnershipStatus.ACTIVE.value, PartnershipStatus.UNDER_REVIEW.value]
        found = await self._collection.find(
            {"provider_id": provider_id, "status": {"$in": running}}, sort=[("district_id", 1), ("_id", 1)]
        )
        return [Partnership.model_validate(each) for each in found]

    async def partners_of(self, provider_id: str) -> list[Partnership]:
        """A provider's that are not over, also those that are only listed yet."""
        over = [PartnershipStatus.EXPIRED.value, PartnershipStatus.TERMINATED.value]
        found = await self._collection.find(
            {"provider_id": provider_id, "status": {"$nin": over}}, sort=[("district_id", 1), ("_id", 1)]
        )
        return [Partnership.model_validate(each) for each in found]

    async def by_district(self, scope: Scope) -> dict[str, dict[PartnershipStatus, list[str]]]:
        """District → status → the provider of each of its partnerships."""
        grouped: list[Document] = [
            {"$match": visible(scope)},
            {
                "$group": {
                    "_id": {"district": "$district_id", "status": "$status"},
                    "providers": {"$push": "$provider_id"},
                }
            },
        ]
        found: dict[str, dict[PartnershipStatus, list[str]]] = {}
        for each in await self._collection.aggregate(grouped):
            status = PartnershipStatus(each["_id"]["status"])
            found.setdefault(each["_id"]["district"], {})[status] = each["providers"]
        return found

    async def moving(self, after: str, limit: int) -> list[Partnership]:
        """Those that a day can change, in the order of their ids, from the one after `after`."""
        live = {"status": {"$in": [each.value for each in LIVE]}, "_id": {"$gt": after}}
        found = await self._collection.find(live, sort=[("_id", 1)], limit=limit)
        return [Partnership.model_validate(each) for each in found]


class ReminderStore:
    """Each reminder once: the id follows from what it is about."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(
            Index(["provider_id", "due_on"]), Index(["district_id", "due_on"]), Index(["partnership_id"])
        )

    async def keep(self, reminders: Sequence[Reminder]) -> int:
        """Answers how many were new."""
        return await self._collection.insert_many(
            [{"_id": each.reminder_id, **each.model_dump(mode="json")} for each in reminders]
        )

    async def of(self, partnership_id: str) -> list[Reminder]:
        return await self._sorted({"partnership_id": partnership_id}, limit=100)

    async def latest(self, scope: Scope, since: date, *, limit: int = 100) -> list[Reminder]:
        """Of what is due on this day or later."""
        return await self._sorted({**visible(scope), "due_on": {"$gte": since.isoformat()}}, limit=limit)

    async def _sorted(self, wanted: Document, *, limit: int) -> list[Reminder]:
        found = await self._collection.find(wanted, sort=[("due_on", 1), ("days_before", 1), ("_id", 1)], limit=limit)
        return [Reminder.model_validate(each) for each in found]


class PaperStore:
    """The bytes of documents, under their partnership and hash."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def keep(self, partnership_id: str, sha256: str, content: bytes) -> None:
        """The same bytes again change nothing."""
        key = f"{partnership_id}:{sha256}"
        await self._collection.update_one({"_id": key}, {"$setOnInsert": {"content": content}}, upsert=True)

    async def content(self, partnership_id: str, sha256: str) -> bytes:
        found = await self._collection.find_one({"_id": f"{partnership_id}:{sha256}"})
        if found is None:
            raise NotFound("There is no such document.")
        return bytes(found["content"])


def visible(scope: Scope) -> Document:
    """A provider's own, a district's own; the agency's all."""
    return scope.district_filter() if scope.role == "district" else scope.provider_filter()
