"""What districts state of their openings: the statement that holds, and those that it replaced."""

from collections.abc import Collection as Codes
from datetime import datetime

from services.partnership.domain.vacancies import VacancyStatement, statement_id
from shared.access.callers import Scope
from shared.errors import AlreadyThere, NotFound, StaleRevision
from shared.mongo import Collection, Document, Index
from shared.outbox import Documents


class VacancyStore:
    """One document for each district and school year. What it said before is put aside first, under its revision: a
    crash in between leaves a copy of what still holds, which nobody is shown."""

    def __init__(self, documents: Documents, replaced: Collection) -> None:
        self._documents = documents
        self._collection = documents.collection
        self._replaced = replaced

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(Index(["district_id", "school_year"]), Index(["school_year"]))
        await self._replaced.ensure_indexes(Index(["statement_id", ("revision", -1)]))

    async def known(self, district_id: str, school_year: int) -> VacancyStatement | None:
        """For whoever is about to replace it, and has been let in to the district."""
        found = await self._documents.get(statement_id(district_id, school_year))
        return VacancyStatement.model_validate(found) if found is not None else None

    async def save(self, statement: VacancyStatement, replaced: VacancyStatement | None, now: datetime) -> None:
        """StaleRevision if somebody else has stated something in between."""
        body = statement.model_dump(mode="json")
        if replaced is None:
            if not await self._documents.insert(statement.id, body, statement.projected(), at=now):
                raise StaleRevision("There is a statement already.")
            return
        await self._put_aside(replaced)
        await self._documents.update(statement.id, body, statement.projected(), at=now)

    async def _put_aside(self, statement: VacancyStatement) -> None:
        identity = f"{statement.id}:{statement.revision}"
        try:
            await self._replaced.insert_one(
                {"_id": identity, "statement_id": statement.id, **statement.model_dump(mode="json")}
            )
        except AlreadyThere:
            return

    async def get(self, district_id: str, school_year: int, scope: Scope) -> VacancyStatement:
        query = {"_id": statement_id(district_id, school_year), **scope.district_filter()}
        found = await self._collection.find_one(query, projection={"_outbox": 0})
        if found is None:
            raise NotFound("There is no statement of vacancies for this district and school year.")
        return VacancyStatement.model_validate(found)

    async def earlier(self, statement: VacancyStatement, *, limit: int) -> list[VacancyStatement]:
        """What it replaced, the latest first."""
        query = {"statement_id": statement.id, "revision": {"$lt": statement.revision}}
        found = await self._replaced.find(query, sort=[("revision", -1)], limit=limit)
        return [VacancyStatement.model_validate(each) for each in found]

    async def page(
        self, scope: Scope, *, district_id: str | None, school_year: int | None, limit: int, skip: int
    ) -> list[VacancyStatement]:
        order = [("school_year", -1), ("district_id", 1)]
        query = _wanted(scope, district_id, school_year)
        found = await self._collection.find(query, projection={"_outbox": 0}, sort=order, limit=limit, skip=skip)
        return [VacancyStatement.model_validate(each) for each in found]

    async def count(self, scope: Scope, *, district_id: str | None, school_year: int | None) -> int:
        return await self._collection.count(_wanted(scope, district_id, school_year))

    async def of_districts(self, district_ids: Codes[str], first_year: int) -> list[VacancyStatement]:
        """For whoever has dealings with these districts."""
        query = {"district_id": {"$in": sorted(district_ids)}, "school_year": {"$gte": first_year}}
        order = [("school_year", 1), ("district_id", 1)]
        found = await self._collection.find(query, projection={"_outbox": 0}, sort=order)
        return [VacancyStatement.model_validate(each) for each in found]


def _wanted(scope: Scope, district_id: str | None, school_year: int | None) -> Document:
    named: Document = {"district_id": district_id} if district_id is not None else {}
    year: Document = {"school_year": school_year} if school_year is not None else {}
    return {"$and": [scope.district_filter(), named, year]}
