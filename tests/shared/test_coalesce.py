"""Round trips are shared; results are not."""

import asyncio

import pytest

from shared.coalesce import CoalescedReads, CoalescedWrites
from shared.errors import AlreadyThere, StoreAway
from shared.mongo import Collection, Document, Insert, Mongo, Update


class CountedCollection(Collection):
    """A real collection that counts its round trips."""

    trips = 0

    @classmethod
    def of(cls, collection: Collection) -> "CountedCollection":
        return cls(collection._native, awaits_aggregate=collection._awaits_aggregate)

    async def find(self, *arguments: object, **options: object) -> list[Document]:
        self.trips += 1
        return await super().find(*arguments, **options)  # type: ignore[arg-type]

    async def bulk(self, operations: list[Insert | Update]) -> list[Exception | None]:  # type: ignore[override]
        self.trips += 1
        return await super().bulk(operations)


@pytest.fixture
def things(mongo: Mongo) -> CountedCollection:
    return CountedCollection.of(mongo.collection("things"))


async def test_a_thousand_concurrent_inserts_take_a_handful_of_round_trips(things: CountedCollection) -> None:
    writes = CoalescedWrites(things)
    await asyncio.gather(*(writes.insert({"_id": str(number)}) for number in range(1000)))
    assert await things.count({}) == 1000
    assert things.trips <= 3


async def test_each_caller_gets_its_own_error(things: CountedCollection) -> None:
    writes = CoalescedWrites(things)
    await writes.insert({"_id": "taken"})
    results = await asyncio.gather(
        writes.insert({"_id": "taken"}), writes.insert({"_id": "free"}), return_exceptions=True
    )
    assert isinstance(results[0], AlreadyThere)
    assert results[1] is None


async def test_a_document_that_cannot_be_encoded_spoils_no_other(things: CountedCollection) -> None:
    writes = CoalescedWrites(things)
    results = await asyncio.gather(
        writes.insert({"_id": "good"}), writes.insert({"_id": "bad", "value": object()}), return_exceptions=True
    )
    assert results[0] is None
    assert isinstance(results[1], Exception)
    assert await things.count({}) == 1


async def test_concurrent_reads_share_a_round_trip_and_find_what_is_there(things: CountedCollection) -> None:
    await things.insert_many([{"_id": "a", "n": 1}, {"_id": "b", "n": 2}])
    reads = CoalescedReads(things)
    found = list(await asyncio.gather(*(reads.get(name) for name in ("a", "b", "nobody", "a"))))
    assert found == [{"_id": "a", "n": 1}, {"_id": "b", "n": 2}, None, {"_id": "a", "n": 1}]
    assert things.trips == 1


async def test_a_caller_that_leaves_takes_nobody_with_it(things: CountedCollection) -> None:
    await things.insert_one({"_id": "a"})
    reads = CoalescedReads(things)
    leaving, staying = asyncio.create_task(reads.get("a")), asyncio.create_task(reads.get("a"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == {"_id": "a"}


async def test_a_store_that_is_away_is_told_to_everybody(mongo_driver: str) -> None:
    nobody = await Mongo.connect("mongodb://127.0.0.1:9/", "none", driver=mongo_driver, timeout_seconds=0.3)
    writes = CoalescedWrites(nobody.collection("things"))
    results = await asyncio.gather(*(writes.insert({"_id": str(n)}) for n in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [StoreAway] * 3
    await nobody.close()


async def test_many_are_read_by_id_with_all_others_that_are_asked_for(things: CountedCollection) -> None:
    reads = CoalescedReads(things)
    for name in ("a", "b", "c"):
        await things.insert_one({"_id": name})
    first, second, third = await asyncio.gather(
        reads.get_all(["b", "a", "b", "nobody"]), reads.get_all([]), reads.get_all(["c"])
    )
    assert [each["_id"] for each in first] == ["a", "b"]
    assert (second, [each["_id"] for each in third]) == ([], ["c"])
    assert things.trips == 1
