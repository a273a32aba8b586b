"""`prepbridge status`: each service, and what needs a person."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.operator.asking import ServiceDoor, of_each
from deploy.operator.needs import needs
from deploy.operator.words import counted, lasting
from shared.errors import PrepBridgeError
from shared.standing import ConsumerTold, OutboxTold, ParkedTold, Standing

UNKNOWN = "unknown"

Answers = Mapping[str, Standing | PrepBridgeError]


def look(asked: Sequence[ServiceDoor]) -> Answers:
    """How each service is, or why it does not say."""
    found = of_each(asked, lambda door: Standing.model_validate(door.ask("/status")))
    return {door.service: answer for door, answer in zip(asked, found, strict=True)}


def all_needs(answers: Answers) -> list[str]:
    """What needs a person, service by service."""
    return [
        need
        for answer in answers.values()
        for need in (needs(answer) if isinstance(answer, Standing) else [str(answer)])
    ]


def as_json(answers: Answers) -> str:
    """For machines: `healthy`, `needs`, and each service's own answer."""
    services: dict[str, Any] = {
        name: answer.model_dump(mode="json") if isinstance(answer, Standing) else {"down": str(answer)}
        for name, answer in answers.items()
    }
    wanted = all_needs(answers)
    return json.dumps({"healthy": not wanted, "needs": wanted, "services": services}, indent=1, ensure_ascii=False)


def as_table(answers: Answers) -> RenderableType:
    """For people, on 80 columns."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="bold")
    table.add_column("")
    for name in answers:
        table.add_column(name, overflow="fold", ratio=1)
    for what, tell in _ROWS.items():
        table.add_row(
            Text(what, style="dim"),
            *(
                Text(tell(answer) if isinstance(answer, Standing) else _DOWN.get(what, ""))
                for answer in answers.values()
            ),
        )
    wanted = all_needs(answers)
    if not wanted:
        return Group(table, Text("\nAll is well.", style="green"))
    listed = Table.grid(padding=(0, 1, 0, 0))
    for number, need in enumerate(wanted, 1):
        listed.add_row(f"{number}.", Text(need))
    return Group(table, Text("\nThis needs somebody:", style="bold red"), listed)


def _loops(standing: Standing) -> str:
    failing = [f"{loop.name} failed {counted(loop.failures, 'time')}" for loop in standing.loops if loop.failures]
    return "\n".join(failing) or f"all {len(standing.loops)} run"


def _reading(consumer: ConsumerTold | None) -> str:
    if consumer is None:
        return "reads no events"
    if consumer.stopped is not None:
        return "STOPPED"
    if not consumer.is_reading:
        return "not connected"
    partitions = sum(len(topic.partitions) for topic in consumer.topics)
    return f"{counted(partitions, 'partition')} of {counted(len(consumer.topics), 'topic')}"


def _behind(consumer: ConsumerTold | None) -> str:
    if consumer is None:
        return ""
    late = [
        f"{topic.topic.removeprefix('prepbridge.')}: {counted(topic.records, 'record')}, {lasting(topic.seconds)}"
        for topic in consumer.topics
        if topic.records
    ]
    return "\n".join(late) or "nothing"


def _aboard(outbox: OutboxTold | None) -> str:
    if outbox is None:
        return UNKNOWN
    if not outbox.events:
        return "nothing"
    more = " or more" if outbox.are_more else ""
    return f"{counted(outbox.events, 'event')}{more}, oldest {lasting(outbox.oldest_seconds or 0.0)}"


def _refused(standing: Standing) -> str:
    return "\n".join(f"{each.topic} {each.key or ''}".strip() for each in standing.refused) or "nothing"


def _parked(parked: ParkedTold | None) -> str:
    if parked is None:
        return UNKNOWN
    if not parked.events:
        return "nothing parked"
    events, keys = counted(parked.events, "event"), counted(parked.keys, "key")
    return f"{events} of {keys}, oldest {lasting(parked.oldest_seconds or 0.0)}"


def _figures(standing: Standing) -> str:
    if standing.figures is None:
        return UNKNOWN
    return "\n".join(f"{figure.count:,} {figure.words}" for figure in standing.figures)


_DOWN = {"answers": "NO"}
_ROWS = {
    "answers": lambda _: "yes",
    "release": lambda standing: standing.release,
    "loops": _loops,
    "reads": lambda standing: _reading(standing.consumer),
    "behind by": lambda standing: _behind(standing.consumer),
    "to be sent": lambda standing: _aboard(standing.outbox),
    "refused": _refused,
    "parked": lambda standing: _parked(standing.parked),
    "besides": _figures,
}
