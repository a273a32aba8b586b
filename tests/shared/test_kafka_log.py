"""What topics hold is read whole, once, up to where they ended, and no group notices."""

from itertools import count

import pytest

from deploy.local.broker import Broker
from shared.brokers import TRAITS, TopicSpec
from shared.errors import Misconfigured
from shared.kafka import Producer, create_topics
from shared.kafka_log import read_through
from shared.records import OutboundRecord

pytestmark = pytest.mark.broker

_names = count(1)


async def filled(broker: Broker, *sizes: int) -> list[str]:
    """A topic of three partitions for each size."""
    topics = [f"test.log.{next(_names)}" for _ in sizes]
    await create_topics(broker.bootstrap, [TopicSpec(topic, 3) for topic in topics])
    for topic, size in zip(topics, sizes, strict=True):
        await written(broker, topic, range(size))
    return topics


async def written(broker: Broker, topic: str, numbers: range) -> None:
    producer = Producer(broker.bootstrap, TRAITS[broker.kind], client_id="test")
    await producer.send_all([OutboundRecord(topic, f"{number}".encode(), f"{number}".encode()) for number in numbers])
    await producer.stop()


async def test_all_that_topics_hold_is_read_and_nothing_that_came_later(broker: Broker) -> None:
    large, small, empty = await filled(broker, 5_000, 3, 0)
    read: dict[str, list[int]] = {large: [], small: [], empty: []}
    places: list[tuple[str, int, int]] = []
    async with read_through(broker.bootstrap, TRAITS[broker.kind], [large, small, empty], client_id="test") as log:
        assert log.offsets == 5_003
        await written(broker, small, range(3, 50))
        async for batch in log.batches():
            for record in batch:
                read[record.topic].append(int(record.value or b""))
                places.append((record.topic, record.partition, record.offset))
    assert {topic: sorted(numbers) for topic, numbers in read.items()} == {
        large: list(range(5_000)),
        small: [0, 1, 2],
        empty: [],
    }
    for topic, partition in {place[:2] for place in places}:
        offsets = [place[2] for place in places if place[:2] == (topic, partition)]
        assert offsets == list(range(len(offsets)))


async def test_a_topic_that_is_missing_is_named_as_a_fault_of_the_setting(broker: Broker) -> None:
    if broker.kind == "tansu":
        pytest.skip("not run: Tansu makes a topic that is asked for")
    with pytest.raises(Misconfigured, match="prepbridge topics create"):
        async with read_through(broker.bootstrap, TRAITS[broker.kind], ["test.log.missing"], client_id="test"):
            raise AssertionError("there is nothing to read")
