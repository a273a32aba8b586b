"""A server that this machine runs for us: started with a log of its own, watched, and stopped with all its children."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.local.signals import obey, uninterrupted
from shared.errors import Misconfigured

_SHORTLY = 0.05
_WORDS_SHOWN = 300
_PORTS = (15_000, 32_000)
_given: set[int] = set()
"""Ports that were asked for, whether anybody listens there yet or not."""

RUNNING: list["Child"] = []
"""Every child of this process that was started and not yet stopped."""


class ToolMissing(Misconfigured):
    """A program that we need is not on this machine; the text says how to get it."""


class DidNotStart(Misconfigured):
    """A server ended, or did not become ready in time; the text names its log."""


class PortTaken(Misconfigured):
    """Another program listens where one of ours is to; the text says which port, for whom, and how to change it."""


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on at this moment, and that this process has given to nobody.

    Not one that the system gives out: those also serve connections to elsewhere, and are soon taken by one.
    """
    while True:
        port = random.randrange(*_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port


def identity(pid: int) -> str | None:
    """What tells a process from a later one with the same number: when it began. None if there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or None


class Child:
    """One running server, in a process group of its own: the terminal's Ctrl-C does not reach it, our `stop` does."""

    def __init__(self, name: str, running: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._running = running
        self._gone = False

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> "Child":
        """Start `command`; its output is appended to `log`. Without `environment` it inherits ours."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output, uninterrupted():
            running = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=None if environment is None else dict(environment),
                start_new_session=True,
            )
            child = cls(name, running, log)
            RUNNING.append(child)
        return child

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._running.poll()

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Return once `ready()` is true; DidNotStart when the process ends before, or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            obey()
            if self.exit_status is not None:
                raise DidNotStart(
                    f"{self.name} ended with status {self.exit_status} while starting; {self.last_words()}"
                )
            if time.monotonic() > deadline:
                raise DidNotStart(f"{self.name} was not ready within {seconds:.0f} s; {self.last_words()}")
            time.sleep(_SHORTLY)

    def last_words(self) -> str:
        """Where its log is, and the last line of it."""
        last = ""
        with suppress(OSError):
            last = "".join(self.log.read_text(errors="replace").strip().splitlines()[-1:])
        return f"the end of {self.log}: {last[:_WORDS_SHOWN] or 'nothing'}"

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once."""
        self._signal(signal.SIGTERM)

    def stop(self, *, seconds: float = 20.0) -> None:
        """SIGTERM, then SIGKILL to the whole group when it has not ended in time. Returns when nothing is left."""
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self._running.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole group; nothing gets a last word."""
        self._signal(signal.SIGKILL)
        self._running.wait()
        self._gone = True
        if self in RUNNING:
            RUNNING.remove(self)

    def _signal(self, number: int) -> None:
        """The group outlives its first process while it has members, so a server's own children are reached too."""
        if not self._gone:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)
