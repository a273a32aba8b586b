"""Each measurement in a process of its own, whose memory is watched from outside."""

import multiprocessing
import os
import signal
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any, ParamSpec, TypeVar

from shared.errors import PrepBridgeError
from tests.bench.figures import Memory

Given = ParamSpec("Given")
Found = TypeVar("Found")

LOOK_SECONDS = 0.1
KIBIBYTES = 1024
PRELOADED = ["tests.bench.hires_to_surveys", "tests.bench.textbook"]
"""Imported once in the process that all measurements are forked from, which does nothing else."""

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(PRELOADED)


def import_beforehand(modules: list[str]) -> None:
    """Start faster, at the price of memory that a measurement would not hold by itself."""
    _processes.set_forkserver_preload([*PRELOADED, *modules])


class MeasurementFailed(PrepBridgeError):
    """A measurement raised, or its process died; the text holds its traceback."""


@dataclass
class Scales:
    """What a process holds in memory, looked at now and then."""

    pid: int
    peak: float = 0.0
    resident: list[float] = field(default_factory=list)

    def look(self) -> None:
        now, most = _resident(self.pid)
        if now:
            self.resident.append(now)
            self.peak = max(self.peak, most)

    @property
    def memory(self) -> Memory:
        """Steady is the middle of what was seen in the second half of the time."""
        later = self.resident[len(self.resident) // 2 :]
        return Memory(self.peak, median(later) if later else 0.0)


@contextmanager
def on_scales(pid: int) -> Iterator[Scales]:
    """Look at a process for as long as this lasts."""
    scales, over = Scales(pid), Event()

    def keep_looking() -> None:
        while not over.wait(LOOK_SECONDS):
            scales.look()

    watching = Thread(target=keep_looking, daemon=True)
    watching.start()
    try:
        yield scales
    finally:
        over.set()
        watching.join()
        scales.look()


def aside(measure: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs) -> Found:
    """Its result, from a fresh process: no measurement inherits another's memory, caches or garbage."""
    return weighed(measure, *args, **kwargs)[0]


def weighed(measure: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs) -> tuple[Found, Memory]:
    """The same, and what the process held in memory. MeasurementFailed if there is no result."""
    ours, theirs = _processes.Pipe()
    process = _processes.Process(target=_answer, args=(theirs, measure, args, kwargs), daemon=True)
    try:
        process.start()
        theirs.close()
        with on_scales(process.pid or 0) as scales:
            found, failure = ours.recv()
    except EOFError:
        process.join()
        raise MeasurementFailed(f"{_name(measure)}: its process ended with status {process.exitcode}.") from None
    finally:
        ours.close()
        if process.pid is not None:
            process.kill()
            process.join()
    if failure is not None:
        raise MeasurementFailed(f"{_name(measure)}:\n{failure}")
    return found, scales.memory


def _answer(theirs: Connection, measure: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Tell what was found, and stay to be weighed until killed. Ctrl-C is for the parent, whom we do not outlive."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parting = Thread(target=_end_with, args=(theirs,), daemon=True)
    parting.start()
    try:
        answer: tuple[Any, str | None] = measure(*args, **kwargs), None
    except BaseException:
        answer = None, traceback.format_exc()
    theirs.send(answer)
    parting.join()


def _end_with(parent: Connection) -> None:
    """The parent says nothing: what can be read is that it is gone."""
    parent.poll(None)
    os._exit(1)


def _name(measure: Callable[..., Any]) -> str:
    return f"{measure.__module__}.{measure.__qualname__}"


def _resident(pid: int) -> tuple[float, float]:
    """MiB that it holds, and held at most; zeros when it is gone."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        try:
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except OSError:
            return 0.0, 0.0
        now, most = (int(lines.get(name, "0").split()[0]) / KIBIBYTES for name in ("VmRSS", "VmHWM"))
        return now, most
    if Path("/proc/self").exists():
        return 0.0, 0.0
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    now = int(told.stdout.strip() or 0) / KIBIBYTES
    return now, now
