"""Logs: one JSON object a line, with ids only."""

import errno
import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from shared import context
from shared.access.access_file import new_api_key
from shared.logs import Lines, start_logging, without_secrets


@pytest.fixture
def stream() -> Iterator[io.BytesIO]:
    """What a process writes; the test's own logging is put back afterwards."""
    kept, handlers = structlog.get_config(), logging.getLogger().handlers
    level, access = logging.getLogger().level, logging.getLogger("uvicorn.access").propagate
    written = io.BytesIO()
    start_logging("survey", "1.2.3", "info", written)
    yield written
    structlog.configure(**kept)
    logging.getLogger().handlers = handlers
    logging.getLogger().setLevel(level)
    logging.getLogger("uvicorn.access").propagate = access


def lines(stream: io.BytesIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_who_when_what_and_for_which_request(stream: io.BytesIO) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with context.within(trace, "order-4711"):
        structlog.get_logger().info("request", route="/surveys/{survey_id}", status=200)
    (line,) = lines(stream)
    assert str(line.pop("ts")).endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "service": "survey",
        "release": "1.2.3",
        "correlation_id": "order-4711",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "route": "/surveys/{survey_id}",
        "status": 200,
    }


def test_a_line_says_which_event_is_being_reacted_to(stream: io.BytesIO) -> None:
    with context.within(None, "order-4711", "event-1", "survey.survey_issued.v1"):
        structlog.get_logger().warning("reaction_failed")
    (line,) = lines(stream)
    assert (line["event_id"], line["event_type"]) == ("event-1", "survey.survey_issued.v1")


def test_lines_of_libraries_look_like_ours(stream: io.BytesIO) -> None:
    logging.getLogger("uvicorn.error").info("Finished server process [%d]", 4711)
    (line,) = lines(stream)
    assert line["event"] == "Finished server process [4711]"
    assert line["service"] == "survey"
    assert line["logger"] == "uvicorn.error"


def test_the_web_servers_own_access_log_is_silent(stream: io.BytesIO) -> None:
    logging.getLogger("uvicorn.access").info('"GET /s/secret-token HTTP/1.1" 200')
    assert lines(stream) == []


def test_a_message_over_two_lines_is_one_line(stream: io.BytesIO) -> None:
    structlog.get_logger().warning("refused", reason='first\n{"event": "forged"}')
    assert len(lines(stream)) == 1


def test_an_error_brings_its_traceback_without_addresses(stream: io.BytesIO) -> None:
    try:
        raise ValueError("no such person: jane.doe@school.example.org")
    except ValueError as error:
        structlog.get_logger().error("request_failed", exc_info=error)
    (line,) = lines(stream)
    assert "ValueError: no such person: [withheld]" in str(line["exception"])


def test_what_looks_like_a_secret_is_cut_out_wherever_it_is(stream: io.BytesIO) -> None:
    key = new_api_key()
    structlog.get_logger().info("careless", parts={"to": ["jane@school.example"], "key": key}, note=f"token={key}")
    assert "jane" not in stream.getvalue().decode()
    assert key not in stream.getvalue().decode()


@pytest.mark.parametrize(
    "harmless",
    [
        "6e3f1a52-7c0b-5d6e-9a41-2f8b1c7d9e03",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "prepbridge.partnerships",
        "shared/access/access_file.py",
        "survey.survey_submitted.v1",
    ],
)
def test_ids_and_names_of_ours_are_kept(harmless: str) -> None:
    assert without_secrets(harmless) == harmless


def test_credentials_in_an_address_are_cut_out() -> None:
    assert without_secrets("mongodb://prep:pa55@db:27017/x") == "mongodb://[withheld]@db:27017/x"


def test_a_session_is_cut_out() -> None:
    assert without_secrets("cookie eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl ends") == "cookie [withheld] ends"


NOON = datetime(2027, 4, 5, 12, 0, tzinfo=UTC)


class Disk:
    """Holds so many bytes, and gives way when told."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.kept = b""

    def write(self, line: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = line[: self.room]
        self.room -= len(taken)
        self.kept += taken
        return len(taken)

    def flush(self) -> None:
        """Nothing is held back."""


def test_a_full_disk_fails_nobody_and_what_is_missing_is_told_when_there_is_room_again() -> None:
    disk = Disk(room=25)
    log = Lines(disk, service="survey", release="1.2.3", clock=lambda: NOON)  # type: ignore[arg-type]
    for number in range(4):
        assert log.write(b'{"event":"%d"}\n' % number) == 14
    disk.room = 1000
    log.write(b'{"event":"4"}\n')
    assert disk.kept.splitlines() == [
        b'{"event":"0"}',
        b'{"event":"1',
        b'{"event":"log_lines_missing","level":"warning","lines":3,"ts":"2027-04-05T12:00:00Z",'
        b'"service":"survey","release":"1.2.3"}',
        b'{"event":"4"}',
    ]


def test_a_service_whose_log_cannot_be_written_goes_on(stream: io.BytesIO) -> None:
    """Of ours and of a library, the real /dev/full."""
    with Path("/dev/full").open("wb") as full:
        start_logging("survey", "1.2.3", "info", full)
        structlog.get_logger().info("request")
        logging.getLogger("uvicorn.error").warning("shutting down")
    assert stream.getvalue() == b""
