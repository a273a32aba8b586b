"""The licence of the database in memory: whatever our stores ask, it answers as a real mongod does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.clock import utc_now
from shared.errors import AlreadyThere
from shared.mongo import Collection, Index, Insert, Mongo, Update
from tests.simulation.memory_store import MemoryCollection

LONG_AGO, FAR_AHEAD = datetime(2001, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
MOMENTS = [LONG_AGO, LONG_AGO + timedelta(days=1), FAR_AHEAD]

ids = st.sampled_from(["a", "b", "c"])
revisions = st.integers(1, 3)
moments = st.sampled_from(MOMENTS)
entries = st.fixed_dictionaries(
    {"id": st.sampled_from(["e1", "e2", "e3"]), "topic": st.sampled_from(["t", "u"]), "key": ids, "at": moments}
)
laden = st.lists(entries | st.builds(lambda entry: entry | {"headers": [], "value": b"x"}, entries), max_size=3)
bodies = st.fixed_dictionaries(
    {"revision": revisions, "state": st.sampled_from(["parked", "issued"])},
    optional={"_outbox": laden, "next_at": st.none() | moments, "role": ids, "key": st.none() | st.binary(max_size=2)},
)
documents = st.builds(lambda document_id, body: {"_id": document_id} | body, ids, bodies)

HOLDER = st.sampled_from(["me", "them"])
EXPIRED = {"$expr": {"$lt": ["$next_at", "$$NOW"]}}
UNTIL = {"$dateAdd": {"startDate": "$$NOW", "unit": "second", "amount": 5}}

filters = st.one_of(
    st.builds(lambda one: {"_id": one}, ids),
    st.builds(lambda some: {"_id": {"$in": some}}, st.lists(ids)),
    st.builds(lambda one, n: {"_id": one, "revision": n}, ids, revisions),
    st.builds(lambda one, n: {"_id": one, "revision": {"$lt": n}}, ids, revisions),
    st.just({"_outbox.0": {"$exists": True}}),
    st.just({"_outbox.id": {"$exists": True}}),
    st.builds(
        lambda topic, key, some: {
            "_outbox.0": {"$exists": True},
            "_outbox": {"$elemMatch": {"$nor": [{"topic": topic}, {"topic": "u", "key": key}]}},
            "_id": {"$nin": some},
        },
        st.sampled_from(["t", "v"]),
        ids,
        st.lists(ids, max_size=1),
    ),
    st.builds(lambda now: {"next_at": {"$type": "date", "$lte": now}}, moments),
    st.builds(lambda who: {"_id": "a", "$or": [{"state": who}, EXPIRED]}, HOLDER),
    st.builds(lambda keys: {"state": "parked", "key": {"$in": keys}}, st.lists(st.binary(max_size=2), max_size=2)),
    st.builds(lambda role, some: {"role": role, "state": {"$type": "string", "$nin": some}}, ids, st.lists(ids)),
    st.builds(lambda role: {"role": {"$ne": role}, "state": {"$in": ["parked", "issued"]}}, ids),
    st.just({"next_at": None}),
)
changes = st.one_of(
    st.builds(lambda n, state: {"$set": {"revision": n, "state": state}}, revisions, HOLDER),
    st.builds(lambda n, more: {"$set": {"revision": n}, "$push": {"_outbox": {"$each": more}}}, revisions, laden),
    st.builds(
        lambda some: {"$pull": {"_outbox": {"id": {"$in": some}}}}, st.lists(st.sampled_from(["e1", "e2", "e3"]))
    ),
)
seized = st.builds(lambda who: [{"$set": {"state": who, "next_at": UNTIL}}], HOLDER)
guards = st.builds(lambda one, n: {"_id": one, "revision": n}, ids, revisions)
older = st.builds(lambda one, n: {"_id": one, "sequence": {"$lt": n}}, ids, revisions)
single = st.one_of(
    st.builds(Insert, documents),
    st.builds(lambda guard, change: Update(guard, change, upsert=True), guards, changes),
    st.builds(
        lambda one, n: Update({"_id": one, "revision": {"$lt": n}}, {"$set": {"revision": n}}, True), ids, revisions
    ),
)
group = st.just(
    [
        {"$match": {"next_at": {"$type": "date"}}},
        {"$group": {"_id": "$role", "all": {"$push": {"id": "$_id", "since": "$next_at"}}}},
    ]
)
orders = st.sampled_from(
    [[("_id", 1)], [("_outbox.at", 1), ("_id", 1)], [("next_at", 1), ("_id", 1)], [("revision", -1), ("_id", 1)]]
)
projections = st.sampled_from(
    [None, {"_outbox": 1}, {"_outbox": 0}, {"_id": 1}, {"_outbox.headers": 0, "_outbox.value": 0}]
)
bulks = st.lists(single, min_size=1, max_size=3, unique_by=lambda one: _id_of(one))
steps = st.one_of(
    st.tuples(st.just("insert"), documents),
    st.tuples(st.just("bulk"), bulks),
    st.tuples(st.just("update_many"), filters, changes),
    st.tuples(st.just("seize"), st.builds(lambda who: {"_id": "a", "$or": [{"state": who}, EXPIRED]}, HOLDER), seized),
    st.tuples(st.just("find"), filters, projections, orders, st.integers(0, 2)),
    st.tuples(st.just("aggregate"), group),
    st.tuples(st.just("delete"), filters),
)


@pytest.fixture
def mongo_driver() -> str:
    """It is the server that is compared."""
    return "pymongo"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=st.lists(steps, min_size=1, max_size=12))
async def test_it_answers_and_keeps_what_mongod_does(mongo: Mongo, script: list[tuple[Any, ...]]) -> None:
    real = mongo.collection("compared")
    await real.delete_many({})
    fake = MemoryCollection("compared", utc_now)
    for name, *told in script:
        assert await _answer(_real(real, name, told)) == await _answer(_fake(fake, name, told)), name
        kept = sorted(fake.find({}), key=lambda document: str(document["_id"]))
        assert _timeless(await real.find({}, sort=[("_id", 1)])) == _timeless(kept), name


async def test_a_unique_value_is_refused_a_second_time(mongo: Mongo) -> None:
    real, fake = mongo.collection("unique"), MemoryCollection("unique", utc_now)
    await real.ensure_indexes(Index(["token_hash"], unique=True))
    fake.unique = ["token_hash"]
    for document in ({"_id": "a", "token_hash": "x"}, {"_id": "b", "token_hash": "x"}, {"_id": "b", "token_hash": "y"}):
        assert await _answer(_real(real, "insert", [document])) == await _answer(_fake(fake, "insert", [document]))
    assert await real.find({}, sort=[("_id", 1)]) == fake.find({})


async def _real(real: Collection, name: str, told: list[Any]) -> Any:
    match name:
        case "insert":
            return await real.insert_one(dict(told[0]))
        case "bulk":
            return await real.bulk(told[0])
        case "update_many":
            return await real.update_many(*told)
        case "seize":
            return await real.find_one_and_update(*told)
        case "find":
            wanted, projection, order, limit = told
            return await real.find(wanted, projection=projection, sort=order, limit=limit)
        case "aggregate":
            return await real.aggregate(told[0])
    return await real.delete_many(*told)


async def _fake(fake: MemoryCollection, name: str, told: list[Any]) -> Any:
    match name:
        case "insert":
            return fake.insert(told[0])
        case "bulk":
            return fake.bulk(told[0])
        case "update_many":
            return len(fake.update(*told, many=True))
        case "seize":
            return next(iter(fake.update(*told)), None)
        case "find":
            return fake.find(*told)
        case "aggregate":
            return fake.aggregate(told[0])
    return fake.delete_many(*told)


async def _answer(call: Any) -> Any:
    """What came of it, in a form that compares: errors by type, moments of now by being one, groups in any order."""
    try:
        answer = await call
    except AlreadyThere as error:
        return type(error)
    if isinstance(answer, list):
        if answer and isinstance(answer[0], dict) and "all" in answer[0]:
            return sorted(((row["_id"] or "", sorted(_timeless(row["all"]), key=str)) for row in answer), key=str)
        return [type(one) if isinstance(one, Exception) else _timeless(one) for one in answer]
    return _timeless(answer)


def _timeless(value: Any) -> Any:
    """What was reckoned from the server's clock is only compared as such."""
    if isinstance(value, dict):
        return {name: _timeless(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_timeless(one) for one in value]
    return "reckoned" if isinstance(value, datetime) and value not in MOMENTS else value


def _id_of(operation: Insert | Update) -> Any:
    return operation.document["_id"] if isinstance(operation, Insert) else operation.filter["_id"]
