"""F32: records that are no events, of every kind. Each is parked with its reason, and its neighbours do not notice."""

import json
from collections.abc import AsyncIterator, Mapping
from time import perf_counter
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from hypothesis import example, given
from hypothesis import strategies as st

from shared.breaker import KEYS, LATELY
from shared.errors import Undecodable
from shared.events import REGISTER, from_wire
from shared.events.envelope import wire_name_of
from shared.events.partnership import HIRES, CompleterHired
from shared.events.survey import SurveyIssued, SurveySubmitted
from shared.mongo import Mongo
from shared.records import OutboundRecord
from tests.analytics.events import issued, submitted
from tests.conftest import SetClock
from tests.faults.mock_kafka import MockKafka, mock_kafka
from tests.faults.pipe import TOPIC, Pipe
from tests.faults.rows import Row
from tests.shared.reading import until
from tests.survey.acting import Acting, surveying
from tests.survey.builders import hired_person
from tests.twice_kafka import outbound

PARKED = "Undecodable"
SKIPPED = ""
FEW = KEYS - 2
SECRET = "jane.doe@example.org"
GOOD = outbound(hired_person(0))
HEADERS, VALUE = dict(GOOD.headers), GOOD.value or b""
STRUCTURED = {"content-type": b"application/cloudevents+json"}


def binary(value: bytes | None = VALUE, **headers: bytes) -> tuple[Mapping[str, bytes], bytes | None]:
    return {**HEADERS, **headers}, value


def without(*names: str) -> tuple[Mapping[str, bytes], bytes]:
    return {name: value for name, value in HEADERS.items() if name not in names}, VALUE


def changed(field: str, told: bytes) -> tuple[Mapping[str, bytes], bytes]:
    before, _, after = VALUE.partition(f'"{field}":'.encode())
    return HEADERS, before + f'"{field}":'.encode() + told + b"," + after


POISON: dict[str, tuple[tuple[Mapping[str, bytes], bytes | None], str]] = {
    "not UTF-8": (binary(b"\xff\xfe" + SECRET.encode()), PARKED),
    "no JSON": (binary(f"{{{SECRET}".encode()), PARKED),
    "nothing at all": (({}, b""), PARKED),
    "an unknown type": (binary(ce_type=b"somebody.said_something.v1"), SKIPPED),
    "an unknown version": (binary(ce_type=b"partnership.completer_hired.v99"), PARKED),
    "a type that is not UTF-8": (binary(ce_type=b"\xff"), SKIPPED),
    "an id that is not UTF-8": (binary(ce_id=b"\xff"), PARKED),
    "an empty id": (binary(ce_id=b""), PARKED),
    "no ce_type": (without("ce_type"), PARKED),
    "no ce_id": (without("ce_id"), PARKED),
    "no ce_sequence": (without("ce_sequence"), PARKED),
    "no ce_time": (without("ce_time"), PARKED),
    "no headers": (({}, VALUE), PARKED),
    "empty headers": ((dict.fromkeys(HEADERS, b""), VALUE), PARKED),
    "a wrong content type": (binary(**{"content-type": b"text/plain"}), "APPLIED"),
    "structured without data": ((STRUCTURED, b'{"type":"partnership.completer_hired.v1"}'), PARKED),
    "structured, and a list": ((STRUCTURED, b"[1]"), PARKED),
    "text for a number": (changed("match_confidence", f'"{SECRET}"'.encode()), PARKED),
    "a list for a date": (changed("hire_date", b"[]"), PARKED),
    "NaN": (changed("match_confidence", b"NaN"), PARKED),
    "infinity": (changed("match_confidence", b"1e999"), PARKED),
    "a number of 400 digits": (changed("match_confidence", b"1" * 400), PARKED),
    "a lone surrogate": (changed("role", b'"\\ud800"'), PARKED),
    "a sequence that MongoDB cannot keep": (binary(ce_sequence=b"9" * 30), PARKED),
    "a sequence below zero": (binary(ce_sequence=b"-1"), PARKED),
    "a time before time": (binary(ce_time=b"0001-01-01T00:00:00+23:00"), PARKED),
    "a time without a zone": (binary(ce_time=b"2027-04-05T09:30:00"), PARKED),
    "nested 100,000 deep": (binary(b"[" * 100_000 + b"]" * 100_000), PARKED),
    "10 MB": (binary(b'{"hire_id":"' + b"x" * 10_000_000), PARKED),
    "a correlation id of 100 kB": (binary(ce_correlationid=b"x" * 100_000), "APPLIED"),
    "headers of 2 MB": (binary(b"{", ce_other=b"x" * 2_000_000), PARKED),
    "a tombstone where none is expected": (binary(None), SKIPPED),
}


@pytest.fixture
async def acting(mongo: Mongo, clock: SetClock) -> AsyncIterator[Acting]:
    async with surveying(mongo, clock) as acting:
        yield acting


@pytest.mark.fault("F32", f"{len(POISON)} kinds of poison among hires")
async def test_poison_is_parked_with_its_reason_and_its_neighbours_are_applied(
    row: Row, acting: Acting, capsys: pytest.CaptureFixture[str]
) -> None:
    neighbours = [outbound(hired_person(number)) for number in range(1, len(POISON) + 1)]
    started = perf_counter()
    for number, (name, ((headers, value), _)) in enumerate(POISON.items()):
        poison = OutboundRecord(HIRES, name.encode(), value, list(headers.items()))
        await acting.kafka.append([neighbours[number], poison])
        if number % FEW == FEW - 1:
            # So much of it at once is another row's: the breaker would stop the consumer.
            await acting.kafka.until_read("survey", HIRES, seconds=30)
            acting.clock.advance(2 * LATELY)
    await acting.kafka.until_read("survey", HIRES, seconds=30)
    row.recovered_in = perf_counter() - started
    parked = {bytes(found["key"]).decode(): found for found in await acting.kept("parked")}
    assert {name: found["reason"] for name, found in parked.items()} == {
        name: becomes for name, (_, becomes) in POISON.items() if becomes == PARKED
    }
    surveys = {found["completer_id"] for found in await acting.kept("surveys")}
    told = {hired_person(number).completer_id for number in range(len(POISON) + 1)}
    row.lost, row.doubled = len(told - surveys), len(await acting.kept("surveys")) - len(surveys)
    row.parked = len(parked)
    await announced(acting, parked)
    said = "".join(capsys.readouterr())
    assert "event_parked" in said
    assert SECRET not in said
    assert all(SECRET not in found["message"] for found in parked.values())


async def announced(acting: Acting, parked: Mapping[str, Any]) -> None:
    """Each parked record leaves for its topic, and says nothing of its data in what we add to it."""
    await acting.until_kept("parked", {"_outbox.0": {"$exists": True}}, 0)
    topic = [record for record in acting.kafka.published if record.topic == "prepbridge.survey.parked"]
    assert {record.key.decode() for record in topic} == parked.keys()
    for record in topic:
        size = len(record.value or b"") + sum(len(name) + len(value) for name, value in record.headers)
        assert size < 2 * 1024 * 1024, "Kafka would not take it."
        ours = b" ".join(value for name, value in record.headers if name.startswith("x-parked"))
        assert SECRET.encode() not in ours


@pytest.mark.fault("F32", "what a broker takes: no headers' values, 4 MB, a time after time")
async def test_what_only_a_broker_can_bring_stops_no_reader(row: Row, mongo: Mongo) -> None:
    with mock_kafka() as kafka:
        kafka.create_topic(TOPIC)
        pipe = Pipe(mongo, kafka.bootstrap)
        async with pipe.flowing():
            await pipe.write("a")
            await poison(kafka)
            await pipe.write("b", "a")
            row.recovered_in = await pipe.until_heard()
            await until(lambda: pipe.sample("consumer_restarts_total") == 0)
            waiting = await pipe.parking.waiting()
            row.lost, row.doubled, row.parked = await pipe.lost(), await pipe.doubled(), len(waiting)
            assert {parked.record.key for parked in waiting} == {b"no value", b"4 MB", b"no time"}


async def poison(kafka: MockKafka) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, max_request_size=5_000_000)
    await producer.start()
    try:
        await producer.send_and_wait(TOPIC, b"{}", key=b"no value", headers=[("ce_id", None), ("content-type", None)])
        await producer.send_and_wait(TOPIC, b"x" * 4_000_000, key=b"4 MB")
        await producer.send_and_wait(TOPIC, b"x", key=b"no time", timestamp_ms=10**17)
    finally:
        await producer.stop()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted({name for event in (CompleterHired, SurveyIssued, SurveySubmitted) for name in event.model_fields})
NAMES = st.sampled_from(sorted(REGISTER))
ATTRIBUTES = [name for name in HEADERS if name.startswith("ce_")] + ["content-type"]
ANY_HEADERS = st.dictionaries(st.sampled_from(ATTRIBUTES), st.binary(max_size=40) | st.just(STRUCTURED["content-type"]))
EVENTS = st.sampled_from([GOOD, outbound(issued("s-1")), outbound(submitted("s-1"))])


@given(EVENTS, ANY_HEADERS, st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4), st.binary(max_size=60))
@example(GOOD, {"ce_sequence": b"9" * 5000}, {}, b"")
@example(GOOD, {"ce_time": b"9999-12-31T23:59:59-23:59"}, {}, b"")
def test_reading_a_record_raises_undecodable_and_nothing_else(
    event: OutboundRecord, headers: dict[str, bytes], fields: dict[str, Any], junk: bytes
) -> None:
    told = {**dict(event.headers), **headers}
    for value in (junk, spoilt(event.value or b"", fields)):
        try:
            wire_name_of(told, value)
            read = from_wire(told, value, REGISTER)
        except Undecodable:
            continue
        assert 0 <= read.sequence < 2**63
        assert read.time.utcoffset() is not None


def spoilt(value: bytes, fields: dict[str, Any]) -> bytes:
    """The JSON of an event with other values in these fields, as careless writers write it (NaN, Infinity)."""
    return json.dumps({**json.loads(value), **fields}).encode(errors="surrogatepass")


@given(st.text("abcdefghij@. ", min_size=8, max_size=30))
def test_what_is_wrong_is_told_without_the_data(name: str) -> None:
    event = outbound(submitted("s-1"))
    value = spoilt(event.value or b"", {"answers": {name: "much"}, "program_id": [name]})
    with pytest.raises(Undecodable) as refused:
        from_wire(dict(event.headers), value, REGISTER)
    assert "answers" in str(refused.value)
    assert name not in str(refused.value)
