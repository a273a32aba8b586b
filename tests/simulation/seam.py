"""The seam to the simulated MongoDB: `shared.mongo.Collection` as a process sees it, over a network."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from shared.errors import StoreAway
from shared.mongo import Change, Collection, Document, Filter, Index, Insert, Update
from shared.outbox import ABOARD
from tests.simulation.memory_store import MemoryCollection, Written
from tests.simulation.world import Reply, World

Answer = TypeVar("Answer")
CALL_SECONDS = 5.0


class Store:
    """One service's database, which all its processes share."""

    def __init__(self, world: World, written: Written = lambda _name, _document: None) -> None:
        self.world = world
        self.calls = 0
        self._collections: dict[str, MemoryCollection] = {}
        self._written = written

    def kept(self, name: str) -> MemoryCollection:
        if name not in self._collections:
            self._collections[name] = MemoryCollection(name, self.world.loop.now, self._written)
        return self._collections[name]

    def aboard(self) -> int:
        """Documents with events aboard."""
        collections = self._collections.values()
        return sum(bool(document.get(ABOARD)) for kept in collections for document in kept.documents.values())

    def collection(self, name: str) -> "SimulatedCollection":
        return SimulatedCollection(self, self.kept(name))


class SimulatedCollection(Collection):
    """Calls take time, fail while the store is away, and may fail after all was done."""

    def __init__(self, store: Store, kept: MemoryCollection) -> None:
        self._store = store
        self._kept = kept

    @property
    def name(self) -> str:
        return self._kept.name

    async def _ask(self, what: str, work: Callable[[], Answer], *, writes: bool = False) -> Answer:
        world, weather = self._store.world, self._store.world.weather
        self._store.calls += 1

        def arrive(reply: Reply[Answer]) -> None:
            if weather.is_store_away:
                reply.fail(StoreAway("It is switched off."), after=world.chance.uniform(0.01, CALL_SECONDS))
                return
            try:
                answer = work()
            except Exception as error:
                reply.fail(error)
                return
            if writes and world.chance.random() < weather.loses_answers:
                world.tell(f"store {self.name} {what}: done, the answer is lost")
                reply.fail(StoreAway("The answer is lost."), after=world.chance.uniform(0.1, CALL_SECONDS))
            else:
                reply.give(answer)

        return await world.on_its_way(arrive)

    async def find_one(self, filter: Filter, projection: Filter | None = None) -> Document | None:
        found = await self._ask("find_one", lambda: self._kept.find(filter, projection, limit=1))
        return found[0] if found else None

    async def find(
        self,
        filter: Filter,
        *,
        projection: Filter | None = None,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
        skip: int = 0,
    ) -> list[Document]:
        return await self._ask("find", lambda: self._kept.find(filter, projection, sort, limit, skip))

    async def scan(
        self,
        filter: Filter,
        *,
        projection: Filter | None = None,
        sort: Sequence[tuple[str, int]] | None = None,
        batch: int = 1000,
    ) -> AsyncIterator[Document]:
        for document in await self.find(filter, projection=projection, sort=sort):
            yield document

    async def insert_one(self, document: Document) -> None:
        await self._ask("insert", lambda: self._kept.insert(document), writes=True)

    async def insert_many(self, documents: Sequence[Document], ordered: bool = False) -> int:
        return await self._ask("insert_many", lambda: self._kept.insert_many(documents, ordered), writes=True)

    async def update_one(self, filter: Filter, change: Change, upsert: bool = False) -> int:
        return len(await self._ask("update", lambda: self._kept.update(filter, change, upsert=upsert), writes=True))

    async def update_many(self, filter: Filter, change: Change) -> int:
        return len(await self._ask("update_many", lambda: self._kept.update(filter, change, many=True), writes=True))

    async def find_one_and_update(
        self, filter: Filter, change: Change, *, upsert: bool = False, sort: Sequence[tuple[str, int]] | None = None
    ) -> Document | None:
        found = await self._ask("change", lambda: self._kept.update(filter, change, upsert=upsert), writes=True)
        return found[0] if found else None

    async def bulk(self, operations: Sequence[Insert | Update]) -> list[Exception | None]:
        return await self._ask("bulk", lambda: self._kept.bulk(operations), writes=True)

    async def aggregate(self, pipeline: Sequence[Filter]) -> list[Document]:
        return await self._ask("aggregate", lambda: self._kept.aggregate(pipeline))

    async def count(self, filter: Filter) -> int:
        return len(await self.find(filter))

    async def delete_many(self, filter: Filter) -> int:
        return await self._ask("delete", lambda: self._kept.delete_many(filter), writes=True)

    async def ensure_indexes(self, *indexes: Index) -> None:
        """Only what refuses a write matters here."""
        self._kept.unique = [str(index.keys[0]) for index in indexes if index.unique]
