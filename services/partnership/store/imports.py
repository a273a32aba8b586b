"""Reports of imported files."""

from services.partnership.domain.import_report import ImportReport
from shared.access.callers import Scope
from shared.errors import NotFound
from shared.mongo import Collection, Document, Index


class ImportStore:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(Index([("received_at", -1)]), Index(["by_organizations"]))

    async def save(self, report: ImportReport) -> None:
        await self._collection.update_one({"_id": report.import_id}, {"$set": report.model_dump()}, upsert=True)

    async def get(self, import_id: str, scope: Scope) -> ImportReport:
        found = await self._collection.find_one({"_id": import_id, **_visible(scope)})
        if found is None:
            raise NotFound("There is no such import.")
        return ImportReport.model_validate(found)

    async def latest(self, scope: Scope, limit: int = 20) -> list[ImportReport]:
        found = await self._collection.find(
            _visible(scope), projection={"findings": 0}, sort=[("received_at", -1)], limit=limit
        )
        return [ImportReport.model_validate(document) for document in found]


def _visible(scope: Scope) -> Document:
    if scope.role == "district":
        return scope.district_filter("by_organizations")
    return scope.provider_filter("by_organizations")
