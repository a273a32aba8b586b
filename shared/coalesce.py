"""Concurrent reads and writes of a collection share round trips, without their callers knowing.

Whatever is asked for while a round trip is in flight goes together in the next one. So a lone call waits for nobody,
and a thousand concurrent ones are a handful of round trips. Each caller gets its own result or its own error.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from shared.errors import Outage
from shared.mongo import Collection, Document, Insert, Update

LARGEST_BATCH = 1000


class CoalescedReads:
    """Reads by id: one `find({_id: {$in: …}})` for all that wait."""

    def __init__(self, collection: Collection, projection: Mapping[str, Any] | None = None) -> None:
        self._collection = collection
        self._projection = projection
        self._waiting: dict[str, list[asyncio.Future[Document | None]]] = {}
        self._trips: asyncio.Task[None] | None = None

    async def get(self, document_id: str) -> Document | None:
        """The document as it is at some moment after this call, or None."""
        answer: asyncio.Future[Document | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(document_id, []).append(answer)
        if self._trips is None or self._trips.done():
            self._trips = asyncio.create_task(self._travel())
        return await answer

    async def get_all(self, document_ids: Iterable[str]) -> list[Document]:
        """Those of them that are there, in the order of their ids; each as `get` has it."""
        found = await asyncio.gather(*(self.get(document_id) for document_id in sorted(set(document_ids))))
        return [document for document in found if document is not None]

    async def _travel(self) -> None:
        while self._waiting:
            ids = list(self._waiting)[:LARGEST_BATCH]
            batch = {document_id: self._waiting.pop(document_id) for document_id in ids}
            try:
                found = await self._collection.find({"_id": {"$in": ids}}, projection=self._projection)
            except Exception as error:
                for answers in batch.values():
                    for answer in answers:
                        _fail(answer, error)
                continue
            documents = {document["_id"]: document for document in found}
            for document_id, answers in batch.items():
                for answer in answers:
                    if not answer.done():
                        document = documents.get(document_id)
                        answer.set_result(dict(document) if document is not None else None)


class Bulk(Protocol):
    """Carries out operations together: a collection, or what does more with them than that."""

    async def bulk(self, operations: list[Insert | Update]) -> list[Exception | None]: ...


class CoalescedWrites:
    """Inserts and updates: one unordered bulk for all that wait. Two that wait for one document may pass each other."""

    def __init__(self, collection: Bulk) -> None:
        self._collection = collection
        self._waiting: list[tuple[Insert | Update, asyncio.Future[None]]] = []
        self._trips: asyncio.Task[None] | None = None

    async def insert(self, document: Document) -> None:
        """AlreadyThere if a document has this id or another of its unique values."""
        await self._carry(Insert(document))

    async def update(self, filter: Mapping[str, Any], change: Mapping[str, Any], *, upsert: bool = False) -> None:
        """With `upsert`, AlreadyThere says that the document is there and does not fit the filter."""
        await self._carry(Update(filter, change, upsert))

    async def _carry(self, operation: Insert | Update) -> None:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((operation, answer))
        if self._trips is None or self._trips.done():
            self._trips = asyncio.create_task(self._travel())
        await answer

    async def _travel(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
            for (_, answer), fault in zip(
                batch, await self._attempt([operation for operation, _ in batch]), strict=True
            ):
                if fault is not None:
                    _fail(answer, fault)
                elif not answer.done():
                    answer.set_result(None)

    async def _attempt(self, operations: list[Insert | Update]) -> list[Exception | None]:
        try:
            return await self._collection.bulk(operations)
        except Outage as error:
            return [error] * len(operations)
        except Exception as error:
            if len(operations) == 1:
                return [error]
            # One of them cannot even be encoded. Alone, each gets its own verdict.
            return [(await self._attempt([operation]))[0] for operation in operations]


def _fail(answer: asyncio.Future[Any], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
