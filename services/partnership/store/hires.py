"""Hires, each with the events that tell of it."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from services.partnership.domain.hire import Hire
from services.partnership.domain.staff import Staff
from shared.access.callers import Scope
from shared.errors import NotFound
from shared.events.partnership import HireEvent
from shared.mongo import Document, Index
from shared.outbox import Documents


class HireStore:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._collection = documents.collection

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(
            Index(["district_id", "hire_date"]),
            Index(["provider_ids"]),
            Index(["connection_id", "sequence"]),
            Index(["completer_id"]),
            Index(["staff_id"]),
        )

    async def add(self, hire: Hire, now: datetime) -> bool:
        """Save and tell a hire; False if it was told before."""
        return await self._documents.insert(hire.hire_id, hire.model_dump(mode="json"), hire.told(), at=now)

    async def save(self, hire: Hire, event: HireEvent, now: datetime) -> None:
        """Save and tell a change; StaleRevision if somebody else changed the hire in between."""
        await self._documents.update(hire.hire_id, hire.model_dump(mode="json"), event, at=now)

    async def of_completers(self, completer_ids: Collection[str]) -> list[Hire]:
        found = await self._collection.find({"completer_id": {"$in": list(completer_ids)}})
        return [Hire.model_validate(document) for document in found]

    async def concerning(self, staff: Staff) -> dict[str, Hire]:
        """The hires told of this record of a person, and those whose ids its employments would have."""
        ids = [staff.hire_id_of(episode) for episode in staff.episodes] if staff.completer_id else []
        found = await self._collection.find({"$or": [{"staff_id": staff.staff_id}, {"_id": {"$in": ids}}]})
        return {document["_id"]: Hire.model_validate(document) for document in found}

    async def by_ids(self, ids: Iterable[str]) -> dict[str, Hire]:
        found = await self._collection.find({"_id": {"$in": list(ids)}})
        return {document["_id"]: Hire.model_validate(document) for document in found}

    async def get(self, hire_id: str, scope: Scope) -> Hire:
        found = await self._collection.find_one({"_id": hire_id, **_visible(scope)})
        if found is None:
            raise NotFound("There is no such hire.")
        return Hire.model_validate(found)

    async def page(self, scope: Scope, *, limit: int, skip: int) -> list[Hire]:
        order = [("hire_date", -1), ("_id", 1)]
        found = await self._collection.find(_visible(scope), sort=order, limit=limit, skip=skip)
        return [Hire.model_validate(document) for document in found]

    async def count(self, scope: Scope) -> int:
        return await self._collection.count(_visible(scope))

    async def count_within(self, provider_id: str, district_id: str, first: date, last: date) -> int:
        """How many of a provider's completers a district hired in these days, both included."""
        days = {"$gte": first.isoformat(), "$lte": last.isoformat()}
        wanted = {"provider_ids": provider_id, "district_id": district_id, "hire_date": days, "withdrawal": None}
        return await self._collection.count(wanted)

    async def count_shown_by(self, connection_id: str, sequence: int) -> int:
        """How many hires a snapshot was the first to show."""
        return await self._collection.count({"connection_id": connection_id, "sequence": sequence})


def _visible(scope: Scope) -> Document:
    if scope.role == "provider":
        return scope.provider_filter("provider_ids")
    return scope.district_filter("district_id")
