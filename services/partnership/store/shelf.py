"""Things that are imported, each one document which carries the event that announces its change."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from services.partnership.domain.import_report import Tally
from shared.events import Event
from shared.mongo import Document
from shared.outbox import Documents

AT_ONCE = 500


class Shelved(Protocol):
    """A frozen model with an id of its own."""

    @property
    def id(self) -> str: ...


Thing = TypeVar("Thing", bound=BaseModel)


class Shelf(Generic[Thing]):
    """`announce(new, old)` are the events of a change; `index(thing)` are fields that are kept to find it by."""

    def __init__(
        self,
        documents: Documents,
        model: type[Thing],
        announce: Callable[[Thing, Thing | None], Sequence[Event]],
        index: Callable[[Thing], Document] = lambda _: {},
    ) -> None:
        self._documents = documents
        self._collection = documents.collection
        self._model = model
        self._announce = announce
        self._index = index

    async def get(self, thing_id: str) -> Thing | None:
        document = await self._documents.get(thing_id)
        return self.read(document) if document is not None else None

    async def by_ids(self, ids: Iterable[str]) -> dict[str, Thing]:
        """Those that are known."""
        return {thing_id: self.read(document) for thing_id, document in (await self._found(ids)).items()}

    async def page(self, filter: Document, *, sort: str, limit: int, skip: int) -> list[Thing]:
        order = [(sort, 1), ("_id", 1)]
        return [self.read(each) for each in await self._collection.find(filter, sort=order, limit=limit, skip=skip)]

    async def put_all(self, things: Sequence[Thing], now: datetime) -> Tally:
        """Save what is new or different; the same again changes nothing and tells nothing."""
        tally = Tally()
        for start in range(0, len(things), AT_ONCE):
            chunk = things[start : start + AT_ONCE]
            known = await self._found(_id(thing) for thing in chunk)
            outcomes = await asyncio.gather(*(self._put(thing, known.get(_id(thing)), now) for thing in chunk))
            tally = Tally(
                new=tally.new + outcomes.count("new"),
                changed=tally.changed + outcomes.count("changed"),
                unchanged=tally.unchanged + outcomes.count("unchanged"),
            )
        return tally

    def read(self, document: Document) -> Thing:
        return self._model.model_validate(document)

    async def _found(self, ids: Iterable[str]) -> dict[str, Document]:
        wanted = list(ids)
        found: dict[str, Document] = {}
        for start in range(0, len(wanted), AT_ONCE):
            query = {"_id": {"$in": wanted[start : start + AT_ONCE]}}
            found |= {each["_id"]: each for each in await self._collection.find(query, projection={"_outbox": 0})}
        return found

    async def _put(self, thing: Thing, known: Document | None, now: datetime) -> str:
        body: dict[str, Any] = thing.model_dump(mode="json") | self._index(thing)
        if known is None:
            await self._documents.insert(_id(thing), body | {"revision": 1}, *self._announce(thing, None), at=now)
            return "new"
        before = self.read(known)
        if before == thing:
            return "unchanged"
        body["revision"] = known["revision"] + 1
        await self._documents.update(_id(thing), body, *self._announce(thing, before), at=now)
        return "changed"


def _id(thing: BaseModel) -> str:
    identified: Shelved = thing  # type: ignore[assignment]  # every model that is shelved has an id
    return identified.id
