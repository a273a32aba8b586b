"""The seam to Kafka: with shared/kafka_client.py and shared/kafka_log.py the only files that know the client.

What aiokafka 0.14 does that shapes this file: a producer whose send failed may refuse every later one; `stop` and
`commit` wait without a limit; a consumer may raise the same error for ever, or stand still without a word; a
deserializer that raises wedges its partition. So every call has a deadline, a client that failed or stands still is
thrown away, and records stay bytes until our own code reads them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition, errors
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import IllegalStateError

from shared.brokers import BrokerTraits, TopicSpec
from shared.errors import BrokerAway, RecordRefused
from shared.fault import fault
from shared.kafka_client import CALL_SECONDS, FAILURES, STOP_SECONDS, named, require, require_working, stopped
from shared.records import InboundRecord, OutboundRecord, Place, inbound

log = structlog.get_logger()

REVOKE_SECONDS = 30.0
"""How long a batch in hand may hold up a rebalance; below REBALANCE_TIMEOUT_MS."""
REBALANCE_TIMEOUT_MS = 60_000
MAX_POLL_INTERVAL_MS = 300_000
TOPIC_ALREADY_EXISTS = errors.TopicAlreadyExistsError.errno
TOPIC_REFUSED = (errors.InvalidTopicError, errors.TopicAuthorizationFailedError)
RECORD_REFUSED = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError, errors.PolicyViolationError)


class Producer:
    """Publishes in order and waits for every acknowledgement. A client that failed once is replaced, never mended."""

    def __init__(
        self, bootstrap: str, traits: BrokerTraits, *, client_id: str, deadline_seconds: float = CALL_SECONDS
    ) -> None:
        self._bootstrap = bootstrap
        self._traits = traits
        self._client_id = client_id
        self._deadline = deadline_seconds
        self._client: Any = None
        self._discarded: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Connect; BrokerAway if nobody answers. `send_all` connects by itself."""
        await self._connected()

    async def send_all(self, records: Sequence[OutboundRecord]) -> None:
        """All are acknowledged when this returns; of BrokerAway and RecordRefused, some may have arrived nevertheless.

        RecordRefused: at least one of them will not be taken, however often it is sent.
        """
        client = await self._connected()
        acknowledgements: list[asyncio.Future[Any]] = []
        try:
            require_working(client)
            with named():
                async with asyncio.timeout(self._deadline):
                    for topic in {record.topic for record in records}:
                        await require(client.client, topic)
                    for record in records:
                        headers = list(record.headers)
                        acknowledgement = await client.send(record.topic, record.value, key=record.key, headers=headers)
                        acknowledgements.append(acknowledgement)
                    fault("kafka.sent_not_acknowledged")
                    await asyncio.gather(*acknowledgements)
        except (BrokerAway, RecordRefused) as error:
            self._discard(client)
            reason = type(error.__cause__).__name__
            if isinstance(error.__cause__, (*TOPIC_REFUSED, *RECORD_REFUSED)):
                concerns_topic = isinstance(error.__cause__, TOPIC_REFUSED)
                raise RecordRefused(f"Kafka refuses it ({reason}).", concerns_topic=concerns_topic) from None
            raise
        finally:
            for acknowledgement in acknowledgements:
                acknowledgement.add_done_callback(_look_away)

    async def stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await stopped(client)
        if self._discarded:
            await asyncio.wait(self._discarded)

    async def _connected(self) -> Any:
        if self._client is None:
            client = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=self._client_id,
                acks="all",
                enable_idempotence=self._traits.enable_idempotence,
                linger_ms=5,
                max_batch_size=128 * 1024,
                max_request_size=2 * 1024 * 1024,
                request_timeout_ms=int(self._deadline * 1000),
                metadata_max_age_ms=60_000,
            )
            try:
                with named():
                    async with asyncio.timeout(self._deadline):
                        await client.start()
            except BaseException:
                self._discard(client)
                raise
            self._client = client
        return self._client

    def _discard(self, client: Any) -> None:
        if self._client is client:
            self._client = None
        stopping = asyncio.create_task(stopped(client))
        self._discarded.add(stopping)
        stopping.add_done_callback(self._discarded.discard)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # the client ships no types
    def __init__(self, revoked: Callable[[], Awaitable[None]]) -> None:
        self._revoked = revoked

    async def on_partitions_revoked(self, _revoked: object) -> None:
        await self._revoked()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        log.info("partitions_assigned", partitions=sorted(f"{place.topic}/{place.partition}" for place in assigned))


class Subscription:
    """A `RecordSource` on a real broker. Not to be started again once stopped or failed: make a new one."""

    def __init__(
        self, bootstrap: str, traits: BrokerTraits, *, group: str, topics: Sequence[str], client_id: str
    ) -> None:
        self._topics = topics
        self._epoch = 0
        self._is_paused = False
        self._client: Any = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=group,
            client_id=client_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=traits.session_timeout_ms,
            heartbeat_interval_ms=traits.heartbeat_interval_ms,
            rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
            max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
            fetch_max_wait_ms=traits.fetch_max_wait_ms,
            fetch_max_bytes=8 * 1024 * 1024,
            max_partition_fetch_bytes=2 * 1024 * 1024,
            metadata_max_age_ms=60_000,
            request_timeout_ms=int(CALL_SECONDS * 1000),
            partition_assignment_strategy=(StickyPartitionAssignor,),
        )

    @property
    def epoch(self) -> int:
        return self._epoch

    async def start(self, before_revoke: Callable[[], Awaitable[None]]) -> None:
        """Join the group. BrokerAway if nobody answers."""

        async def revoked() -> None:
            try:
                async with asyncio.timeout(REVOKE_SECONDS):
                    await before_revoke()
            finally:
                self._epoch += 1
                self._is_paused = False

        self._client.subscribe(topics=list(self._topics), listener=_Listener(revoked))
        with named():
            async with asyncio.timeout(CALL_SECONDS):
                await self._client.start()

    async def poll(self, max_records: int, timeout: float) -> list[InboundRecord]:
        """Up to `max_records`, waiting up to `timeout` seconds for the first; in order within a partition."""
        require_working(self._client)
        if self._is_paused:
            self._client.resume(*self._client.paused())
            self._is_paused = False
        polled = await self._poll(max_records, timeout)
        return [inbound(record) for records in polled.values() for record in records]

    async def keep_alive(self) -> None:
        """Stay a member of the group without taking records. To be called within every MAX_POLL_INTERVAL_MS."""
        self._client.pause(*self._client.assignment())
        self._is_paused = True
        for place, records in (await self._poll(1, 0.05)).items():
            # The assignment changed between pause and poll: hand these out again later.
            self._client.seek(place, records[0].offset)

    async def commit(self, offsets: Mapping[Place, int], *, epoch: int) -> bool:
        """Commit the next offset of each place. False: it was not taken, and the records will be read again."""
        if epoch != self._epoch:
            return False
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._client.commit({TopicPartition(*place): offset for place, offset in offsets.items()})
        except FAILURES as error:
            log.warning("commit_failed", error=type(error).__name__)
            return False
        return True

    async def lag(self) -> dict[Place, int]:
        """Records not yet handed out, by place, as far as known. BrokerAway if the broker lost what we have read."""
        behind: dict[Place, int] = {}
        for place in self._client.assignment():
            if (end := self._client.highwater(place)) is None:
                continue
            try:
                async with asyncio.timeout(1):
                    position = await self._client.position(place)
            except (IllegalStateError, TimeoutError):
                continue  # The assignment has just changed.
            if position > end:
                raise BrokerAway("The broker holds less than we have read of it: its log was lost.")
            behind[place.topic, place.partition] = end - position
        return behind

    async def stop(self) -> None:
        await stopped(self._client)

    async def _poll(self, max_records: int, timeout: float) -> dict[TopicPartition, list[Any]]:
        # While a rebalance runs the client forgets its own timeout.
        with named(), suppress(TimeoutError):
            async with asyncio.timeout(timeout + 1):
                polled: dict[TopicPartition, list[Any]] = await self._client.getmany(
                    timeout_ms=int(timeout * 1000), max_records=max_records
                )
                return polled
        return {}


async def create_topics(bootstrap: str, topics: Sequence[TopicSpec]) -> None:
    """Create those that are not there yet; the others stay as they are."""
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(CALL_SECONDS * 1000))
    wanted = [NewTopic(t.name, t.partitions, t.replicas, topic_configs=dict(t.config)) for t in topics]
    try:
        with named():
            async with asyncio.timeout(2 * CALL_SECONDS):
                await admin.start()
                answer = await admin.create_topics(wanted)
    finally:
        with suppress(*FAILURES):
            async with asyncio.timeout(STOP_SECONDS):
                await admin.close()
    for topic, code, *_ in answer.topic_errors:
        if code not in (0, TOPIC_ALREADY_EXISTS):
            raise BrokerAway(f"Kafka did not create the topic {topic} (error {code}).")


def _look_away(acknowledgement: "asyncio.Future[Any]") -> None:
    if not acknowledgement.cancelled():
        acknowledgement.exception()
