"""What the two sides of a partnership say they did and reached: activities and measurements, and what tells of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel

from services.partnership.domain.ledger.activity import Activity
from services.partnership.domain.ledger.measurement import Measurement
from services.partnership.store.partnerships import visible
from shared.access.callers import Scope
from shared.errors import NotFound
from shared.events.partnerships import PartnershipEvent
from shared.mongo import Index
from shared.outbox import Documents

Entry = TypeVar("Entry", bound=BaseModel)
MOST = 5000


class _Entries(Generic[Entry]):
    """Documents of one partnership each, newest first by the day that they speak of."""

    def __init__(self, documents: Documents, model: type[Entry], key: str, day: str) -> None:
        self._documents = documents
        self._collection = documents.collection
        self._model = model
        self._key = key
        self._day = day

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(Index(["partnership_id", (self._day, -1)]))

    async def add(self, entry: Entry, events: Sequence[PartnershipEvent], now: datetime) -> bool:
        """False if it is there already."""
        body = entry.model_dump(mode="json")
        return await self._documents.insert(body[self._key], body, *events, at=now)

    async def save(self, entry: Entry, events: Sequence[PartnershipEvent], now: datetime) -> None:
        """StaleRevision if somebody else changed it in between."""
        body = entry.model_dump(mode="json")
        await self._documents.update(body[self._key], body, *events, at=now)

    async def get(self, partnership_id: str, entry_id: str, scope: Scope) -> Entry:
        wanted = {"_id": entry_id, "partnership_id": partnership_id, **visible(scope)}
        found = await self._collection.find_one(wanted)
        if found is None:
            raise NotFound("There is no such entry in this partnership.")
        return self._model.model_validate(found)

    async def of(self, partnership_id: str, scope: Scope) -> list[Entry]:
        order = [(self._day, -1), ("_id", 1)]
        wanted = {"partnership_id": partnership_id, **visible(scope)}
        found = await self._collection.find(wanted, sort=order, limit=MOST)
        return [self._model.model_validate(each) for each in found]


class ActivityStore(_Entries[Activity]):
    def __init__(self, documents: Documents) -> None:
        super().__init__(documents, Activity, "activity_id", "happened_on")


class MeasurementStore(_Entries[Measurement]):
    def __init__(self, documents: Documents) -> None:
        super().__init__(documents, Measurement, "measurement_id", "measured_on")
