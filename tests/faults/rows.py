"""The fault matrix as a table: what was injected, in how long the system was itself again, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TABLE_BEGINS, TABLE_ENDS = "<!-- table -->\n", "<!-- /table -->"
COLUMNS = ("row", "injected", "recovered in", "lost", "doubled", "parked", "verdict", "played (UTC)")
HEAD = f"| {' | '.join(COLUMNS)} |\n|---|---|--:|--:|--:|--:|---|---|\n"


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
    played: str = ""
    """When."""

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


def write(rows: Iterable[Row], path: Path, *, told: str, keep: bool = False) -> None:
    """Put the table into the document, under a line on where it was made; the rest is written by hand.

    `keep`: only some rows were played, and the others' lines stay as they are.
    """
    before, _, rest = path.read_text(encoding="utf-8").partition(TABLE_BEGINS)
    made, _, after = rest.partition(TABLE_ENDS)
    known = {_which(row): row for row in map(_read, made.splitlines()) if row is not None} if keep else {}
    known |= {_which(row): row for row in rows}
    path.write_text(f"{before}{TABLE_BEGINS}{told}\n\n{table(known.values())}{TABLE_ENDS}{after}", encoding="utf-8")


def _which(row: Row) -> tuple[str, str]:
    """What was measured while it was played stands in brackets behind what was injected."""
    return row.number, row.injected.partition(" (")[0]


def _read(line: str) -> Row | None:
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if len(cells) != len(COLUMNS) or not cells[0].startswith("F"):
        return None
    seconds, lost, doubled, parked = cells[2].removesuffix(" s"), *cells[3:6]
    return Row(
        number=cells[0],
        injected=cells[1],
        recovered_in=float(seconds) if seconds else None,
        lost=int(lost) if lost else None,
        doubled=int(doubled) if doubled else None,
        parked=int(parked or 0),
        verdict=cells[6],
        played=cells[7],
    )


def _line(row: Row) -> str:
    seconds = "" if row.recovered_in is None else f"{row.recovered_in:.1f} s"
    figures = (row.lost, row.doubled, row.parked) if row.is_complete else ("", "", "")
    cells = (row.number, row.injected, seconds, *map(str, figures), row.verdict, row.played)
    return f"| {' | '.join(cells)} |\n"
