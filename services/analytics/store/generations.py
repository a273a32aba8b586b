"""The read model in generations: one is served, and while another is built beside it, every event goes into both.

    serving 1 ─▶ announced: building 2 ─▶ read from the topics, compared ─▶ serving 2, 1 is kept ─▶ 1 dropped

`generations` holds one document, which is looked at again whenever what is known of it is FRESH_SECONDS old: before a
door reads, and before an event is applied. So an event that is read from Kafka ANNOUNCED_SECONDS after a generation was
announced, or later, is applied to it by every process; what was read before that, the rebuilder reads for itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.analytics.store.facts import FactStore
from services.analytics.store.leaves import LeafStore
from services.analytics.store.names import InstrumentStore, NameStore
from services.analytics.store.partnerships import PartnershipStore
from shared.coalesce import CoalescedReads
from shared.errors import AlreadyThere, Conflict
from shared.mongo import Collection, Document, Mongo

FRESH_SECONDS = 1.0
ANNOUNCED_SECONDS = 2 * FRESH_SECONDS
POINTER = "read_model"
FIRST = 1
COMPARED = ("facts", "leaves", "organizations", "instruments", "partnerships")
"""The collections that must be the same in two generations; the others are means."""
TOLD = ("facts", "organizations", "instruments", "partnerships")
"""Those of them whose documents only an event can bring back."""
MEANS = ("touched", "parts")
LONGEST_HISTORY = 100


class ReadModel:
    """One generation: all that figures are read from. The first has the plain names."""

    def __init__(self, mongo: Mongo, number: int) -> None:
        self.number = number
        self.collections: dict[str, Collection] = {
            name: mongo.collection(name if number == FIRST else f"{name}_{number}") for name in (*COMPARED, *MEANS)
        }
        self.facts = FactStore(self.collections["facts"], self.collections["touched"])
        self.leaves = LeafStore(self.collections["leaves"], self.collections["parts"])
        self.names = NameStore(self.collections["organizations"])
        self.instruments = InstrumentStore(self.collections["instruments"])
        self.partnerships = PartnershipStore(self.collections["partnerships"])

    async def ensure_indexes(self) -> None:
        await self.facts.ensure_indexes()
        await self.leaves.ensure_indexes()
        await self.partnerships.ensure_indexes()

    async def written(self) -> tuple["ReadModel", ...]:
        """As Generations.written: this one alone."""
        return (self,)

    async def page(self, name: str, after: str | None, limit: int) -> list[Document]:
        """What one of COMPARED holds, by id, from behind `after`."""
        wanted = {} if after is None else {"_id": {"$gt": after}}
        return await self.collections[name].find(wanted, sort=[("_id", 1)], limit=limit)

    async def these(self, name: str, ids: Sequence[str]) -> dict[str, Document]:
        """Documents of one of COMPARED by id, as far as they are there."""
        found = await self.collections[name].find({"_id": {"$in": list(ids)}})
        return {document["_id"]: document for document in found}

    async def drop(self) -> None:
        """Forget it."""
        for collection in self.collections.values():
            await collection.drop()


class Written(Protocol):
    """Where events go."""

    async def written(self) -> tuple[ReadModel, ...]:
        """The generations that an event is applied to, in this order."""


@dataclass(frozen=True)
class Pointer:
    """Which generation is served, which is being built, which is kept though no longer served; `last` was ever made."""

    serving: int = FIRST
    building: int | None = None
    retired: int | None = None
    last: int = FIRST
    history: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)


class Generations:
    """What is known of the pointer in this process, and how a rebuilder moves it."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._pointers = mongo.collection("generations")
        self._reads = CoalescedReads(self._pointers)
        self._models: dict[int, ReadModel] = {}
        self._known = Pointer()
        self._written: tuple[ReadModel, ...] = ()
        self._good_until = float("-inf")

    async def serving(self) -> ReadModel:
        """The generation that is read from."""
        await self._look()
        return self._model(self._known.serving)

    async def written(self) -> tuple[ReadModel, ...]:
        """The generations that an event is applied to: the one being built, if any, before the one that is served."""
        if asyncio.get_running_loop().time() >= self._good_until:
            await self._look()
        return self._written

    async def pointer(self) -> Pointer:
        """As it is now."""
        self._good_until = float("-inf")
        await self._look()
        return self._known

    async def announce(self) -> ReadModel:
        """A new, empty generation that events go into from now on. All others but the served one are forgotten."""
        before = await self.pointer()
        model = self._model(before.last + 1)
        await model.ensure_indexes()
        await self._change(before, {"building": model.number, "retired": None, "last": model.number})
        for number in range(FIRST, model.number):
            if number != before.serving:
                await self._model(number).drop()
        return model

    async def swap(self, model: ReadModel, note: Document) -> None:
        """Serve this generation, which was announced; the one before is kept. `note` goes into the history."""
        before = await self.pointer()
        if before.building != model.number:
            raise Conflict("Another rebuild has begun meanwhile; this one has changed nothing.")
        change = {"serving": model.number, "building": None, "retired": before.serving}
        await self._change(before, change, note)

    async def give_up(self, model: ReadModel, note: Document | None = None) -> None:
        """Build it no further, and forget it."""
        before = await self.pointer()
        if before.building == model.number:
            await self._change(before, {"building": None}, note)
            await model.drop()

    async def drop_retired(self) -> int | None:
        """Forget the generation that was served before; answers which. Nobody may read from it any more."""
        before = await self.pointer()
        if before.retired is not None:
            await self._model(before.retired).drop()
            await self._change(before, {"retired": None})
        return before.retired

    async def _look(self) -> None:
        asked_at = asyncio.get_running_loop().time()
        if asked_at < self._good_until:
            return
        self._known = _pointer(await self._reads.get(POINTER))
        numbers = (self._known.building, self._known.serving)
        self._written = tuple(self._model(number) for number in numbers if number is not None)
        self._good_until = asked_at + FRESH_SECONDS

    def _model(self, number: int) -> ReadModel:
        if number not in self._models:
            self._models[number] = ReadModel(self._mongo, number)
        return self._models[number]

    async def _change(self, before: Pointer, change: Mapping[str, object], note: Document | None = None) -> None:
        """Conflict if somebody else has moved the pointer since `before` was read."""
        update: Document = {"$set": dict(change)}
        if note is not None:
            update["$push"] = {"history": {"$each": [note], "$slice": -LONGEST_HISTORY}}
        expected = {"_id": POINTER, "serving": before.serving, "building": before.building, "last": before.last}
        with suppress(AlreadyThere):
            await self._pointers.insert_one({"_id": POINTER, **_fields(Pointer()), "history": []})
        if not await self._pointers.update_one(expected, update):
            raise Conflict("Another rebuild has begun meanwhile; this one has changed nothing.")


def audit(at: datetime, *, actor: str, reason: str, outcome: str, **more: object) -> Document:
    """One line of the pointer's history."""
    return {"at": at, "actor": actor, "reason": reason, "outcome": outcome, **more}


def _fields(pointer: Pointer) -> Document:
    return {name: getattr(pointer, name) for name in ("serving", "building", "retired", "last")}


def _pointer(found: Document | None) -> Pointer:
    if found is None:
        return Pointer()
    return Pointer(
        found["serving"], found["building"], found["retired"], found["last"], tuple(found.get("history", ()))
    )
