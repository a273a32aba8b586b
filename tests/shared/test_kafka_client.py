"""Clients that stand still, or meet a broker that is hardly there, are told of and replaced."""

from typing import Any

import pytest

from shared.errors import BrokerAway
from tests.shared.topics import Topic, read, read_for_ever

pytestmark = pytest.mark.broker


def close_as_uvloop_does(known: Any) -> None:
    """The connections of aiokafka's client, which has not noticed yet."""

    def refuse(_data: bytes) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    assert known._conns
    for connection in known._conns.values():
        connection._writer.write = refuse


async def test_a_reader_that_stands_still_says_so_and_another_one_goes_on(topic: Topic) -> None:
    async with topic.reader() as source:
        assert await source.poll(10, 0.2) == []
        close_as_uvloop_does(source._client._client)
        with pytest.raises(BrokerAway):
            await read_for_ever(source)
    async with topic.producer() as producer, topic.reader() as source:
        await producer.send_all([topic.record(b"later")])
        assert [record.value for record in await read(source, 1)] == [b"later"]


async def test_a_producer_whose_connections_are_closed_is_replaced(topic: Topic) -> None:
    async with topic.producer(deadline_seconds=5.0) as producer:
        await producer.send_all([topic.record(b"before")])
        close_as_uvloop_does(producer._client.client)
        with pytest.raises(BrokerAway):
            await producer.send_all([topic.record(b"lost or late")])
        await producer.send_all([topic.record(b"after")])


async def test_a_commit_to_a_broker_that_names_no_broker_yet_is_a_failed_commit(topic: Topic) -> None:
    async with topic.producer() as producer, topic.reader() as source:
        await producer.send_all([topic.record(b"one")])
        (record,) = await read(source, 1)
        known = source._client._client.cluster
        source._client._coordinator.coordinator_dead()
        known._brokers, brokers = {}, known._brokers
        assert not await source.commit({record.place: record.offset + 1}, epoch=source.epoch)
        known._brokers = brokers
        assert await source.commit({record.place: record.offset + 1}, epoch=source.epoch)
