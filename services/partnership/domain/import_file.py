"""A CSV file that the agency or a provider sends: strict about its form, exact about what is wrong in it."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from services.partnership.domain.findings import FindingKind as Kind
from services.partnership.domain.findings import Findings, Place
from shared.errors import InvalidInput

FIELD_LIMIT = 128 * 1024
WIDTH = Kind("row.width", "error", "The row has not as many fields as the header.", "Put quotes around commas.")
REQUIRED = Kind("value.required", "error", "A required value is blank.", "Fill it in.")
DATE = Kind("value.date", "error", "This is not a date.", "Write dates as YYYY-MM-DD.")
TWICE = Kind("row.twice", "error", "This row repeats an earlier one's identity.", "Keep one row for each.")
Value = TypeVar("Value")


class ImportRejected(InvalidInput):
    """The file as a whole is not what it should be; nothing of it was taken."""


class RowRefused(Exception):
    """One row cannot be taken; the rest can."""

    def __init__(self, kind: Kind, column: str, value: str = "", public: str = "") -> None:
        super().__init__(kind.message)
        self.kind = kind
        self.column = column
        self.value = value
        self.public = public

    def note(self, findings: Findings, file: str, line: int) -> None:
        findings.note(self.kind, Place(file, line, self.column), value=self.value, public=self.public)


@dataclass(frozen=True)
class Row:
    """One line of the file, by column name as `spelt` has it, blanks at the ends removed."""

    line: int
    cells: dict[str, str]
    is_whole: bool = True

    def text(self, column: str) -> str:
        return self.cells.get(column.casefold(), "")

    def required(self, column: str) -> str:
        value = self.text(column)
        if not value:
            raise RowRefused(REQUIRED, column)
        return value

    def day(self, column: str) -> date | None:
        """A date as Ed-Fi writes it; a time of day after it is left aside."""
        value = self.text(column)
        if not value:
            return None
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            raise RowRefused(DATE, column, public=value) from None

    def required_day(self, column: str) -> date:
        day = self.day(column)
        if day is None:
            raise RowRefused(REQUIRED, column)
        return day

    def descriptor(self, column: str) -> str:
        """The code of an Ed-Fi descriptor: `uri://…/ReasonExitedDescriptor#Completed` → `Completed`."""
        return self.text(column).rpartition("#")[2].strip()


@dataclass(frozen=True)
class Taken(Generic[Value]):
    """What a file's rows were made into, each with its line; `rows_read` counts those that were refused too."""

    file: str
    rows_read: int
    lines: tuple[tuple[int, Value], ...]

    def keep(self, refuses: Callable[[Value], RowRefused | None], findings: Findings) -> "Taken[Value]":
        """Without the values that `refuses` has something against, which becomes a finding."""
        kept = []
        for line, value in self.lines:
            if (refusal := refuses(value)) is None:
                kept.append((line, value))
            else:
                refusal.note(findings, self.file, line)
        return Taken(self.file, self.rows_read, tuple(kept))


def take_rows(
    name: str, content: bytes, required: Sequence[str], take: Callable[[Row], Value], findings: Findings
) -> Taken[Value]:
    """What `take` makes of each row of a CSV file."""
    return take_each(name, csv_rows(name, content, required), take, findings)


def take_each(
    name: str, rows: Iterable[Row], take: Callable[[Row], Value], findings: Findings, broken: Kind = WIDTH
) -> Taken[Value]:
    """What `take` makes of each row; a row that it refuses becomes a finding, and the rest goes on."""
    kept = []
    read = 0
    for row in rows:
        read += 1
        try:
            if not row.is_whole:
                raise RowRefused(broken, "")
            kept.append((row.line, take(row)))
        except RowRefused as refusal:
            refusal.note(findings, name, row.line)
    return Taken(name, read, tuple(kept))


def csv_rows(name: str, content: bytes, required: Sequence[str]) -> Iterator[Row]:
    """ImportRejected unless it is UTF-8 with at least the required columns in its header."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportRejected(
            "The file is not UTF-8 text.", hint="Save it as “CSV UTF-8” and upload it again.", where=name
        ) from None
    if "\x00" in text:
        raise ImportRejected("The file is not text.", hint="Save it as “CSV UTF-8”.", where=name)
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = spelt(next(reader, []))
        _check_header(name, header, required)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            named = {column: cell.strip() for column, cell in zip(header, cells, strict=False)}
            yield Row(reader.line_num, named, is_whole=len(cells) == len(header))
    except csv.Error:
        raise ImportRejected("The file is not CSV.", where=f"{name} line {reader.line_num}") from None


def header_of(content: bytes) -> list[str]:
    """The columns that a CSV file names, for telling one kind of file from another."""
    first = content[:FIELD_LIMIT].decode("utf-8-sig", errors="replace").splitlines()[:1]
    try:
        return spelt(next(csv.reader(first), []))
    except csv.Error:
        return []


def spelt(header: Sequence[str]) -> list[str]:
    """Column names to compare by: without case, and without the path that flattened resources of the API have before
    them (`candidateReference.candidateIdentifier`). Where two paths end in one name, the first is meant."""
    names: list[str] = []
    for column in (column.strip().casefold() for column in header):
        last = column.rpartition(".")[2]
        names.append(column if last in names else last)
    return names


def _check_header(name: str, header: Sequence[str], required: Sequence[str]) -> None:
    missing = [column for column in required if column.casefold() not in header]
    if missing:
        raise ImportRejected(
            f"The header lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}.",
            hint=f"The first line must name at least: {', '.join(required)}.",
            where=f"{name} line 1",
        )
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise ImportRejected(f"The header names a column twice: {', '.join(twice)}.", where=f"{name} line 1")
