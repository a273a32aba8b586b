"""What was ever told can be read for ever, and what we tell keeps to what we have promised."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from shared.errors import Undecodable
from shared.events import REGISTER, Event, from_wire, seal, to_wire
from shared.events.documents import FOLDER, documents, schema_of
from shared.events.envelope import wire_name_of
from shared.events.partnership import PEOPLE, OrganizationChanged, OrganizationKind

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))
NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)
PERSONAL = {"email", "display_name", "first_name", "last_name", "birth_date", "person_id", "comment", "token"}
BOSTON = OrganizationChanged(organization_id="00350000", kinds=(OrganizationKind.DISTRICT,), name="Boston")


def sample(path: Path) -> tuple[dict[str, bytes], bytes, dict[str, Any]]:
    """Headers, value, and the value as data."""
    recorded = orjson.loads(path.read_bytes())
    headers = {name: text.encode() for name, text in recorded["headers"].items()}
    return headers, orjson.dumps(recorded["value"]), recorded


def wire_name_in(path: Path) -> str:
    """The name of a sample's event; what follows it tells the samples of one event apart."""
    return ".".join(path.stem.split(".")[:3])


def as_far_as(recorded: Any, told: Any) -> Any:
    """What is told now, without the fields that were not there yet when the sample was recorded."""
    if isinstance(recorded, dict):
        return {name: as_far_as(value, told[name]) for name, value in recorded.items()}
    if isinstance(recorded, list) and len(recorded) == len(told):
        return [as_far_as(*pair) for pair in zip(recorded, told, strict=True)]
    return told


def on_the_wire(**changed: bytes | None) -> tuple[dict[str, bytes], bytes]:
    """A good record, with some headers (`ce_time=…`) or the `value` changed; None removes a header."""
    headers, value = to_wire(seal(BOSTON, source="partnership", sequence=7, at=NOW))
    value = changed.pop("value", value) or b""
    merged = {**dict(headers), **changed}
    return {name: content for name, content in merged.items() if content is not None}, value


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_recorded_event_can_be_read_for_ever(path: Path) -> None:
    headers, value, recorded = sample(path)
    envelope = from_wire(headers, value, REGISTER)
    assert envelope.event.wire_name == wire_name_in(path) == wire_name_of(headers, value)
    assert envelope.event.topic == recorded["topic"]
    assert envelope.event.partition_key == envelope.partition_key == recorded["key"]
    told_again = orjson.loads(envelope.event.model_dump_json())
    assert as_far_as(recorded["value"], told_again) == recorded["value"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_recorded_event_fits_its_published_schema(path: Path) -> None:
    schema = orjson.loads((FOLDER / f"{wire_name_in(path)}.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(sample(path)[2]["value"])


@pytest.mark.parametrize("event", REGISTER.values(), ids=lambda event: event.wire_name)
def test_a_schema_takes_nothing_that_it_does_not_name(event: type[Event]) -> None:
    path = next(path for path in SAMPLES if path.stem == event.wire_name)
    told = {**sample(path)[2]["value"], "surprise": 1}
    assert not Draft202012Validator(schema_of(event)).is_valid(told)


def test_every_event_has_a_recorded_sample() -> None:
    assert {wire_name_in(path) for path in SAMPLES} >= set(REGISTER)


def test_the_committed_documents_are_those_of_the_models() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.iterdir()}
    assert committed == documents(), "Run `python -m shared.events.documents`."


def test_the_asyncapi_document_names_every_event_and_only_what_exists() -> None:
    document = yaml.safe_load(documents()["asyncapi.yaml"])
    assert set(document["components"]["messages"]) == set(REGISTER)
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            assert message["$ref"].rpartition("/")[2] in document["components"]["messages"]
        assert channel["bindings"]["kafka"]["partitions"] > 0
    told = {message["$ref"] for operation in document["operations"].values() for message in operation["messages"]}
    assert len(told) == len(REGISTER)


def test_only_the_topic_of_people_holds_personal_data() -> None:
    for event in REGISTER.values():
        if event.topic != PEOPLE:
            schema = schema_of(event)
            parts = [schema, *schema.get("$defs", {}).values()]
            assert not PERSONAL & {name for part in parts for name in part.get("properties", {})}, event.wire_name


def test_wire_names_tell_service_fact_and_version() -> None:
    for wire_name, event in REGISTER.items():
        service, fact, version = wire_name.split(".")
        assert event.__module__ in (f"shared.events.{service}", f"shared.events.{service}s")
        assert fact.replace("_", "") == event.__name__.lower()
        assert version.startswith("v")
        assert int(version[1:]) >= 1


def test_the_same_fact_sealed_twice_is_the_same_event() -> None:
    first = seal(BOSTON, source="partnership", sequence=1, at=NOW)
    assert first.id == seal(BOSTON, source="partnership", sequence=1, at=NOW + timedelta(days=1)).id
    assert first.id != seal(BOSTON, source="partnership", sequence=2, at=NOW).id


def test_an_event_survives_the_wire() -> None:
    sent = seal(
        BOSTON,
        source="partnership",
        sequence=7,
        at=NOW.astimezone(timezone(timedelta(hours=-4))),
        traceparent=f"00-{1:032x}-{2:016x}-01",
        correlation_id="correlation-1",
    )
    headers, value = to_wire(sent)
    assert from_wire(dict(headers), value, REGISTER) == sent
    assert dict(headers)["ce_time"] == b"2027-04-05T09:30:00Z"


def test_the_structured_mode_is_read_too() -> None:
    headers, value = on_the_wire()
    attributes = {name[3:]: text.decode() for name, text in headers.items() if name.startswith("ce_")}
    structured = orjson.dumps({**attributes, "data": orjson.loads(value)})
    mode = {"content-type": b"Application/CloudEvents+json; charset=UTF-8"}
    assert from_wire(mode, structured, REGISTER) == from_wire(headers, value, REGISTER)
    assert wire_name_of(mode, structured) == OrganizationChanged.wire_name


def test_a_field_that_we_do_not_know_is_ignored() -> None:
    _, value = on_the_wire()
    headers, longer = on_the_wire(value=orjson.dumps({**orjson.loads(value), "invented_later": [1]}))
    assert from_wire(headers, longer, REGISTER).event == BOSTON


@pytest.mark.parametrize(
    "changed",
    [
        {"value": b"{"},
        {"value": b"\xff\xfe"},
        {"value": b"[]"},
        {"value": b'{"organization_id": "1"}'},
        {"ce_type": None},
        {"ce_type": b"partnership.organization_changed.v9"},
        {"ce_type": b"\xff"},
        {"ce_id": None},
        {"ce_source": b""},
        {"ce_sequence": b"seven"},
        {"ce_time": b"yesterday"},
        {"ce_time": b"2027-04-05T09:30:00"},
        {"content-type": b"application/cloudevents+json", "value": b"[]"},
        {"content-type": b"application/cloudevents+json", "value": b'{"type": 1}'},
    ],
    ids=str,
)
def test_what_is_no_event_of_ours_is_undecodable(changed: dict[str, bytes | None]) -> None:
    headers, value = on_the_wire(**changed)
    with pytest.raises(Undecodable):
        from_wire(headers, value, REGISTER)


def test_what_is_wrong_with_an_event_is_told_without_its_data() -> None:
    headers, value = on_the_wire(value=b'{"organization_id": "Secret", "name": 5, "kinds": ["secret"]}')
    with pytest.raises(Undecodable) as caught:
        from_wire(headers, value, REGISTER)
    assert "name: string_type" in str(caught.value)
    assert "ecret" not in str(caught.value)


@given(st.binary(max_size=60), st.dictionaries(st.sampled_from(["ce_type", "ce_id", "content-type"]), st.binary()))
def test_no_record_whatever_raises_anything_else(value: bytes, headers: dict[str, bytes]) -> None:
    for read in (lambda: wire_name_of(headers, value), lambda: from_wire(headers, value, REGISTER)):
        try:
            read()
        except Undecodable:
            continue
