"""The table of a run: on the screen, and as docs/bench.md."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.table import Table

from tests.bench.figures import Row

INTRODUCTION = (
    "Written by `make bench`: what is promised, and what was measured. Each floor was measured in the same run, on the",
    "same broker and mongod, as durably (`w: majority`, journalled; `acks=all`), each measurement in a process of its",
    "own. Ratios matter; figures follow the machine. The modules of `tests/bench/` say how each is measured.",
)
HEADINGS = ("what, and against what", "driver", "ours", "floor", "ratio", "promised", "")


@dataclass(frozen=True)
class Report:
    """`notes`: the machine and the servers, a line each. `sections`: rows under what they have in common."""

    at: datetime
    notes: Sequence[str]
    rows: list[Row] = field(default_factory=list)

    def on_screen(self) -> Table:
        table = Table(title="PrepBridge, measured", title_justify="left", caption="\n".join(self.notes))
        for number, heading in enumerate(HEADINGS):
            table.add_column(heading, justify="right" if number in (2, 3, 4) else "left", overflow="fold")
        for row in self.rows:
            style = "red" if row.is_met is False else None
            table.add_row(*_cells(row), style=style)
        return table

    def write(self, path: Path) -> None:
        lines = [
            "# Measured",
            "",
            *INTRODUCTION,
            "",
            f"{self.at:%d %B %Y, %H:%M} UTC.",
            "",
            *(f"- {note}" for note in self.notes),
            "",
            f"| {' | '.join(heading or 'verdict' for heading in HEADINGS)} |",
            "|---|---|--:|--:|--:|---|---|",
            *(f"| {' | '.join(_cells(row))} |" for row in self.rows),
            "",
        ]
        path.write_text("\n".join(lines), "utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    return row.what, row.driver, row.ours, row.floor, row.ratio_text, row.promise, row.verdict
