"""Where the work at hand began: the trace and the correlation id that travel with whatever it causes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def current() -> tuple[str | None, str | None]:
    """(traceparent, correlation id) of the request or event that is being worked on."""
    return traceparent.get(), correlation_id.get()


@contextmanager
def within(trace: str | None, correlation: str | None) -> Iterator[None]:
    """For a while, what is written belongs to this trace (W3C traceparent) and correlation id."""
    trace_before, correlation_before = traceparent.set(trace), correlation_id.set(correlation)
    try:
        yield
    finally:
        traceparent.reset(trace_before)
        correlation_id.reset(correlation_before)
