"""The fault matrix as a table: what was injected, in how long the system was itself again, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TABLE_BEGINS, TABLE_ENDS = "<!-- table -->\n", "<!-- /table -->"
HEAD = "| row | injected | recovered in | lost | doubled | parked | verdict |\n|---|---|--:|--:|--:|--:|---|\n"


@dataclass
class Row:
    """One line. A test that plays it fills in the figures; its outcome is the verdict."""

    number: str
    injected: str
    recovered_in: float | None = None
    """Seconds from the end of the fault until the system was at rest, or did again what the row is about."""
    lost: int | None = None
    doubled: int | None = None
    parked: int = 0
    verdict: str = "not finished"

    @property
    def is_complete(self) -> bool:
        return None not in (self.recovered_in, self.lost, self.doubled)

    @property
    def place(self) -> tuple[int, str]:
        """F2 comes before F10."""
        return int(self.number.removeprefix("F")), self.injected


def table(rows: Iterable[Row]) -> str:
    """Markdown, in the order of the matrix."""
    return HEAD + "".join(_line(row) for row in sorted(rows, key=lambda row: row.place))


def write(rows: Iterable[Row], path: Path, *, told: str) -> None:
    """Put the table into the document, under a line on when and where it was made; the rest is written by hand."""
    before, _, rest = path.read_text(encoding="utf-8").partition(TABLE_BEGINS)
    _, _, after = rest.partition(TABLE_ENDS)
    path.write_text(f"{before}{TABLE_BEGINS}{told}\n\n{table(rows)}{TABLE_ENDS}{after}", encoding="utf-8")


def _line(row: Row) -> str:
    seconds = "" if row.recovered_in is None else f"{row.recovered_in:.1f} s"
    figures = (row.lost, row.doubled, row.parked) if row.is_complete else ("", "", "")
    return f"| {row.number} | {row.injected} | {seconds} | {' | '.join(map(str, figures))} | {row.verdict} |\n"
