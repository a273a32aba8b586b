"""What we promise on the wire, for people and machines outside: a JSON Schema per event and one AsyncAPI document.

`python -m shared.events.documents` writes them to docs/events; a test fails when they differ from the models. The
schemas are closed, for they bind the writer; readers ignore what they do not know.
"""

import inspect
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml

from shared.brokers import TopicSpec, topics_in
from shared.events import REGISTER, Event

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "events"
TOPICS_FILE = ROOT / "deploy" / "kafka" / "topics.yml"
KAFKA_BINDING = "0.5.0"
PERSONAL = "prepbridge.people"
NUMBERS_IN_BINDING = ("retention.ms", "delete.retention.ms", "max.message.bytes")

CLOUD_EVENT_HEADERS = {
    "ce_specversion": "CloudEvents version: 1.0.",
    "ce_id": "Follows from the fact; unique together with ce_source.",
    "ce_source": "The service that tells.",
    "ce_type": "The wire name.",
    "ce_subject": "The id of the thing that this is a fact about.",
    "ce_time": "When it happened, RFC 3339.",
    "ce_partitionkey": "The record's key.",
    "ce_sequence": "The subject's revision, zero-padded.",
    "content-type": "application/json.",
}
OPTIONAL_HEADERS = {
    "ce_traceparent": "W3C trace of the origin.",
    "ce_correlationid": "What ties together all that one request set off.",
}


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The closed JSON Schema (2020-12) of an event's data."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:prepbridge:event:{event.wire_name}",
        **event.model_json_schema(),
    }
    for described in (schema, *schema.get("$defs", {}).values()):
        if "properties" in described:
            described["additionalProperties"] = False
    return schema


def asyncapi(events: Iterable[type[Event]], topics: Sequence[TopicSpec]) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of these events on these topics."""
    by_topic: dict[str, list[type[Event]]] = {}
    for event in events:
        by_topic.setdefault(event.topic, []).append(event)
    specs = {topic.name: topic for topic in topics}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "PrepBridge events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in binary mode on Kafka. A new field is always optional; anything else "
            "that changes is a new version of the event beside the old one.",
        },
        "defaultContentType": "application/json",
        "channels": {topic: _channel(topic, told, specs.get(topic)) for topic, told in sorted(by_topic.items())},
        "operations": {
            f"{service}.tells.{topic}": {
                "action": "send",
                "channel": {"$ref": _pointer("channels", topic)},
                "messages": [
                    {"$ref": _pointer("channels", topic, "messages", event.wire_name)}
                    for event in told
                    if _service(event) == service
                ],
            }
            for topic, told in sorted(by_topic.items())
            for service in sorted({_service(event) for event in told})
        },
        "components": {
            "messages": {event.wire_name: _message(event) for told in by_topic.values() for event in told},
            "schemas": {"CloudEventHeaders": _headers()},
        },
    }


def documents() -> dict[str, str]:
    """File name → content of all that belongs in docs/events."""
    files = {
        f"{event.wire_name}.schema.json": orjson.dumps(
            schema_of(event), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        ).decode()
        for event in REGISTER.values()
    }
    files["asyncapi.yaml"] = yaml.safe_dump(
        asyncapi(REGISTER.values(), topics_in(TOPICS_FILE)), sort_keys=False, allow_unicode=True, width=100
    )
    return files


def _channel(topic: str, told: Sequence[type[Event]], spec: TopicSpec | None) -> dict[str, Any]:
    kafka: dict[str, Any] = {"topic": topic, "bindingVersion": KAFKA_BINDING}
    if spec is not None:
        kafka["partitions"] = spec.partitions
        kafka["topicConfiguration"] = {
            **({"cleanup.policy": spec.config["cleanup.policy"].split(",")} if "cleanup.policy" in spec.config else {}),
            **{name: int(spec.config[name]) for name in NUMBERS_IN_BINDING if name in spec.config},
        }
    return {
        "address": topic,
        "x-holds-personal-data": topic == PERSONAL,
        "messages": {event.wire_name: {"$ref": _pointer("components", "messages", event.wire_name)} for event in told},
        "bindings": {"kafka": kafka},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    description = inspect.getdoc(event) or ""
    return {
        "name": event.wire_name,
        "title": event.__name__,
        "summary": description,
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {"$ref": f"./{event.wire_name}.schema.json"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "The same as ce_partitionkey."},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _headers() -> dict[str, Any]:
    told = {**CLOUD_EVENT_HEADERS, **OPTIONAL_HEADERS}
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, text in told.items()},
        "required": list(CLOUD_EVENT_HEADERS),
    }


def _service(event: type[Event]) -> str:
    return event.wire_name.partition(".")[0]


def _pointer(*steps: str) -> str:
    return "#/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in documents().items():
        (FOLDER / name).write_text(content)
