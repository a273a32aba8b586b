"""F36: something aboard that can never be sent. Its document waits, others do not, somebody is told, nothing spins."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.mongo import Mongo
from shared.outbox import ABOARD
from tests.faults.mock_kafka import Error, MockKafka, mock_kafka
from tests.faults.pipe import TOPIC, Pipe
from tests.faults.rows import Row
from tests.shared.reading import until

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
CORRUPT: dict[str, dict[str, Any]] = {
    "no id": {"$unset": {f"{ABOARD}.0.id": ""}},
    "no value": {"$unset": {f"{ABOARD}.0.value": ""}},
    "a value that is a number": {"$set": {f"{ABOARD}.0.value": 5}},
    "headers that are text": {"$set": {f"{ABOARD}.0.headers": "ce_id"}},
    "a header that is no pair": {"$set": {f"{ABOARD}.0.headers": [["ce_id"]]}},
    "a header that is a number": {"$set": {f"{ABOARD}.0.headers": [["ce_id", 5]]}},
    "a key that is a number": {"$set": {f"{ABOARD}.0.key": 5}},
    "a time that is text": {"$set": {f"{ABOARD}.0.at": "today"}},
    "a topic that cannot be one": {"$set": {f"{ABOARD}.0.topic": "no topic!"}},
    "text in place of an event": {"$set": {f"{ABOARD}.0": "an event"}},
}


@pytest.fixture
def kafka() -> Iterator[MockKafka]:
    with mock_kafka() as cluster:
        cluster.create_topic(TOPIC)
        yield cluster


@pytest.fixture
def pipe(mongo: Mongo, kafka: MockKafka) -> Pipe:
    return Pipe(mongo, kafka.bootstrap)


async def note(row: Row, pipe: Pipe, recovered_in: float) -> None:
    await pipe.until_empty()
    row.recovered_in, row.lost, row.doubled = recovered_in, await pipe.lost(), await pipe.doubled()


@pytest.mark.fault("F36", f"{len(CORRUPT)} events aboard that are corrupt, each in its way")
async def test_what_cannot_be_read_holds_up_its_document_until_it_is_mended(row: Row, pipe: Pipe) -> None:
    await pipe.write(*CORRUPT, *CORRUPT)
    whole = {document["_id"]: document[ABOARD][0] for document in await pipe.collection.find({})}
    for key, change in CORRUPT.items():
        await pipe.collection.update_one({"_id": key}, change)
    with capture_logs() as logged:
        async with pipe.flowing():
            await pipe.write("b", "c", *CORRUPT)
            await pipe.until_heard("b:1", "c:1")
            await pipe.until_sample("outbox_refused_keys", len(CORRUPT))
            await pipe.write("b")
            await pipe.until_heard("b:2")
            assert await pipe.heard_names() == {"b:1", "c:1", "b:2"}
            told = Counter(line["document_id"] for line in logged if line["event"] == "event_unreadable")
            assert told.keys() == CORRUPT.keys()
            # At each poll it would be ten times a second.
            assert max(told.values()) <= 2
            for key, entry in whole.items():
                await pipe.collection.update_one({"_id": key}, {"$set": {f"{ABOARD}.0": entry}})
            recovered_in = await pipe.until_heard()
            await until(lambda: pipe.sample("outbox_refused_keys") == 0)
            await note(row, pipe, recovered_in)


@pytest.mark.fault("F36", "discarded by an operator")
async def test_what_is_taken_off_by_hand_lets_the_rest_of_its_document_go(row: Row, pipe: Pipe) -> None:
    await pipe.write("a", "a")
    await pipe.collection.update_one({"_id": "a"}, {"$set": {f"{ABOARD}.0.value": 5}})
    async with pipe.flowing():
        await pipe.until_sample("outbox_refused_keys", 1)
        await pipe.collection.update_one({"_id": "a"}, {"$pop": {ABOARD: -1}})
        pipe.written.remove("a:1")
        await note(row, pipe, await pipe.until_heard())


@pytest.mark.fault("F36", "a topic that does not exist")
async def test_a_topic_that_does_not_exist_holds_up_what_is_for_it(row: Row, pipe: Pipe, kafka: MockKafka) -> None:
    kafka.refuse_topic("prepbridge.nowhere", Error.UNKNOWN_TOPIC)
    await pipe.write("a", "a", "b")
    await pipe.collection.update_one({"_id": "a"}, {"$set": {f"{ABOARD}.0.topic": "prepbridge.nowhere"}})
    async with pipe.flowing():
        await pipe.until_heard("a:2", "b:1")
        await pipe.until_sample("outbox_refused_keys", 1)
        await pipe.collection.update_one({"_id": "a"}, {"$set": {f"{ABOARD}.0.topic": TOPIC}})
        started = perf_counter()
        await pipe.until_heard()
        await until(lambda: pipe.sample("outbox_refused_keys") == 0)
        row.recovered_in, row.lost = perf_counter() - started, await pipe.lost()
        # Heard once each; what was for another topic was overtaken by what was not.
        row.doubled = await pipe.heard.count({}) - len(pipe.written)


@pytest.mark.fault("F36", "1,200 documents that cannot be read")
async def test_many_that_cannot_be_read_do_not_starve_the_others(row: Row, pipe: Pipe) -> None:
    broken = [
        {"_id": f"broken-{number}", "revision": 1, ABOARD: [{"id": str(number), "at": LONG_AGO}]}
        for number in range(1_200)
    ]
    await pipe.collection.insert_many(broken)
    async with pipe.flowing():
        await pipe.write("a", "b")
        recovered_in = await pipe.until_heard()
        assert pipe.sample("outbox_refused_keys") > 0
        await pipe.collection.delete_many({"_id": {"$regex": "^broken"}})
        await until(lambda: pipe.sample("outbox_refused_keys") == 0)
        await note(row, pipe, recovered_in)
