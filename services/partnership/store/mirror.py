"""What a source last said of its staff, row by row, so that changes can be read on top of it.

Rows belong to a generation: one that is being filled is not read by anybody until it is whole.
"""

import json
from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from services.partnership.domain.pull import Mirror
from services.partnership.domain.pulled_rows import Kept, Row
from shared.mongo import Collection, Document, Index, Update

AT_ONCE = 1000


class MirrorStore:
    """`rows` holds personal data of staff, as the source gave it; of nobody else."""

    def __init__(self, mirrors: Collection, rows: Collection) -> None:
        self._mirrors = mirrors
        self._rows = rows

    async def ensure_indexes(self) -> None:
        await self._rows.ensure_indexes(
            Index(["connection_id", "generation", "resource", "key"]), Index(["connection_id", "generation", "refers"])
        )

    async def mirror(self, connection_id: str) -> Mirror | None:
        found = await self._mirrors.find_one({"_id": connection_id}, {"_id": 0})
        return Mirror.model_validate(found) if found else None

    async def settle(self, connection_id: str, mirror: Mirror) -> None:
        """This generation is whole; the others are not needed any more."""
        await self._mirrors.update_one({"_id": connection_id}, {"$set": mirror.model_dump()}, upsert=True)
        await self._rows.delete_many({"connection_id": connection_id, "generation": {"$ne": mirror.generation}})

    async def forget(self, connection_id: str) -> None:
        """All of it: the next pull reads everything."""
        await self._mirrors.delete_many({"_id": connection_id})
        await self._rows.delete_many({"connection_id": connection_id})

    async def forget_older(self, before: datetime) -> int:
        """Of the connections whose rows were last read whole before then; how many connections."""
        old = await self._mirrors.find({"read_at": {"$lt": before}}, projection={"_id": 1})
        for each in old:
            await self.forget(each["_id"])
        return len(old)

    async def keep(self, connection_id: str, generation: str, resource: str, rows: Iterable[Kept]) -> None:
        """Each under its key; again is the same."""
        every = list(rows)
        for start in range(0, len(every), AT_ONCE):
            piece = every[start : start + AT_ONCE]
            for result in await self._rows.bulk([_upsert(connection_id, generation, resource, row) for row in piece]):
                if result is not None:
                    raise result

    async def drop(self, connection_id: str, generation: str, resource: str, keys: Iterable[str]) -> None:
        every = [_id(connection_id, generation, resource, key) for key in keys]
        for start in range(0, len(every), AT_ONCE):
            await self._rows.delete_many({"_id": {"$in": every[start : start + AT_ONCE]}})

    async def clear(self, connection_id: str, generation: str, resource: str | None = None) -> None:
        """A generation that is not needed, or one of its lists that is read anew."""
        of_one = {"resource": resource} if resource else {}
        await self._rows.delete_many({"connection_id": connection_id, "generation": generation, **of_one})

    async def row(self, connection_id: str, generation: str, resource: str, key: str) -> Kept | None:
        found = await self._rows.find_one({"_id": _id(connection_id, generation, resource, key)})
        return _kept(found) if found else None

    async def referring(self, connection_id: str, generation: str, person: str) -> list[tuple[str, Kept]]:
        """Resource and row of whatever is about a person."""
        query = {"connection_id": connection_id, "generation": generation, "refers": person}
        return [(found["resource"], _kept(found)) for found in await self._rows.find(query)]

    async def rows(self, connection_id: str, generation: str, resource: str) -> AsyncIterator[list[Row]]:
        """In the order of their keys, some at a time."""
        last = ""
        while True:
            query = {"connection_id": connection_id, "generation": generation, "resource": resource}
            found = await self._rows.find(query | {"key": {"$gt": last}}, sort=[("key", 1)], limit=AT_ONCE)
            if not found:
                return
            yield [_kept(each).row for each in found]
            last = found[-1]["key"]


def _upsert(connection_id: str, generation: str, resource: str, kept: Kept) -> Update:
    row: Document = {
        "connection_id": connection_id,
        "generation": generation,
        "resource": resource,
        "key": kept.key,
        "refers": kept.refers,
        "row": json.dumps(kept.row, ensure_ascii=False, sort_keys=True),
    }
    return Update({"_id": _id(connection_id, generation, resource, kept.key)}, {"$set": row}, upsert=True)


def _kept(document: Document) -> Kept:
    return Kept(document["key"], json.loads(document["row"]), document["refers"])


def _id(connection_id: str, generation: str, resource: str, key: str) -> str:
    return f"{connection_id}|{generation}|{resource}|{key}"
