"""`python -m tests.bench`: measure, show the table, write docs/bench.md."""

import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shared.clock import utc_now
from tests.bench import rows
from tests.bench.figures import Row
from tests.bench.ground import DRIVERS, Ground, ground, machine
from tests.bench.table import Report

WRITTEN_TO = Path(__file__).parents[2] / "docs" / "bench.md"
FULL = rows.Sizes(events=20_000, staff=100_000, at_once=6_000, letters=1_000, rounds=1, seconds=40)
QUICK = rows.Sizes(events=2_000, staff=5_000, at_once=1_000, letters=200, rounds=1, seconds=10)
EVENTS_A_SECOND = 500
"""Slower than this over many events is not waited for."""


class Part(StrEnum):
    STAFF = "staff"
    FACTS = "facts"
    ANSWERS = "answers"
    LETTERS = "letters"
    HIRES = "hires"


class Driver(StrEnum):
    MOTOR = "motor"
    PYMONGO = "pymongo"
    BOTH = "both"


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, motor only: under a minute.")] = False,
    events: Annotated[int | None, typer.Option(min=1_000, max=1_000_000, help="Hires and facts to read.")] = None,
    driver: Annotated[Driver | None, typer.Option(help="The MongoDB driver underneath.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Times that throughput is measured; the middle one counts.")] = 1,
    only: Annotated[list[Part] | None, typer.Option(help="Measure this part; may be given several times.")] = None,
    to: Annotated[Path, typer.Option(help="Where the table is written.")] = WRITTEN_TO,
) -> None:
    """Measure what DESIGN.md §8 promises, each beside its floor."""
    sizes = _sizes(QUICK if quick else FULL, events, rounds)
    chosen = driver or (Driver.MOTOR if quick else Driver.BOTH)
    drivers = list(DRIVERS) if chosen is Driver.BOTH else [chosen.value]
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Told to end, it still stops its servers.
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        console.status("Starting the servers …") as status,
        ground(Path(folder)) as on,
    ):
        report = Report(utc_now(), [_machine(), *on.notes])
        for part in only or list(Part):
            status.update(f"Measuring: {part} …")
            for row in _measured(part, on, drivers, sizes):
                report.rows.append(row)
                console.print(
                    f"{row.what} {row.driver}: {row.ours} against {row.floor}, {row.ratio_text} ({row.verdict})"
                )
    console.print(report.on_screen())
    report.write(to)
    console.print(f"Written to {to}.")


def _measured(part: Part, on: Ground, drivers: list[str], sizes: rows.Sizes) -> Iterator[Row]:
    """In the order of `Part`: survey publishes to the topic that facts are read from, and reads the one of hires."""
    match part:
        case Part.STAFF:
            return rows.staff(on.folder, sizes)
        case Part.FACTS:
            return rows.results(on, drivers, sizes)
        case Part.ANSWERS:
            return rows.answers(on, drivers, sizes)
        case Part.LETTERS:
            return rows.letters(on, drivers, sizes)
        case Part.HIRES:
            return rows.hires(on, drivers, sizes)


def _sizes(sizes: rows.Sizes, events: int | None, rounds: int) -> rows.Sizes:
    events = events or sizes.events
    return replace(sizes, events=events, rounds=rounds, seconds=max(sizes.seconds, events / EVENTS_A_SECOND))


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = os.getloadavg()[0]
    return f"{machine(cores, os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES'))}; load at the start {load:.1f}"


if __name__ == "__main__":
    typer.run(bench)
