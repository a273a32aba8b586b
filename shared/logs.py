"""Logs as JSON lines on stdout, in UTC, with ids only; what looks like an address or a secret is cut out."""

import io
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, BinaryIO, cast

import orjson
import structlog

from shared import context
from shared.clock import Clock, utc_now

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_ADDRESS = re.compile(r"[^\s@<>\"'=:/]+@[^\s@<>\"']+\.[A-Za-z]{2,}")
_SECRET = re.compile(r"(?<![A-Za-z0-9_.-])(?:pb_)?(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[a-z])[A-Za-z0-9_-]{40,}")
_SIGNED = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
WITHHELD = "[withheld]"
SHORTEST_SECRET = 40


def without_secrets(text: str) -> str:
    """The text without e-mail addresses, tokens and credentials in URLs: a last line, not a licence to log them."""
    if len(text) < SHORTEST_SECRET and "@" not in text:
        return text
    text = _SIGNED.sub(WITHHELD, _CREDENTIALS.sub(f"{WITHHELD}@", text))
    return _ADDRESS.sub(WITHHELD, _SECRET.sub(WITHHELD, text))


class Lines(io.BufferedIOBase):
    """Where log lines go. What cannot be written (the disk is full, the reader is gone) is counted and passed over: no
    work fails because it could not be told of. Once lines can be written again, one says how many are missing.
    """

    def __init__(self, stream: BinaryIO, *, service: str, release: str, clock: Clock = utc_now) -> None:
        # Not through Python's buffer: it keeps what it could not write, and writes it after we have called it missing.
        self._stream: Any = getattr(stream, "raw", stream)
        self._origin = {"service": service, "release": release}
        self._clock = clock
        self._missing = 0
        self._is_torn = False

    def writable(self) -> bool:
        return True

    def write(self, line: Any, /) -> int:
        """A whole line at a time."""
        try:
            if self._missing:
                told = {"event": "log_lines_missing", "level": "warning", "lines": self._missing, "ts": self._clock()}
                self._put(b"\n" * self._is_torn + orjson.dumps(told | self._origin, option=orjson.OPT_UTC_Z) + b"\n")
                self._missing, self._is_torn = 0, False
            self._put(line)
        except (OSError, ValueError):  # ValueError: it is closed.
            self._missing += 1
        return len(line)

    def _put(self, line: bytes) -> None:
        written = self._stream.write(line)
        self._stream.flush()
        if written != len(line):
            self._is_torn = True
            raise OSError("Only a part of the line was written.")


def start_logging(service: str, release: str, level: str, stream: BinaryIO = sys.stdout.buffer) -> None:
    """From here on every line of this process, of ours or of a library, is one JSON object."""
    lines = cast(BinaryIO, Lines(stream, service=service, release=release))
    steps: list[Any] = [
        structlog.processors.format_exc_info,
        _withhold,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _Origin(service, release),
    ]
    # Ours go straight to the stream: there is one for each request, and the way through `logging` is a long one.
    structlog.configure(
        processors=[*steps, _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.BytesLoggerFactory(lines),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries(steps, LEVELS[level], lines)


def _take_over_libraries(steps: list[Any], level: int, stream: BinaryIO) -> None:
    lines = logging.StreamHandler(io.TextIOWrapper(stream, write_through=True))
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *steps],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json_text],
        )
    )
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(level)
    # Our own access log has the route's template; uvicorn's has the path, and paths hold tokens.
    logging.getLogger("uvicorn.access").propagate = False
    for noisy in ("aiokafka", "pymongo", "httpx", "httpcore", "asyncio"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


class _Origin:
    """Adds who says it, and for which request or event."""

    def __init__(self, service: str, release: str) -> None:
        self._origin = {"service": service, "release": release}

    def __call__(self, _logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        traceparent, *ids = context.origin()
        line.update(self._origin)
        for name, value in zip(("correlation_id", "event_id", "event_type"), ids, strict=True):
            if value:
                line.setdefault(name, value)
        if traceparent:
            line.setdefault("trace_id", traceparent.split("-")[1])
        return line


def _withhold(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: _clean(value) for name, value in line.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {str(name): _clean(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(part) for part in value]
    return value


def _as_json(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(line, default=lambda value: without_secrets(str(value)))


def _as_json_text(logger: Any, method: str, line: MutableMapping[str, Any]) -> str:
    return _as_json(logger, method, line).decode()
