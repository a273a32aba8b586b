"""A Kafka that answers as told: the mock cluster of librdkafka, on real sockets, reached through its C functions.

It keeps records in memory and checks no sequence numbers; of a group it manages one member. Error codes
are Kafka's own.
"""

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from functools import cache
from pathlib import Path

import confluent_kafka

PRODUCER = 0
"""What kind of librdkafka client owns the cluster; it is not used."""
NOBODY = -1


class Api(IntEnum):
    """Requests whose answers can be chosen."""

    PRODUCE = 0
    FETCH = 1
    OFFSET_COMMIT = 8
    JOIN_GROUP = 11
    HEARTBEAT = 12
    SYNC_GROUP = 14
    INIT_PRODUCER_ID = 22


class Error(IntEnum):
    """Kafka's codes of the errors that the tests choose."""

    UNKNOWN_TOPIC = 3
    MESSAGE_TOO_LARGE = 10
    NOT_COORDINATOR = 16
    NOT_ENOUGH_REPLICAS = 19
    ILLEGAL_GENERATION = 22
    UNKNOWN_MEMBER = 25
    REBALANCE_IN_PROGRESS = 27
    TOPIC_AUTHORIZATION_FAILED = 29
    OUT_OF_ORDER_SEQUENCE = 45
    INVALID_PRODUCER_EPOCH = 47
    PRODUCER_FENCED = 90


class MockKafka:
    """One broker. `bootstrap` is where clients find it."""

    def __init__(self, library: ctypes.CDLL, cluster: int) -> None:
        self._library = library
        self._cluster = ctypes.c_void_p(cluster)
        self.bootstrap: str = library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        library.rd_kafka_mock_start_request_tracking(self._cluster)
        # Groups of one need not wait for others to join.
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, ctypes.c_int32(0))

    def create_topic(self, topic: str, partitions: int = 1) -> None:
        self._done(self._library.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, 1))

    def refuse_topic(self, topic: str, error: "Error") -> None:
        """Say this of the topic to whoever asks for it."""
        self._library.rd_kafka_mock_topic_set_error(self._cluster, topic.encode(), int(error))

    def lead(self, topic: str, is_led: bool, partition: int = 0) -> None:
        """Give the partition its leader, or take it away."""
        leader = 1 if is_led else NOBODY
        self._done(
            self._library.rd_kafka_mock_partition_set_leader(
                self._cluster, topic.encode(), ctypes.c_int32(partition), ctypes.c_int32(leader)
            )
        )

    def answer(self, api: Api, errors: Sequence[Error]) -> None:
        """The next requests of this kind are answered with these errors, one each."""
        codes = (ctypes.c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, ctypes.c_int16(api), ctypes.c_size_t(len(errors)), codes
        )

    def asked(self, api: Api) -> int:
        """How many requests of this kind have come."""
        count = ctypes.c_size_t()
        requests = self._library.rd_kafka_mock_get_requests(self._cluster, ctypes.byref(count))
        keys = [self._library.rd_kafka_mock_request_api_key(requests[n]) for n in range(count.value)]
        self._library.rd_kafka_mock_request_destroy_array(requests, count)
        return keys.count(api)

    @staticmethod
    def _done(code: int) -> None:
        assert code == 0, f"The mock cluster answered {code}."


@contextmanager
def mock_kafka() -> Iterator[MockKafka]:
    """A mock cluster on a free port of its own."""
    library = _library()
    reason = ctypes.create_string_buffer(512)
    client = library.rd_kafka_new(PRODUCER, None, reason, ctypes.c_size_t(len(reason)))
    assert client, reason.value.decode()
    cluster = library.rd_kafka_mock_cluster_new(ctypes.c_void_p(client), 1)
    try:
        yield MockKafka(library, cluster)
    finally:
        library.rd_kafka_mock_cluster_destroy(ctypes.c_void_p(cluster))
        library.rd_kafka_destroy(ctypes.c_void_p(client))


@cache
def _library() -> ctypes.CDLL:
    package = Path(confluent_kafka.__file__).parent
    folders = (package.with_name("confluent_kafka.libs"), package / ".dylibs")
    (path,) = (path for folder in folders for path in folder.glob("librdkafka*") if "++" not in path.name)
    library = ctypes.CDLL(str(path))
    for name in ("rd_kafka_new", "rd_kafka_mock_cluster_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    library.rd_kafka_mock_get_requests.restype = ctypes.POINTER(ctypes.c_void_p)
    library.rd_kafka_mock_request_api_key.argtypes = [ctypes.c_void_p]
    library.rd_kafka_mock_request_api_key.restype = ctypes.c_int16
    return library
