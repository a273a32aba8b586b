"""The report of a run, as docs/bench.md with its plot."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.bench.figures import ALONG_EVENTS, Curve, Mark, Row

INTRODUCTION = (
    "Written by `make bench`: what is promised, and what was measured. Each floor was measured in the same run, on the",
    "same broker and mongod, as durably (`w: majority`, journalled; `acks=all`), with documents and messages of the",
    "same size. Each measurement has a process of its own; memory is that process's, at its peak / in full swing. Of",
    "repeated rounds the one in the middle is shown, behind it from where to where they went (of waits: their p99).",
    "Ratios matter; figures follow the machine. A floor without a promise is there to be fair: it also does what ours",
    "cannot leave out. The modules of `tests/bench/` say how each is measured.",
)
PLOT = "bench/growth.svg"
HEADINGS = (
    "what, and against what",
    "driver",
    "ours",
    "floor",
    "ratio",
    "promised",
    "verdict",
    "ours, MiB",
    "floor, MiB",
)
ALIGNED = "|---|---|--:|--:|--:|---|---|--:|--:|"


@dataclass
class Report:
    """`notes`: the machine and the servers, a line each. `warnings`: why not to trust what follows."""

    at: datetime
    notes: list[str]
    warnings: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)

    def markdown(self) -> str:
        lines = [
            "# Measured",
            "",
            *INTRODUCTION,
            "",
            f"{self.at:%d %B %Y, %H:%M} UTC.",
            "",
            *(f"- {note}" for note in self.notes),
            *(f"- **{warning}**" for warning in self.warnings),
            "",
            f"| {' | '.join(HEADINGS)} |",
            ALIGNED,
            *(f"| {' | '.join(_cells(row))} |" for row in self.rows),
            "",
        ]
        if self.curves:
            lines += ["## Along concurrency, batch size and number of events", ""]
            lines += [f"![The tables below as lines: ours beside the floors]({PLOT})", ""]
        for curve in self.curves:
            lines += [*_curve(curve), ""]
        return "\n".join(lines)


def write(report: Report, path: Path, plot: str) -> None:
    """The document, and the plot beside it."""
    drawn = path.parent / PLOT
    drawn.parent.mkdir(parents=True, exist_ok=True)
    drawn.write_text(plot, "utf-8")
    path.write_text(report.markdown(), "utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    memories = (str(memory) if memory else "" for memory in (row.memory, row.floor_memory))
    return row.what, row.driver, row.ours, row.floor, row.ratio_text, row.promise, row.verdict, *memories


def _curve(curve: Curve) -> list[str]:
    names = list(curve.lines)
    headings = [curve.along]
    for name in names:
        first = curve.lines[name][0]
        headings.append(f"{name}, /s")
        headings += [f"{name}, p50 / p95 / p99"] if first.waits else []
        headings += [f"{name}, MiB"] if first.memory else []
    headings.append("ratio")
    rows = [_points(marks, curve.along) for marks in zip(*curve.lines.values(), strict=True)]
    where = f", {curve.driver}" if curve.driver else ""
    return [
        f"### {curve.what[0].upper()}{curve.what[1:]}: {curve.along}{where}",
        "",
        f"| {' | '.join(headings)} |",
        f"|{'--:|' * len(headings)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _points(marks: Sequence[Mark], along: str) -> list[str]:
    """One row: the same place on each line, and ours against the first floor."""
    cells = [f"{marks[0].at:,}"]
    for mark in marks:
        is_cut_off = along == ALONG_EVENTS and mark.pace.count < mark.at
        cells.append(f"{mark.pace.rate:,.0f}" + (f" (the first {mark.pace.count:,})" if is_cut_off else ""))
        cells += [str(mark.waits)] if mark.waits else []
        cells += [str(mark.memory)] if mark.memory else []
    return [*cells, f"{marks[0].pace.rate / marks[1].pace.rate:.2f} ×"]
