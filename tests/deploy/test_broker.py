"""The embedded brokers: each takes and gives a record, and Kafka keeps what it acknowledged."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.broker import Broker
from deploy.local.kafka_broker import find_java
from deploy.local.process import ToolMissing

TOPIC = "kept"


@pytest.fixture
def tansu(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker.start(tmp_path, "tansu")
    yield broker
    broker.stop()


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[Broker]:
    try:
        broker = Broker.start(tmp_path, "kafka")
    except ToolMissing as lack:
        pytest.skip(f"not run: {lack}")
    yield broker
    broker.stop()


async def _create_topic(broker: Broker) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await client.start()
    try:
        await client.create_topics([NewTopic(TOPIC, num_partitions=3, replication_factor=1)], timeout_ms=5_000)
    finally:
        await client.close()


async def _send(broker: Broker, count: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    await producer.start()
    try:
        for number in range(count):
            await producer.send_and_wait(TOPIC, str(number).encode(), key=str(number).encode())
    finally:
        await producer.stop()


async def _read(broker: Broker, count: int) -> list[int]:
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return sorted([int((await consumer.getone()).value) for _ in range(count)])
    finally:
        await consumer.stop()


@pytest.mark.broker
async def test_tansu_takes_and_gives_records_and_says_that_it_forgets(tansu: Broker) -> None:
    await _create_topic(tansu)
    await _send(tansu, 5)
    assert await _read(tansu, 5) == [0, 1, 2, 3, 4]
    assert tansu.kind == "tansu"
    assert "lost when it stops" in tansu.note


@pytest.mark.broker
async def test_tansu_killed_comes_back_on_its_port(tansu: Broker) -> None:
    tansu.kill()
    tansu.start_again()
    await _create_topic(tansu)
    await _send(tansu, 1)
    assert await _read(tansu, 1) == [0]


@pytest.mark.broker
@pytest.mark.durable
async def test_kafka_killed_right_after_an_acknowledgement_has_the_records(kafka: Broker) -> None:
    await _create_topic(kafka)
    await _send(kafka, 50)
    kafka.kill()
    kafka.start_again()
    assert await _read(kafka, 50) == list(range(50))
    assert kafka.kind == "kafka"
    assert kafka.note.startswith("Apache Kafka 4.")


@pytest.mark.broker
@pytest.mark.durable
async def test_kafka_stopped_and_started_elsewhere_has_the_records(kafka: Broker, tmp_path: Path) -> None:
    await _create_topic(kafka)
    await _send(kafka, 5)
    kafka.stop()
    moved = Broker.start(tmp_path, "kafka")
    try:
        assert await _read(moved, 5) == [0, 1, 2, 3, 4]
    finally:
        moved.stop()


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A PATH with nothing on it but what a test puts there."""
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    find_java.cache_clear()
    yield tools
    find_java.cache_clear()


def _install(tools: Path, name: str, script: str) -> None:
    (tools / name).write_text(f"#!/bin/sh\n{script}\n")
    (tools / name).chmod(0o755)


JAVA_17 = """echo 'openjdk version "17.0.9"' >&2"""
JAVA_11 = """echo 'openjdk version "11.0.2"' >&2"""


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        ({}, "Apache Kafka needs Java 17 or newer on PATH or in JAVA_HOME, and there is none"),
        ({"java": JAVA_11}, "Apache Kafka needs Java 17 or newer on PATH or in JAVA_HOME, and there is none"),
        ({"java": JAVA_17}, "there is no `mvn` on PATH to fetch them"),
        ({"java": JAVA_17, "mvn": "exit 1"}, "Apache Kafka's jars are not here, and `mvn` could not fetch them"),
    ],
    ids=["no Java", "an old Java", "no Maven", "a Maven that cannot fetch"],
)
def test_what_kafka_lacks_is_said_and_tansu_is_taken_unless_kafka_was_asked_for(
    bare_path: Path, tmp_path: Path, tools: dict[str, str], reason: str
) -> None:
    for name, script in tools.items():
        _install(bare_path, name, script)
    with pytest.raises(ToolMissing, match=re.escape(reason)):
        Broker.start(tmp_path, "kafka", jars=tmp_path / "no-jars")
    broker = Broker.start(tmp_path, "auto", jars=tmp_path / "no-jars")
    broker.stop()
    assert broker.kind == "tansu"
    assert reason in broker.note
