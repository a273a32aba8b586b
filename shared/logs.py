"""Logs as JSON lines on stdout, in UTC, with ids only; what looks like an address or a secret is cut out."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog

from shared import context

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_ADDRESS = re.compile(r"[^\s@<>\"'=:/]+@[^\s@<>\"']+\.[A-Za-z]{2,}")
_SECRET = re.compile(r"(?<![A-Za-z0-9_.-])(?:pb_)?(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[a-z])[A-Za-z0-9_-]{40,}")
_SIGNED = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
WITHHELD = "[withheld]"


def without_secrets(text: str) -> str:
    """The text without e-mail addresses, tokens and credentials in URLs: a last line, not a licence to log them."""
    text = _SIGNED.sub(WITHHELD, _CREDENTIALS.sub(f"{WITHHELD}@", text))
    return _ADDRESS.sub(WITHHELD, _SECRET.sub(WITHHELD, text))


def start_logging(service: str, release: str, level: str, stream: TextIO = sys.stdout) -> None:
    """From here on every line of this process, of ours or of a library, is one JSON object."""
    shared_steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _Origin(service, release),
        structlog.processors.format_exc_info,
        _withhold,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared_steps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    lines = logging.StreamHandler(stream)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_steps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json],
        )
    )
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(LEVELS[level])
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "aiokafka", "pymongo"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # Our own access log has the route's template; uvicorn's has the path, and paths hold tokens.
    logging.getLogger("uvicorn.access").propagate = False
    for noisy in ("aiokafka", "pymongo", "httpx", "asyncio"):
        logging.getLogger(noisy).setLevel(max(LEVELS[level], logging.WARNING))


class _Origin:
    """Adds who says it, and for which request or event."""

    def __init__(self, service: str, release: str) -> None:
        self._origin = {"service": service, "release": release}

    def __call__(self, _logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        traceparent, correlation_id = context.current()
        line.update(self._origin)
        if correlation_id:
            line.setdefault("correlation_id", correlation_id)
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


def _as_json(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> str:
    return orjson.dumps(line, default=lambda value: without_secrets(str(value))).decode()
