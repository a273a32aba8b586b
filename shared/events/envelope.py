"""An event, and the CloudEvents 1.0 envelope in which it travels (binary mode on Kafka, both modes read)."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.context import CORRELATION_ID, TRACEPARENT, accepted
from shared.errors import Undecodable
from shared.ids import derived

SPEC_VERSION = "1.0"
LARGEST_SEQUENCE = 2**63 - 1
"""What MongoDB can keep."""
STRUCTURED = "application/cloudevents"


class Event(BaseModel):
    """A fact in the past tense. Readers ignore unknown fields; a field can be added only as optional."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    wire_name: ClassVar[str]
    topic: ClassVar[str]

    @property
    @abstractmethod
    def subject(self) -> str:
        """The id of the thing that this is a fact about; its revision is the envelope's sequence."""

    @property
    def partition_key(self) -> str:
        """The Kafka key: events with the same key keep their order."""
        return self.subject


AnyEvent = TypeVar("AnyEvent", bound=Event, covariant=True)
Sealed = TypeVar("Sealed", bound=Event)


@dataclass(frozen=True, slots=True)
class Envelope(Generic[AnyEvent]):
    """An event with what the wire says about it.

    `id` is the CloudEvents id, unique together with `source`; `sequence` is the subject's revision at that time.
    """

    id: str
    source: str
    time: datetime
    subject: str
    sequence: int
    event: AnyEvent
    partition_key: str
    traceparent: str | None = None
    correlation_id: str | None = None


def seal(
    event: Sealed,
    *,
    source: str,
    sequence: int,
    at: datetime,
    traceparent: str | None = None,
    correlation_id: str | None = None,
) -> Envelope[Sealed]:
    """Put an event in its envelope. The id follows from the fact: the same fact sealed twice is the same event."""
    return Envelope(
        id=derived("event", event.wire_name, event.subject, str(sequence)),
        source=source,
        time=at.astimezone(UTC),
        subject=event.subject,
        sequence=sequence,
        event=event,
        partition_key=event.partition_key,
        traceparent=traceparent,
        correlation_id=correlation_id,
    )


def to_wire(envelope: Envelope[Event]) -> tuple[list[tuple[str, bytes]], bytes]:
    """Headers and value of the Kafka record, in binary mode."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", envelope.id.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_type", envelope.event.wire_name.encode()),
        ("ce_subject", envelope.subject.encode()),
        ("ce_time", envelope.time.isoformat().replace("+00:00", "Z").encode()),
        ("ce_partitionkey", envelope.partition_key.encode()),
        ("ce_sequence", f"{envelope.sequence:010d}".encode()),
        ("content-type", b"application/json"),
    ]
    if envelope.traceparent is not None:
        headers.append(("ce_traceparent", envelope.traceparent.encode()))
    if envelope.correlation_id is not None:
        headers.append(("ce_correlationid", envelope.correlation_id.encode()))
    return headers, envelope.event.model_dump_json().encode()


def wire_name_of(headers: Mapping[str, bytes], value: bytes) -> str:
    """The type of a record, in binary mode without reading its data; `Undecodable` if it has none."""
    if not _is_structured(headers) and (wire_name := headers.get("ce_type")):
        return wire_name.decode(errors="replace")
    attributes, _ = _attributes(headers, value)
    return _text(attributes, "type")


def from_wire(headers: Mapping[str, bytes], value: bytes, register: Mapping[str, type[Event]]) -> Envelope[Event]:
    """Read a record in either mode. `Undecodable` says what is wrong with it, without quoting its data."""
    attributes, payload = _attributes(headers, value)
    wire_name = _text(attributes, "type")
    model = register.get(wire_name)
    if model is None:
        raise Undecodable(f"No event is registered as {wire_name!r}.")
    try:
        event = model.model_validate(payload)
    except ValidationError as error:
        faults = "; ".join(f"{_place(fault['loc'], model)}: {fault['type']}" for fault in error.errors())
        raise Undecodable(f"The data of {wire_name} does not fit its model ({faults}).") from None
    try:
        sequence = int(_text(attributes, "sequence"))
        time = datetime.fromisoformat(_text(attributes, "time"))
        if time.tzinfo is None or not 0 <= sequence <= LARGEST_SEQUENCE:
            raise ValueError
        time = time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Undecodable(f"The time or the sequence of {wire_name} cannot be read.") from None
    return Envelope(
        id=_text(attributes, "id"),
        source=_text(attributes, "source"),
        time=time,
        subject=_text(attributes, "subject"),
        sequence=sequence,
        event=event,
        partition_key=str(attributes.get("partitionkey") or event.partition_key),
        traceparent=accepted(attributes.get("traceparent"), TRACEPARENT),
        correlation_id=accepted(attributes.get("correlationid"), CORRELATION_ID),
    )


def _place(loc: tuple[int | str, ...], model: type[Event]) -> str:
    """Where in the data, without the keys of mappings: those are data."""
    known = _field_names(model)
    return ".".join(str(part) if isinstance(part, int) or part in known else "…" for part in loc)


@cache
def _field_names(model: type[Event]) -> frozenset[str]:
    schema = model.model_json_schema(mode="serialization")
    return frozenset(
        name for each in (schema, *schema.get("$defs", {}).values()) for name in each.get("properties", {})
    )


def _is_structured(headers: Mapping[str, bytes]) -> bool:
    return headers.get("content-type", b"").lower().startswith(STRUCTURED.encode())


def _attributes(headers: Mapping[str, bytes], value: bytes) -> tuple[dict[str, Any], Any]:
    try:
        payload = orjson.loads(value)
        if _is_structured(headers):
            if not isinstance(payload, dict):
                raise Undecodable("A structured event must be a JSON object.")
            return payload, payload.get("data")
        return {name[3:]: text.decode() for name, text in headers.items() if name.startswith("ce_")}, payload
    except (orjson.JSONDecodeError, UnicodeDecodeError):
        raise Undecodable("The record is not UTF-8 JSON.") from None


def _text(attributes: Mapping[str, Any], name: str) -> str:
    value = attributes.get(name)
    if not isinstance(value, str) or not value:
        raise Undecodable(f"The record has no CloudEvents attribute {name!r}.")
    return value
