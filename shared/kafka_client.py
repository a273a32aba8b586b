"""What the Kafka client does not do by itself: say that it stands still, give up in time, close what it had open.

aiokafka 0.14 works by tasks of its own. Of a connection that is closed they expect OSError, where uvloop raises
RuntimeError (aiokafka #1038): the task ends, nobody is told, and a reader reads nothing more while all looks well. Of a
broker that has just come back it asserts that it names one (`coordinator_lookup`).
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.errors import BrokerAway, RecordRefused

log = structlog.get_logger()

CALL_SECONDS = 15.0
STOP_SECONDS = 10.0
FAILURES = (KafkaError, OSError, TimeoutError, RuntimeError, AssertionError)
"""In which a call to the client may end."""


@contextmanager
def named() -> Iterator[None]:
    """Every failure of the client is BrokerAway."""
    try:
        yield
    except FAILURES as error:
        raise BrokerAway(f"Kafka does not answer as it should ({type(error).__name__}).") from error


def require_working(client: Any) -> None:
    """BrokerAway from a producer or consumer that stands still: one of the tasks by which it works has ended."""
    for task in _tasks_of(client):
        if task.done():
            raise BrokerAway("The Kafka client stands still.") from (None if task.cancelled() else task.exception())


def _tasks_of(client: Any) -> "list[asyncio.Task[Any]]":
    """Of a client that was started."""
    if isinstance(client, AIOKafkaProducer):
        return [client.client._sync_task, client._sender.sender_task]
    return [client._client._sync_task, client._fetcher._fetch_task, client._coordinator._coordination_task]


async def require(known: Any, topic: str) -> None:
    """RecordRefused for a topic that is missing. The client itself would wait for it, and then call it a failure."""
    if known.cluster.partitions_for_topic(topic):
        return
    known.add_topic(topic)
    for _ in range(2):  # The first answer may be to a question that was asked before.
        if not await known.force_metadata_update():
            raise BrokerAway("Kafka does not say which topics it has.")
        if known.cluster.partitions_for_topic(topic):
            return
    raise RecordRefused(f"Kafka has no topic {topic} for us.", concerns_topic=True)


async def stopped(client: Any) -> None:
    """Stop it, within a limit. Where one of its tasks has failed it gives up half way: what is still open is closed."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await client.stop()
    except FAILURES as error:
        log.warning("kafka_client_did_not_stop", error=type(error).__name__)
        known = client.client if isinstance(client, AIOKafkaProducer) else client._client
        if known._sync_task is not None:
            known._sync_task.cancel()
        for connection in list(known._conns.values()):
            connection.close()
