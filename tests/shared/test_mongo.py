"""The seam behaves the same on both drivers."""

import asyncio

import pytest

from deploy.local.mongod import Mongod
from deploy.local.process import free_port
from shared.errors import AlreadyThere, Misconfigured, StoreAway
from shared.mongo import Index, Insert, Mongo, Update


async def test_a_second_document_with_the_same_id_is_already_there(mongo: Mongo) -> None:
    things = mongo.collection("things")
    await things.insert_one({"_id": "a"})
    with pytest.raises(AlreadyThere) as refusal:
        await things.insert_one({"_id": "a", "name": "Ann Example"})
    assert "Ann" not in str(refusal.value)


async def test_a_bulk_gives_each_operation_its_own_result(mongo: Mongo) -> None:
    things = mongo.collection("things")
    await things.insert_one({"_id": "a", "revision": 1})
    results = await things.bulk(
        [
            Insert({"_id": "a"}),
            Insert({"_id": "b"}),
            Update({"_id": "a", "revision": 1}, {"$set": {"revision": 2}}, upsert=True),
            Update({"_id": "a", "revision": 7}, {"$set": {"revision": 8}}, upsert=True),
        ]
    )
    assert [type(result).__name__ for result in results] == ["AlreadyThere", "NoneType", "NoneType", "AlreadyThere"]
    assert await things.find_one({"_id": "a"}) == {"_id": "a", "revision": 2}


async def test_inserting_many_keeps_what_is_new(mongo: Mongo) -> None:
    things = mongo.collection("things")
    await things.insert_one({"_id": "a"})
    assert await things.insert_many([{"_id": "a"}, {"_id": "b"}, {"_id": "c"}]) == 2
    assert await things.count({}) == 3


async def test_an_aggregate_answers_a_list(mongo: Mongo) -> None:
    things = mongo.collection("things")
    await things.insert_many([{"_id": "a", "n": 1}, {"_id": "b", "n": 2}])
    assert await things.aggregate([{"$group": {"_id": None, "sum": {"$sum": "$n"}}}]) == [{"_id": None, "sum": 3}]


async def test_a_unique_index_refuses_the_second(mongo: Mongo) -> None:
    things = mongo.collection("things")
    await things.ensure_indexes(Index(["token"], unique=True, partial={"token": {"$exists": True}}))
    await things.insert_many([{"_id": "a", "token": "x"}, {"_id": "b"}, {"_id": "c"}])
    with pytest.raises(AlreadyThere):
        await things.insert_one({"_id": "d", "token": "x"})


async def test_a_server_that_is_not_there_is_away(mongo_driver: str) -> None:
    nobody = await Mongo.connect("mongodb://127.0.0.1:9/", "none", driver=mongo_driver, timeout_seconds=0.3)
    with pytest.raises(StoreAway):
        await nobody.ping()
    with pytest.raises(StoreAway):
        await nobody.collection("things").bulk([Insert({"_id": "a"})])
    await nobody.close()


async def test_an_address_or_driver_that_cannot_be_is_said_at_once() -> None:
    with pytest.raises(Misconfigured, match="mongodb://"):
        await Mongo.connect("postgres://127.0.0.1", "none")
    with pytest.raises(Misconfigured, match="motor, pymongo"):
        await Mongo.connect("mongodb://127.0.0.1", "none", driver="beanie")


async def test_a_majority_confirms_each_write(mongod: Mongod, mongo: Mongo) -> None:
    await mongo.ping()
    assert "replicaSet" in mongod.uri


async def test_a_cancellation_that_meets_a_call_is_not_lost(mongo: Mongo) -> None:
    things = mongo.collection("things")

    async def work() -> None:
        for number in range(1000):
            await things.find_one_and_update({"_id": "a"}, {"$set": {"n": number}}, upsert=True)

    for attempt in range(60):
        task = asyncio.create_task(work())
        for _ in range(attempt):
            await asyncio.sleep(0)
        await asyncio.sleep(0.0002 * (attempt % 10))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_primary_that_is_missed_for_a_while_is_away_until_it_is_seen_again(
    mongod: Mongod, mongo_driver: str
) -> None:
    nowhere = await Mongo.connect(f"mongodb://127.0.0.1:{free_port()}/", "away", mongo_driver, timeout_seconds=0.2)
    assert [nowhere.is_away(now) for now in (10.0, 11.5, 12.5)] == [False, False, True]
    await nowhere.close()
    there = await Mongo.connect(mongod.uri, "away", mongo_driver)
    assert not there.is_away(10.0)
    await there.ping()
    assert not there.is_away(100.0)
    await there.close()
