"""The bench itself: it runs from end to end, tells when a measurement breaks, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local.process import identity

ROOT = Path(__file__).parents[2]
BENCH = (sys.executable, "-m", "tests.bench", "--quick")
PROMISED = (
    "hires → surveys issued, bare loop",
    "hires → surveys issued, textbook handler, aiokafka",
    "hires → surveys issued, textbook handler, FastStream",
    "survey events → facts, bare loop",
    "survey events → the read model made again, bare loop",
    "in flight, bare route",
    "submissions at 300/s",
    "commit to broker at 100/s",
    "hire accepted → invitation handed to SMTP",
    "OneRoster zip",
    "memory of that",
)
CURVES = (
    "Hires → surveys issued: records polled at a time",
    "Hires → surveys issued: events",
    "Survey events → facts: records polled at a time",
    "Survey events → facts: events",
    "Submissions: in flight",
    "Staff read from a OneRoster zip: staff",
)
NUMBER = re.compile(r"\d[\d,.]*")
LONGEST_SECONDS = 170.0
LAST_SECONDS = 10.0


def test_every_promise_and_every_curve_is_measured(tmp_path: Path) -> None:
    written = tmp_path / "bench.md"
    with _begun("--to", str(written)) as bench:
        try:
            said, _ = bench.communicate(timeout=LONGEST_SECONDS)
        finally:
            bench.terminate()  # Told to end, it stops its servers; killed, it could not.
    assert bench.returncode == 0, said
    lines = written.read_text("utf-8").splitlines()
    for promise in PROMISED:
        cells = next(line for line in lines if line.startswith("|") and promise in line).split("|")
        assert cells[6].strip(), f"Nothing is promised: {cells}"
        assert _figures(cells[3]), cells
        assert all(figure > 0 for figure in _figures(cells[3])), cells
    for curve in CURVES:
        heading = next(place for place, line in enumerate(lines) if line.startswith(f"### {curve}"))
        point = lines[heading + 4].strip("|").split("|")
        assert all(figure > 0 for cell in point for figure in _figures(cell)), point
    drawn = (tmp_path / "bench" / "growth.svg").read_text("utf-8")
    assert "prefers-color-scheme: dark" in drawn
    assert all(f">{name}</text>" in drawn for name in ("ours", "bare loop", "bare route", "staff"))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are looked up in /proc")
def test_ctrl_c_leaves_no_process_behind() -> None:
    with _begun("--only", "hires") as bench:
        assert bench.stdout is not None
        assert any("round 1 of 1" in line for line in iter(bench.stdout.readline, ""))
        started = {pid: identity(pid) for pid in _descendants(bench.pid)}
        os.killpg(bench.pid, signal.SIGINT)
        bench.communicate(timeout=LONGEST_SECONDS)
    assert bench.returncode != 0
    assert len(started) > len(("mongod", "broker", "the process that measurements are forked from"))
    deadline = time.monotonic() + LAST_SECONDS
    while left := [pid for pid, began in started.items() if began is not None and identity(pid) == began]:
        assert time.monotonic() < deadline, f"These processes live on: {left}."


def _begun(*arguments: str) -> subprocess.Popen[str]:
    """As from a terminal: what runs in the background ignores Ctrl-C, and so would all that it begins."""
    return subprocess.Popen(
        [*BENCH, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def _descendants(pid: int) -> set[int]:
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def _figures(cell: str) -> list[float]:
    return [float(found.replace(",", "")) for found in NUMBER.findall(cell)]
