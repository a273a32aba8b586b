"""F35: more than we take, at the outbox and at the broker. It is refused before anything is saved, or waits alone."""

from time import perf_counter

import pytest

from shared.errors import TooLarge
from shared.mongo import Mongo
from shared.outbox import ABOARD, LARGEST_EVENT
from tests.conftest import SetClock
from tests.faults.mock_kafka import mock_kafka
from tests.faults.pipe import TOPIC, Pipe
from tests.faults.rows import Row
from tests.partnership.working import PROVIDER, PROVIDERS, working
from tests.shared.reading import until

LARGEST_REQUEST = 2 * 1024 * 1024
"""What the producer sends at most, and the topics take less."""


@pytest.mark.fault("F35", "1.1 times what an event may hold, at the outbox")
async def test_an_event_that_is_too_large_is_refused_before_anything_is_saved(row: Row, mongo: Mongo) -> None:
    with mock_kafka() as kafka:
        kafka.create_topic(TOPIC)
        pipe = Pipe(mongo, kafka.bootstrap)
        async with pipe.flowing():
            await pipe.write("a")
            for key in ("a", "b"):
                with pytest.raises(TooLarge):
                    await pipe.write(key, name="x" * int(1.1 * LARGEST_EVENT))
            assert [(kept["_id"], kept["revision"]) for kept in await pipe.collection.find({})] == [("a", 1)]
            started = perf_counter()
            await pipe.write("a", "b")
            await pipe.until_heard()
            row.recovered_in = perf_counter() - started
            await pipe.until_empty()
            row.lost, row.doubled = await pipe.lost(), await pipe.doubled()


@pytest.mark.fault("F35", "an import whose event would be too large")
async def test_an_import_whose_event_would_be_too_large_is_refused_in_words(
    row: Row, mongo: Mongo, clock: SetClock
) -> None:
    async with working(mongo, clock) as partnership:
        await partnership.bring_directory()
        organizations = partnership.mongo.collection("organizations")
        before = await organizations.find({"_id": PROVIDER}, projection={ABOARD: 0})
        long = "🏫" * 60_000
        row_of_file = f"{PROVIDER},{long},provider,ipeds:164447,renamed from {long} 1999"
        refused = await partnership.bring("providers", f"{PROVIDERS.splitlines()[0]}\n{row_of_file}\n".encode())
        assert (refused.status_code, refused.json()["title"]) == (413, "That is too large")
        assert refused.json()["hint"] == "Shorten its texts. Nothing of it was saved."
        assert await organizations.find({"_id": PROVIDER}, projection={ABOARD: 0}) == before
        started = perf_counter()
        assert (await partnership.bring("providers", PROVIDERS.encode())).status_code == 200
        row.recovered_in, row.lost, row.doubled = perf_counter() - started, 0, 0


@pytest.mark.fault("F35", "1.1 times what the producer sends, aboard of a document")
async def test_what_the_broker_would_not_take_waits_alone(row: Row, mongo: Mongo) -> None:
    with mock_kafka() as kafka:
        kafka.create_topic(TOPIC)
        pipe = Pipe(mongo, kafka.bootstrap)
        await pipe.write("a", "a")
        whole = await pipe.collection.find_one({"_id": "a"})
        assert whole is not None
        aboard = f"{ABOARD}.0.value"
        await pipe.collection.update_one({"_id": "a"}, {"$set": {aboard: b"x" * int(1.1 * LARGEST_REQUEST)}})
        async with pipe.flowing():
            await pipe.write("b", "c")
            await pipe.until_heard("b:1", "c:1")
            await pipe.until_sample("outbox_refused_keys", 1)
            await pipe.collection.update_one({"_id": "a"}, {"$set": {aboard: whole[ABOARD][0]["value"]}})
            row.recovered_in = await pipe.until_heard()
            await until(lambda: pipe.sample("outbox_refused_keys") == 0)
            await pipe.until_empty()
            assert pipe.in_order[-2:] == [("a", 1), ("a", 2)]
            row.lost, row.doubled = await pipe.lost(), await pipe.doubled()
