"""A service as a process: its ports, its signals, its exit status, and what it says when it cannot start."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from deploy.local.mongod import Mongod
from deploy.local.process import free_port

DEADLINE_SECONDS = 30.0
Start = Callable[..., "Parts"]


class Parts:
    """One process and its two ports."""

    def __init__(self, kind: str, folder: Path, **variables: str) -> None:
        self.door, self.metrics = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
        environment = {
            "PATH": os.environ["PATH"],
            "PARTS_HTTP_PORT": self.door.rpartition(":")[2],
            "PARTS_METRICS_PORT": self.metrics.rpartition(":")[2],
            "PARTS_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
            "PARTS_SHUTDOWN_SECONDS": "6",
            **variables,
        }
        self.out, self.err = folder / "out", folder / "err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            command = [sys.executable, "-m", "tests.shared.parts_process", kind]
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=err)

    def until_it_answers(self, address: str, status: int = 200) -> httpx.Response:
        deadline = monotonic() + DEADLINE_SECONDS
        while monotonic() < deadline and self.process.poll() is None:
            try:
                answer = httpx.get(self.door + address)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == status:
                return answer
            sleep(0.05)
        raise AssertionError(f"{address} did not answer {status}: {self.err.read_text()}{self.out.read_text()}")

    def ended(self) -> tuple[int, str]:
        """(exit status, what it said on stderr) once it is gone."""
        return self.process.wait(DEADLINE_SECONDS), self.err.read_text()


@pytest.fixture
def start(mongod: Mongod, tmp_path: Path) -> Iterator[Start]:
    """Start the small service; it is gone when the test is over."""
    started: list[Parts] = []

    def start_parts(kind: str = "sound", **variables: str) -> Parts:
        database = {"PARTS_MONGODB_URI": mongod.uri, "PARTS_MONGODB_DATABASE": "parts_process"}
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(Parts(kind, folder, **{**database, **variables}))
        return started[-1]

    yield start_parts
    for parts in started:
        parts.process.kill()
        parts.process.wait()


def test_it_serves_on_two_ports_and_stops_in_good_order_when_told(start: Start) -> None:
    parts = start()
    parts.until_it_answers("/health/ready")
    assert httpx.get(f"{parts.door}/metrics").status_code == 404
    metrics = httpx.get(f"{parts.metrics}/metrics").text
    for name in ("build_info", "event_loop_lag_seconds", "http_requests_total", "process_resident_memory_bytes"):
        assert name in metrics
    parts.process.send_signal(signal.SIGTERM)
    assert parts.ended() == (0, "")
    lines = [json.loads(line) for line in parts.out.read_text().splitlines()]
    events = [line["event"] for line in lines]
    assert events.index("ready") < events.index("stopped")
    assert all(line["service"] == "parts" and line["ts"].endswith("Z") for line in lines)


def test_a_request_in_hand_is_answered_before_the_process_ends(start: Start) -> None:
    parts = start()
    parts.until_it_answers("/health/ready")
    in_progress = "http_requests_in_progress 1.0"
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(httpx.get, f"{parts.door}/slow")
        while in_progress not in httpx.get(f"{parts.metrics}/metrics").text:
            sleep(0.02)
        parts.process.send_signal(signal.SIGTERM)
        assert answer.result().json() == "answered"
    assert parts.ended() == (0, "")


@pytest.mark.parametrize("port", ["HTTP_PORT", "METRICS_PORT"])
def test_a_busy_port_is_told_in_one_sentence(start: Start, port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        status, said = start(**{f"PARTS_{port}": str(number)}).ended()
    assert status == 1
    assert said == (
        f"parts cannot start. Something else listens on port {number} on 127.0.0.1: "
        f"stop it, or set PARTS_{port} to another port.\n"
    )


@pytest.mark.parametrize(
    ("kind", "variables", "sentence"),
    [
        ("sound", {"PARTS_METRICS_PORT": "x"}, "PARTS_METRICS_PORT: Input should be a valid integer"),
        ("sound", {"PARTS_ENVIRONMENT": "production"}, "PARTS_SESSION_KEY still has the value meant for development"),
        (
            "sound",
            {"PARTS_ENVIRONMENT": "production", "PARTS_SESSION_KEY": "s" * 40},
            "PARTS_SIGN_IN=development lets anybody be anybody and does not run in production: set it to none.",
        ),
        ("sound", {"PARTS_ACCESS_FILE": "/nowhere.json"}, "The access file /nowhere.json cannot be read"),
        ("sound", {"PARTS_MONGODB_URI": "nonsense"}, "PARTS_MONGODB_URI does not begin with mongodb://"),
        ("sound", {"PARTS_MONGODB_URI": "mongodb://a:b:c@/"}, "The MongoDB address is not a valid mongodb:// URI."),
        ("misconfigured", {}, "PARTS_COLOUR must be a colour."),
        ("hopeless", {}, "The loop 'hopeless' could not be revived; the log says why."),
    ],
)
def test_what_cannot_run_says_why_in_one_line_and_fails(
    start: Start, kind: str, variables: dict[str, str], sentence: str
) -> None:
    status, said = start(kind, **variables).ended()
    assert status == 1
    assert said.count("\n") == 1
    assert sentence in said


def test_it_waits_for_a_mongodb_that_is_late_and_outlasts_one_that_fails(start: Start, tmp_path: Path) -> None:
    port = free_port()
    parts = start(PARTS_MONGODB_URI=f"mongodb://127.0.0.1:{port}/?replicaSet=rs0")
    parts.until_it_answers("/health/live")
    assert parts.until_it_answers("/health/ready", 503).json()["parts"]["mongodb"] == "does not answer"
    assert parts.until_it_answers("/open", 503).headers["retry-after"] == "5"
    late = Mongod.start(tmp_path / "late", port)
    try:
        parts.until_it_answers("/health/ready")
        assert parts.until_it_answers("/open").json() == {"open": True}
        late.kill()
        parts.until_it_answers("/health/ready", 503)
        assert parts.until_it_answers("/health/live").json()["status"] == "alive"
        late.start_again()
        parts.until_it_answers("/health/ready")
    finally:
        late.stop()
