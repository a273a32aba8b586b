"""F13, F14: Kafka has no leader for a while, or answers with errors. What it may never do is stop us for good."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared.mongo import Mongo
from tests.faults.mock_kafka import Api, Error, MockKafka, mock_kafka
from tests.faults.pipe import TOPIC, Pipe
from tests.faults.rows import Row
from tests.shared.reading import until


@pytest.fixture
def kafka() -> Iterator[MockKafka]:
    with mock_kafka() as cluster:
        cluster.create_topic(TOPIC)
        yield cluster


@pytest.fixture
async def pipe(mongo: Mongo, kafka: MockKafka) -> AsyncIterator[Pipe]:
    pipe = Pipe(mongo, kafka.bootstrap)
    async with pipe.flowing():
        await pipe.write("a", "b", "c")
        await pipe.until_heard()
        yield pipe


async def note(row: Row, pipe: Pipe, recovered_in: float) -> None:
    """What came of it, once all is at rest; the pipe goes on as before."""
    await pipe.write("a", "b", "c")
    await pipe.until_heard()
    await pipe.until_empty()
    row.recovered_in, row.lost, row.doubled = recovered_in, await pipe.lost(), await pipe.doubled()
    row.parked = len(await pipe.parking.waiting())


@pytest.mark.fault("F13", "no leader for longer than a request may take")
async def test_a_partition_without_a_leader_is_waited_for_with_new_clients(
    row: Row, pipe: Pipe, kafka: MockKafka
) -> None:
    producers = kafka.asked(Api.INIT_PRODUCER_ID)
    kafka.lead(TOPIC, False)
    await pipe.write("a", "b", "d")
    await pipe.until_sample("outbox_publish_failures_total", 2)
    kafka.lead(TOPIC, True)
    await note(row, pipe, await pipe.until_heard())
    assert kafka.asked(Api.INIT_PRODUCER_ID) >= producers + 2, "A client that failed was used again."
    assert row.parked == 0


@pytest.mark.parametrize(
    ("error", "is_replaced"),
    [
        pytest.param(
            error,
            is_replaced,
            id=error.name,
            marks=pytest.mark.fault("F14", f"{error.name.replace('_', ' ').lower()} on produce"),
        )
        for error, is_replaced in (
            (Error.OUT_OF_ORDER_SEQUENCE, True),
            (Error.INVALID_PRODUCER_EPOCH, True),
            (Error.PRODUCER_FENCED, True),
            (Error.NOT_ENOUGH_REPLICAS, False),
        )
    ],
)
async def test_a_producer_that_is_told_of_an_error_goes_on_or_is_replaced(
    row: Row, pipe: Pipe, kafka: MockKafka, error: Error, is_replaced: bool
) -> None:
    producers = kafka.asked(Api.INIT_PRODUCER_ID)
    kafka.answer(Api.PRODUCE, [error, error])
    await pipe.write("a", "b", "d")
    await note(row, pipe, await pipe.until_heard())
    assert (kafka.asked(Api.INIT_PRODUCER_ID) - producers >= 2) is is_replaced
    assert (pipe.sample("outbox_publish_failures_total") >= 2) is is_replaced
    assert pipe.sample("outbox_refused_keys") == 0


@pytest.mark.fault("F14", "message too large on produce")
async def test_a_record_that_is_refused_holds_up_its_key_and_nobody_else(
    row: Row, pipe: Pipe, kafka: MockKafka
) -> None:
    kafka.answer(Api.PRODUCE, [Error.MESSAGE_TOO_LARGE])
    await pipe.write("a")
    await pipe.until_sample("outbox_refused_keys", 1)
    await pipe.write("a", "b", "c", "d")
    recovered_in = await pipe.until_heard()
    assert pipe.in_order[-2:] == [("a", 2), ("a", 3)]
    await until(lambda: pipe.sample("outbox_refused_keys") == 0)
    await note(row, pipe, recovered_in)


@pytest.mark.fault("F14", "topic authorization failed on produce")
async def test_a_topic_that_we_may_not_write_is_tried_again_later(row: Row, pipe: Pipe, kafka: MockKafka) -> None:
    kafka.answer(Api.PRODUCE, [Error.TOPIC_AUTHORIZATION_FAILED] * 2)
    await pipe.write("a", "b", "d")
    await pipe.until_sample("outbox_refused_keys", 1)
    recovered_in = await pipe.until_heard()
    await until(lambda: pipe.sample("outbox_refused_keys") == 0)
    await note(row, pipe, recovered_in)


@pytest.mark.parametrize(
    ("error", "is_felt"),
    [
        pytest.param(
            error,
            is_felt,
            id=error.name,
            marks=pytest.mark.fault("F14", f"{error.name.replace('_', ' ').lower()} on commit"),
        )
        for error, is_felt in (
            (Error.ILLEGAL_GENERATION, True),
            (Error.UNKNOWN_MEMBER, True),
            (Error.REBALANCE_IN_PROGRESS, True),
            (Error.NOT_COORDINATOR, False),
        )
    ],
)
async def test_a_commit_that_fails_costs_a_redelivery_and_nothing_else(
    row: Row, pipe: Pipe, kafka: MockKafka, error: Error, is_felt: bool
) -> None:
    kafka.answer(Api.OFFSET_COMMIT, [error])
    await pipe.write("a", "b", "d")
    heard_in = await pipe.until_heard()
    await pipe.write("a")
    await note(row, pipe, heard_in + await pipe.until_heard())
    assert (pipe.sample("consumer_commit_failures_total") >= 1) is is_felt
    assert pipe.sample("consumer_restarts_total") == 0
    assert row.parked == 0


@pytest.mark.parametrize(
    "api",
    [
        pytest.param(api, id=api.name, marks=pytest.mark.fault("F14", f"topic authorization failed on {word}"))
        for api, word in ((Api.SYNC_GROUP, "joining the group"), (Api.FETCH, "fetch"))
    ],
)
async def test_a_reader_that_is_told_of_an_error_that_it_does_not_expect_is_replaced(
    row: Row, pipe: Pipe, kafka: MockKafka, api: Api
) -> None:
    kafka.answer(api, [Error.TOPIC_AUTHORIZATION_FAILED])
    if api is Api.SYNC_GROUP:
        kafka.answer(Api.HEARTBEAT, [Error.REBALANCE_IN_PROGRESS])
    await pipe.write("a", "b", "d")
    await pipe.until_sample("consumer_restarts_total", 1)
    await note(row, pipe, await pipe.until_heard())
    assert row.parked == 0
