"""Where the work at hand began: the trace, the correlation id and the event that travel with whatever it causes."""

import re
from contextvars import ContextVar
from typing import NamedTuple

CORRELATION_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""What others send is taken in these forms only: it goes into logs and into every event that it causes."""


def accepted(value: object, shape: re.Pattern[str]) -> str | None:
    """The value, if it is text of this form."""
    return value if isinstance(value, str) and shape.fullmatch(value) else None


class Origin(NamedTuple):
    """`traceparent` as W3C writes it. The event is the one that is being reacted to, if any."""

    traceparent: str | None = None
    correlation_id: str | None = None
    event_id: str | None = None
    event_type: str | None = None


NOWHERE = Origin()

_origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def origin() -> Origin:
    """Of the request or event that is being worked on; all is None outside."""
    return _origin.get()


class within:  # noqa: N801  reads as the statement that it is; as a generator it would cost four times as much
    """For a while, what is written belongs to this trace, correlation id and event."""

    __slots__ = ("_origin", "_token")

    def __init__(
        self,
        traceparent: str | None,
        correlation_id: str | None,
        event_id: str | None = None,
        event_type: str | None = None,
    ) -> None:
        self._origin = Origin(traceparent, correlation_id, event_id, event_type)

    def __enter__(self) -> None:
        self._token = _origin.set(self._origin)

    def __exit__(self, *_error: object) -> None:
        _origin.reset(self._token)
