"""`prepbridge up` and `down` as a person uses them: it says what is wrong, and leaves no process."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.process import free_port, identity
from deploy.local.settings import LocalSettings
from deploy.local.state import StateFolder

START_SECONDS = 60.0


class Terminal:
    """Runs `prepbridge` commands on one folder, on ports that nobody else has."""

    def __init__(self, folder: Path) -> None:
        self.state = StateFolder(folder)
        names = [name for name in LocalSettings.model_fields if name.startswith("port_")]
        self.ports = {name: free_port() for name in names}
        self.up_process: subprocess.Popen[str] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "deploy.command", *arguments, "--folder", str(self.state.folder)]

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {f"PREPBRIDGE_{name.upper()}": str(port) for name, port in self.ports.items()}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )

    def start(self) -> subprocess.Popen[str]:
        """Begin to start, without the demonstration."""
        self.up_process = subprocess.Popen(
            self.command("up", "--no-demo", "--broker", "tansu"),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.up_process

    def up(self) -> subprocess.Popen[str]:
        """Start, and return when it is up."""
        running = self.start()
        wait_for(lambda: bool(self.state.running().get("ready")) or running.poll() is not None)
        assert running.poll() is None, running.communicate()
        return running

    def children(self) -> list[dict[str, Any]]:
        return list(self.state.running()["children"])

    def child(self, name: str) -> dict[str, Any]:
        return next(child for child in self.children() if child["name"] == name)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path / "state")
    yield opened
    if opened.up_process is not None:
        opened.state.end()
        opened.up_process.communicate(timeout=90)


def wait_for(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def alive(children: list[dict[str, Any]]) -> list[str]:
    return [child["name"] for child in children if identity(child["pid"]) == child["identity"]]


EVERYTHING = ["mongod", "tansu", "mail catcher", "partnership", "survey", "analytics"]


@pytest.mark.broker
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stack_told_to_stop_ends_well_and_leaves_no_process(terminal: Terminal, number: signal.Signals) -> None:
    running = terminal.up()
    children = terminal.children()
    assert alive(children) == EVERYTHING
    running.send_signal(number)
    output, errors = running.communicate(timeout=90)
    assert running.returncode == 0, errors
    assert alive(children) == []
    assert "everything has stopped" in output


@pytest.mark.broker
@pytest.mark.parametrize("begun", ["mongod", "mail catcher"])
def test_a_start_that_is_interrupted_leaves_no_process(terminal: Terminal, begun: str) -> None:
    starting = terminal.start()
    wait_for(lambda: begun in [child["name"] for child in terminal.state.running().get("children", [])])
    assert starting.poll() is None
    children = terminal.children()
    starting.send_signal(signal.SIGINT)
    output, errors = starting.communicate(timeout=90)
    assert "everything has stopped" in output
    # Python ends itself by the signal, not with our status, when the signal came in the middle of an `exec`.
    assert starting.returncode in (130, -signal.SIGINT), (output, errors)
    assert alive(children) == []
    assert not terminal.state.running()


@pytest.mark.broker
def test_down_stops_a_detached_stack_and_a_second_start_finds_its_data(terminal: Terminal) -> None:
    started = terminal.run("up", "--detach", "--no-demo", "--broker", "tansu")
    try:
        assert started.returncode == 0, started
        assert f"http://localhost:{terminal.ports['port_survey']}/" in started.stdout
        children = terminal.children()
        assert alive(children) == EVERYTHING
        ready = httpx.get(f"http://127.0.0.1:{terminal.ports['port_survey']}/health/ready")
        assert ready.status_code == 200
        again = terminal.run("up", "--no-demo")
        assert again.returncode == 1
        assert "PrepBridge runs already from" in again.stderr
    finally:
        stopped = terminal.run("down")
    assert stopped.stdout.strip() == "PrepBridge has stopped."
    assert alive(children) == []
    assert terminal.run("down").stdout.strip() == "Nothing was running."


@pytest.mark.broker
def test_what_a_killed_stack_leaves_behind_is_ended_by_down(terminal: Terminal) -> None:
    running = terminal.up()
    children = terminal.children()
    running.kill()
    running.communicate(timeout=30)
    assert alive(children) == EVERYTHING
    assert terminal.run("down").returncode == 0
    assert alive(children) == []


@pytest.mark.broker
def test_when_a_process_dies_the_stack_names_it_and_stops_the_others(terminal: Terminal) -> None:
    running = terminal.up()
    children = terminal.children()
    os.kill(terminal.child("survey")["pid"], signal.SIGKILL)
    _, errors = running.communicate(timeout=90)
    assert running.returncode == 1
    assert "survey ended by itself with status -9" in errors
    assert "survey.log" in errors
    assert alive(children) == []


def test_a_busy_port_is_one_sentence_that_says_how_to_change_it(terminal: Terminal) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", terminal.ports["port_analytics"]))
        other.listen()
        refused = terminal.run("up", "--no-demo")
    port = terminal.ports["port_analytics"]
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"Port {port}, which the analytics service wants, is taken by another program: "
        f"free it, or set PREPBRIDGE_PORT_ANALYTICS in .env to another port."
    )
    assert not terminal.state.running()


def test_one_port_for_two_servers_is_one_sentence(terminal: Terminal) -> None:
    terminal.ports["port_survey"] = terminal.ports["port_partnership"]
    refused = terminal.run("up", "--no-demo")
    assert refused.returncode == 1
    assert "is given to both the survey service and the partnership service" in refused.stderr


def test_a_port_that_is_none_is_one_sentence(terminal: Terminal) -> None:
    terminal.ports["port_survey"] = 123456
    refused = terminal.run("up", "--no-demo")
    assert refused.returncode == 1
    assert "PREPBRIDGE_PORT_SURVEY" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_folder_that_cannot_be_made_is_one_sentence(terminal: Terminal) -> None:
    terminal.state.folder.write_text("a file of somebody else's")
    refused = terminal.run("up", "--no-demo")
    assert refused.returncode == 1
    assert refused.stderr.strip() == f"File exists: {terminal.state.folder}"
    assert "stopped" not in refused.stdout
