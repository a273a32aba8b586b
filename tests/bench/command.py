"""The command: measure, say what was found, write docs/bench.md and its plot."""

import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console

from shared.clock import utc_now
from shared.errors import PrepBridgeError
from tests.bench import events_read, machine, rows
from tests.bench.aside import import_beforehand
from tests.bench.figures import Row
from tests.bench.ground import DRIVERS, OURS, ground
from tests.bench.measuring import FULL, QUICK, Measuring, Sizes
from tests.bench.plot import drawn
from tests.bench.table import Report, write

WRITTEN_TO = Path(__file__).parents[2] / "docs" / "bench.md"
MILLION = 1_000_000
MILLION_SECONDS = 240.0


class Part(StrEnum):
    HIRES = "hires"
    FACTS = "facts"
    REBUILD = "rebuild"
    SUBMISSIONS = "submissions"
    COMMIT = "commit"
    INVITATIONS = "invitations"
    STAFF = "staff"
    MATCHING = "matching"


MEASURED: dict[Part, Callable[[Measuring], None]] = {
    Part.HIRES: events_read.hires,
    Part.FACTS: events_read.results,
    Part.REBUILD: events_read.made_again,
    Part.SUBMISSIONS: rows.answers,
    Part.COMMIT: rows.letters,
    Part.INVITATIONS: rows.mails,
    Part.STAFF: rows.staff,
    Part.MATCHING: rows.matching,
}


class Driver(StrEnum):
    MOTOR = "motor"
    PYMONGO = "pymongo"
    BOTH = "both"


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Everything once, tiny: does it work? No figures.")] = False,
    large: Annotated[bool, typer.Option("--large", help="Also a million events.")] = False,
    driver: Annotated[Driver, typer.Option(help="The MongoDB driver underneath.")] = Driver.BOTH,
    rounds: Annotated[int | None, typer.Option(min=1, help="Times each ratio is measured; the middle counts.")] = None,
    only: Annotated[list[Part] | None, typer.Option(help="Measure this part; may be given several times.")] = None,
    to: Annotated[
        Path | None, typer.Option(help="Where it is written; docs/bench.md, unless only a part was measured.")
    ] = None,
) -> None:
    """Measure what DESIGN.md §8 promises of the platform, each promise beside its floor."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Told to end, it still stops its servers.
    is_complete = not (quick or only or rounds or driver is not Driver.BOTH)
    if to is None and is_complete:
        to = WRITTEN_TO
    console, quiet = Console(), machine.Quiet()
    for warning in quiet.warnings:
        console.print(warning, style="bold red")
    if quick:
        import_beforehand(
            [
                "tests.bench.facts",
                "tests.bench.rebuild",
                "tests.bench.submissions",
                "tests.bench.rosters",
                "tests.bench.linkage",
            ]
        )
    drivers = (OURS, *(name for name in DRIVERS if name != OURS)) if driver is Driver.BOTH else (driver.value,)
    report = Report(utc_now(), [machine.described()])
    try:
        _measure(report, only or list(Part), drivers[:1] if quick else drivers, _sizes(quick, large, rounds), console)
    except PrepBridgeError as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        raise typer.Exit(1) from None
    report.notes.append(quiet.note)
    report.warnings += quiet.warnings
    for note in (*report.notes, *report.warnings):
        console.print(note, highlight=False)
    if to is not None:
        write(report, to, drawn(report.curves))
        console.print(f"Written to {to}.")


def _measure(report: Report, parts: Sequence[Part], drivers: tuple[str, ...], sizes: Sizes, console: Console) -> None:
    began = monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        console.status("Starting the servers …", refresh_per_second=2) as status,
        ground(Path(folder)) as on,
    ):
        report.notes.extend(on.notes)

        def tell(what: str) -> None:
            minutes, seconds = divmod(round(monotonic() - began), 60)
            status.update(f"{minutes}:{seconds:02} {what} …")
            if not console.is_terminal:
                console.print(f"{minutes}:{seconds:02} {what}", highlight=False, markup=False)

        def show(row: Row) -> None:
            beside = f"{row.ours} against {row.floor} {row.ratio_text}"
            console.print(f"{row.what}, {row.driver}: {beside} ({row.verdict})", highlight=False, markup=False)

        measuring = Measuring(on, drivers, sizes, report, tell, show)
        for part in parts:
            MEASURED[part](measuring)


def _sizes(quick: bool, large: bool, rounds: int | None) -> Sizes:
    sizes = QUICK if quick else FULL
    if large:
        sizes = replace(sizes, growth=(*sizes.growth, MILLION), growth_seconds=MILLION_SECONDS)
    return replace(sizes, rounds=rounds or sizes.rounds)


def main() -> None:
    typer.run(bench)
