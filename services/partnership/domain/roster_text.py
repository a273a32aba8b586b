"""Reads a roster's file as text and rows, whatever encoding, line ends and separators it came with."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from operator import itemgetter
from typing import NoReturn

from services.partnership.domain import roster_findings as found
from services.partnership.domain.findings import FindingKind, Findings, Place
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_header import HeaderMap, Layout, map_header
from services.partnership.domain.roster_zip import Archive

BLANK_WORDS = frozenset(
    {"NULL", "Null", "null", "N/A", "n/a", "#N/A", "None", "none", "NONE", "-", "\\N", "(null)", "<null>", "NaN", "nan"}
)
LONGEST_FIELD = 128 * 1024
LONGEST_ROW = 2 * 1024 * 1024
_UNDEFINED_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"
_LINES_OF_A_FIELD = 20
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a file is written."""

    encoding: str
    delimiter: str
    last_line_ends: bool


def examine(archive: Archive, name: str, findings: Findings) -> TextForm:
    """Reads the file once to its end: its encoding holds for all of it, and its checksum is right."""
    with archive.open(name) as stream:
        first = stream.read(_CHUNK)
        encoding = _announced_encoding(first)
        decoder = codecs.getincrementaldecoder(encoding)()
        decodes, fits_cp1252, holds_nul, last, chunk = True, True, False, first, first
        while chunk:
            last = (last + chunk)[-4:]
            holds_nul = holds_nul or b"\x00" in chunk
            fits_cp1252 = fits_cp1252 and not any(byte in chunk for byte in _UNDEFINED_IN_CP1252)
            decodes = decodes and _decodes(decoder, chunk)
            chunk = stream.read(_CHUNK)
    decodes = decodes and _decodes(decoder, b"", final=True)
    if encoding.startswith("utf-16"):
        findings.note(found.UTF16 if decodes else found.NOT_TEXT, Place(name))
    elif holds_nul or not (decodes or fits_cp1252):
        decodes = False
        findings.note(found.NOT_TEXT, Place(name))
    elif not decodes:
        encoding, decodes = "cp1252", True
        findings.note(found.CP1252, Place(name))
    if not decodes:
        raise RosterRejected(findings)
    return TextForm(encoding, _delimiter(first, encoding, name, findings), last.rstrip(b"\x00")[-1:] in (b"\n", b"\r"))


def first_row(archive: Archive, name: str) -> list[str]:
    """The header as it stands, for telling one kind of file from another; [] when there is none."""
    with archive.open(name) as stream:
        start = stream.read(_CHUNK)
    encoding = _announced_encoding(start)
    text = start.decode(encoding, errors="replace")
    return next(csv.reader(text.splitlines()[:1]), [])


class RowTooLong(Exception):
    """A row that does not end would fill the memory."""


class Lines:
    """A text's lines for a CSV reader; `taken` counts characters, and whoever reads rows sets it back after each."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_ROW)
        self.taken += len(line)
        if self.taken >= LONGEST_ROW:
            raise RowTooLong
        if not line:
            raise StopIteration
        return line


class Table:
    """A file's rows under the standard's column names. Iterate once: `(line, values)` with the values of `columns`,
    then of `metadata`, blanks at their ends removed. What is broken is quarantined, counted and skipped."""

    def __init__(self, archive: Archive, layout: Layout, columns: tuple[str, ...], findings: Findings) -> None:
        self.file = layout.file
        self.columns = columns
        self.rows_read = 0
        self.rows_in_error = 0
        self._archive = archive
        self._layout = layout
        self._findings = findings
        self._form = examine(archive, layout.file, findings)
        self.header: HeaderMap = map_header(self._header_row(), layout, findings)
        self.metadata = tuple(self.header.metadata)

    def __iter__(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        absent = self.header.width
        places = [self.header.places.get(column, absent) for column in self.columns]
        picked = itemgetter(*(*places, *self.header.metadata.values()))
        names = frozenset(i for i, column in enumerate(self.columns) if column.endswith("Name") or column == "name")
        width, repeated = self.header.width, self.header.repeated
        for line, row in self._rows():
            self.rows_read += 1
            if (len(row) != width or repeated) and not self._fits(line, row):
                continue
            row.append("")
            values = tuple(map(str.strip, picked(row)))
            if not BLANK_WORDS.isdisjoint(values):
                values = self._without_blank_words(line, values, names)
            yield line, values

    def quarantine(self, kind: FindingKind, line: int, column: str = "", value: str = "", *, rows: int = 1) -> None:
        """Counts rows as broken and says where."""
        self.rows_in_error += rows
        self._findings.note(kind, Place(self.file, line, column), value=value)

    def note(self, kind: FindingKind, line: int, column: str = "", *, value: str = "", public: str = "") -> None:
        """A finding about a row that is used all the same."""
        self._findings.note(kind, Place(self.file, line, column), value=value, public=public)

    def reject(self, kind: FindingKind, line: int) -> NoReturn:
        """The set cannot be read on."""
        self._findings.note(kind, Place(self.file, line))
        raise RosterRejected(self._findings)

    def _header_row(self) -> list[str]:
        with self._archive.open(self.file) as stream:
            lines = Lines(TextIOWrapper(stream, self._form.encoding, newline=""))
            try:
                return next(csv.reader(lines, delimiter=self._form.delimiter), [])
            except csv.Error:
                return []
            except RowTooLong:
                self.reject(found.LONG_ROW, 1)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header that are not blank, each with the line on which it begins."""
        with self._archive.open(self.file) as stream:
            lines = Lines(TextIOWrapper(stream, self._form.encoding, newline=""))
            reader = csv.reader(lines, delimiter=self._form.delimiter)
            next(reader, None)
            last_line, length, previous_length = 1, self.header.width, self.header.width
            while True:
                begins = reader.line_num + 1
                lines.taken = 0
                try:
                    row = next(reader)
                except StopIteration:
                    break
                except csv.Error:
                    self.rows_read += 1
                    self.quarantine(found.OPEN_QUOTE, begins)
                    continue
                except RowTooLong:
                    self.reject(found.LONG_ROW, begins)
                if not row or (not row[0].strip() and not any(map(str.strip, row))):
                    continue
                previous_length, length, last_line = length, len(row), begins
                if reader.line_num > begins and not self._joined(begins, row, reader.line_num + 1 - begins):
                    continue
                yield begins, row
            if not self._form.last_line_ends and length < min(self.header.width, previous_length):
                self._findings.note(found.LAST_LINE_SHORT, Place(self.file, last_line))
                raise RosterRejected(self._findings)

    def _joined(self, line: int, row: list[str], lines: int) -> bool:
        """Whether a row over several lines is one row; its line breaks become blanks."""
        if lines > _LINES_OF_A_FIELD:
            self.rows_read += lines - 1
            self.quarantine(found.OPEN_QUOTE, line, rows=lines)
            return False
        self.note(found.LINE_BREAK, line)
        row[:] = [" ".join(value.split()) if "\n" in value or "\r" in value else value for value in row]
        return True

    def _fits(self, line: int, row: list[str]) -> bool:
        """Brings a row to the header's width, or says why that cannot be done; settles columns that occur twice."""
        width = self.header.width
        if len(row) > width:
            if any(value.strip() for value in row[width:]):
                self.quarantine(found.TOO_MANY_FIELDS, line)
                return False
            del row[width:]
        elif len(row) < width:
            cut = [column for column in self._layout.needed if self.header.places[column] >= len(row)]
            if cut:
                self.quarantine(found.TOO_FEW_FIELDS, line, min(cut))
                return False
            self.note(found.FEW_FIELDS, line)
            row.extend([""] * (width - len(row)))
        for column, places in self.header.repeated.items():
            values = {row[place].strip() for place in places} - {""}
            if len(values) > 1:
                self.quarantine(found.HEADER_CONFLICT, line, column)
                return False
            row[places[0]] = values.pop() if values else ""
        return True

    def _without_blank_words(self, line: int, values: tuple[str, ...], names: frozenset[int]) -> tuple[str, ...]:
        """Words for “nothing” become blanks, but never a name: a person may be called Null."""
        cleaned = list(values)
        titles = (*self.columns, *(f"metadata.{name}" for name in self.metadata))
        for i, value in enumerate(values):
            if value in BLANK_WORDS and i not in names:
                self.note(found.BLANK_WORD, line, titles[i], public=value)
                cleaned[i] = ""
        return tuple(cleaned)


def _announced_encoding(first: bytes) -> str:
    """By byte order mark, or by where the NUL bytes of plain letters stand; UTF-8 unless something says otherwise."""
    if first.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = first[:1024]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 > len(sample) and min(even, odd) * 20 < len(sample):
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(first: bytes, encoding: str, name: str, findings: Findings) -> str:
    """Comma, semicolon or tab, whichever the header has most of."""
    header = first.decode(encoding, errors="ignore").lstrip().partition("\n")[0].partition("\r")[0]
    delimiter = max(",;\t", key=header.count)
    if delimiter != ",":
        findings.note(found.DELIMITER, Place(name, 1))
    return delimiter


csv.field_size_limit(LONGEST_FIELD)
