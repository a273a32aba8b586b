"""What of a service's standing needs a person, each in one sentence with what to do."""

from collections.abc import Iterator, Sequence

from deploy.operator.words import counted, lasting
from shared.standing import ConsumerTold, LoopTold, OutboxTold, Standing

LATE_SECONDS = 120.0
"""As in deploy/prometheus/alerts.yml: later than this is too late."""
STILL_SECONDS = 60.0


def needs(standing: Standing) -> list[str]:
    """Empty if all is well."""
    name = standing.service
    return [
        *(f"{name} {fault}" for fault in _of_consumer(name, standing.consumer)),
        *(f"{name}: {fault}" for fault in _of_the_rest(standing)),
    ]


def _of_consumer(name: str, consumer: ConsumerTold | None) -> Iterator[str]:
    if consumer is None:
        return
    if consumer.stopped is not None:
        yield (
            f"has stopped reading. {consumer.stopped.reason} See `prepbridge parked list`; a bad release is taken "
            f"back, else `prepbridge resume {name} --reason …` parks them and goes on."
        )
    if not consumer.is_reading:
        yield "is not connected to Kafka: is the broker there?"
    if consumer.waiting:
        yield f"waits with {counted(consumer.waiting, 'record')} for an outage to end: is MongoDB there?"
    for topic in consumer.topics:
        if topic.seconds > LATE_SECONDS:
            yield f"is {lasting(topic.seconds)} behind in {topic.topic} ({counted(topic.records, 'record')})."


def _of_loops(loops: Sequence[LoopTold]) -> Iterator[str]:
    for loop in loops:
        if loop.idle_seconds > STILL_SECONDS:
            yield f"the loop {loop.name} has made no progress for {lasting(loop.idle_seconds)}."
        if loop.failures:
            yield f"the loop {loop.name} failed {counted(loop.failures, 'time')} in the last ten minutes: see its log."


def _of_outbox(outbox: OutboxTold) -> Iterator[str]:
    if outbox.events and outbox.sender is None:
        yield "nobody sends its events: no process holds the lease."
    if (outbox.oldest_seconds or 0.0) > LATE_SECONDS:
        yield f"an event has waited to be sent for {lasting(outbox.oldest_seconds or 0.0)}: is the broker there?"


def _of_the_rest(standing: Standing) -> Iterator[str]:
    yield from _of_loops(standing.loops)
    if standing.outbox is None or standing.parked is None or standing.figures is None:
        yield "MongoDB does not answer."
    if standing.outbox is not None:
        yield from _of_outbox(standing.outbox)
    for refused in standing.refused:
        what = f"key {refused.key} of {refused.topic}" if refused.key is not None else refused.topic
        yield f"Kafka refuses what is for {what}. {refused.reason}"
    if standing.parked is not None and standing.parked.events:
        events, keys = counted(standing.parked.events, "event"), counted(standing.parked.keys, "key")
        yield f"{events} of {keys} could not be applied and wait: see `prepbridge parked list`."
    for figure in standing.figures or ():
        if figure.needs_somebody and figure.count:
            yield f"{figure.count:,} {figure.words}."
