"""Finds the declared files in a delivery and reads their rows, by the names or places of their columns."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from io import TextIOWrapper

from services.partnership.domain import roster_findings as found
from services.partnership.domain import state_findings
from services.partnership.domain.findings import FindingKind, Findings, Place
from services.partnership.domain.oneroster_values import bare
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_text import examine
from services.partnership.domain.roster_zip import Archive
from services.partnership.domain.state_layout import NEVER_READ, Member, StateFile, StateLayout

_ORDER = ("numbers", "staff", "work")
_STUDENT_FILE = re.compile(r"^(sims|scs|ssdr|sasid|lasid|doe0\d\d|scs\d\d)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file as it came: its name, its declaration, its form and its first line."""

    name: str
    declared: StateFile
    encoding: str
    delimiter: str
    ends_with_line: bool
    first: Sequence[str]

    @property
    def has_names(self) -> bool:
        """Whether its first line names columns."""
        if self.declared.header in ("row", "none"):
            return self.declared.header == "row"
        titles = {bare(cell) for cell in self.first}
        return self.declared.header == "any" and any(
            bare(column.name) in titles for column in self.declared.columns.values() if column.name
        )

    @property
    def begins_with_record(self) -> bool:
        return self.declared.header in ("record", "any") and is_record(self.first, self.declared)


@dataclass(slots=True)
class StateRows:
    """The rows of one file: `(line, member → value)`, blanks at the ends removed and values for “nothing” blank."""

    archive: Archive
    delivered: Delivered
    findings: Findings
    places: dict[Member, int] = field(default_factory=dict)
    titles: dict[Member, str] = field(default_factory=dict)
    nothing: dict[Member, frozenset[str]] = field(default_factory=dict)
    rows_read: int = 0
    rows_in_error: int = 0

    @property
    def file(self) -> str:
        return self.delivered.name

    @property
    def declared(self) -> StateFile:
        return self.delivered.declared

    def __iter__(self) -> Iterator[tuple[int, dict[Member, str]]]:
        needed = [member for member, column in self.declared.columns.items() if column.required]
        least = max((self.places[member] + 1 for member in needed if member in self.places), default=1)
        has_header = self.delivered.has_names or self.delivered.begins_with_record
        line, row = 0, list[str]()
        for line, row in self._lines():
            if (line == 1 and has_header) or not any(map(str.strip, row)):
                continue
            self.rows_read += 1
            if len(row) < least:
                self.quarantine(found.TOO_FEW_FIELDS, line)
                continue
            values = {member: row[at].strip() if at < len(row) else "" for member, at in self.places.items()}
            values = {member: "" if value in self.nothing[member] else value for member, value in values.items()}
            blank = next((member for member in needed if not values.get(member)), None)
            if blank is not None:
                self.quarantine(found.REQUIRED, line, self.titles[blank])
                continue
            yield line, values
        if not self.delivered.ends_with_line and line > 1 and len(row) < least:
            self.findings.note(found.LAST_LINE_SHORT, Place(self.file, line))
            raise RosterRejected(self.findings)

    def quarantine(self, kind: FindingKind, line: int, column: str = "", value: str = "") -> None:
        """Counts a row as broken and says where."""
        self.rows_in_error += 1
        self.findings.note(kind, Place(self.file, line, column), value=value)

    def note(self, kind: FindingKind, line: int, member: Member, *, value: str = "", public: str = "") -> None:
        """A finding about a row that is used all the same."""
        self.findings.note(kind, Place(self.file, line, self.titles.get(member, member)), value=value, public=public)

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        with self.archive.open(self.file) as stream:
            text = TextIOWrapper(stream, self.delivered.encoding, newline="")
            reader = csv.reader(text, delimiter=self.delivered.delimiter)
            while True:
                begins = reader.line_num + 1
                try:
                    yield begins, next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    self.rows_read += 1
                    self.quarantine(found.OPEN_QUOTE, begins)


def open_rows(archive: Archive, layout: StateLayout, district: str, findings: Findings) -> list[StateRows]:
    """The declared files that the delivery has, numbers before staff before work. RosterRejected for students' files
    and for what nobody declared."""
    rows: list[StateRows] = []
    for name in archive.names:
        delivered = _delivered(archive, name, layout, findings)
        if delivered is None:
            findings.note(state_findings.FILE_UNDECLARED, Place(name))
            continue
        if delivered.begins_with_record:
            _check_district(delivered, district, findings)
        rows.append(_rows_of(archive, delivered, layout, findings))
    if not any(each.declared.holds != "numbers" for each in rows):
        names = ", ".join(name for name, each in layout.files.items() if each.holds != "numbers")
        findings.note(state_findings.NO_STAFF_FILE, Place(), detail=f"Declared are: {names}.")
        raise RosterRejected(findings)
    return sorted(rows, key=lambda each: (_ORDER.index(each.declared.holds), each.file))


def is_record(row: Sequence[str], declared: StateFile) -> bool:
    """Whether a first line is a header record: `EPIMS,MEPID_ASSIGN,03530000`."""
    record = declared.record
    cells = [cell.strip().casefold() for cell in row if cell.strip()]
    if len(cells) != 3:
        return False
    if record.system:
        return cells[0] == record.system.casefold()
    return cells[1] in {known.casefold() for known in record.types} or len(declared.columns) > 3


def _delivered(archive: Archive, name: str, layout: StateLayout, findings: Findings) -> Delivered | None:
    """The file with its declaration: known by its header record, by its column names, or by its own name."""
    encoding, ends_with_line = _form(archive, name, findings)
    line = _first_line(archive, name, encoding)
    splits = [_cells(line, each.delimiter) for each in layout.files.values()]
    if any(_STUDENT_FILE.match(cell.strip()) for cells in (*splits, _cells(line, ",")) for cell in cells):
        findings.note(state_findings.STUDENT_FILE, Place(name, 1))
        raise RosterRejected(findings)
    declared = _declared(name, dict(zip(layout.files, splits, strict=True)), layout, len(archive.names))
    if declared is None:
        return None
    return Delivered(name, declared, encoding, declared.delimiter, ends_with_line, _cells(line, declared.delimiter))


def _declared(name: str, first: Mapping[str, Sequence[str]], layout: StateLayout, files: int) -> StateFile | None:
    for key, each in layout.files.items():
        types = {known.casefold() for known in each.record.types}
        if types and each.header in ("record", "any") and is_record(first[key], each):
            cells = [cell.strip().casefold() for cell in first[key] if cell.strip()]
            if cells[1] in types:
                return each
    for key, each in layout.files.items():
        titles = {bare(cell) for cell in first[key]}
        named = [bare(column.name) for column in each.columns.values() if column.name]
        required = [bare(column.name) for column in each.columns.values() if column.name and column.required]
        if each.header in ("row", "any") and named and all(title in titles for title in required or named):
            return each
    matching = [each for each in layout.files.values() if each.file != "*" and fnmatchcase(name, each.file.lower())]
    if not matching and files == 1 and len(layout.files) == 1:
        return next(iter(layout.files.values()))
    return matching[0] if len(matching) == 1 else None


def _rows_of(archive: Archive, delivered: Delivered, layout: StateLayout, findings: Findings) -> StateRows:
    rows = StateRows(archive, delivered, findings)
    header: dict[str, int] = {}
    for at, title in enumerate(delivered.first if delivered.has_names else ()):
        header.setdefault(bare(title.strip()), at)
        if NEVER_READ.search(title):
            findings.note(state_findings.NEVER_READ, Place(delivered.name, 1), public=title.strip())
    for member, column in delivered.declared.columns.items():
        rows.titles[member] = column.name or f"column {column.at}"
        rows.nothing[member] = frozenset({*layout.none, *column.none})
        if NEVER_READ.search(column.name):
            continue
        at = header.get(bare(column.name), -1) if delivered.has_names else (column.at or 0) - 1
        if at >= 0:
            rows.places[member] = at
        else:
            kind = found.HEADER_REQUIRED if column.required else found.HEADER_LACKS
            findings.note(kind, Place(delivered.name, 1, column.name), public=column.name)
    if findings.worst == "reject":
        raise RosterRejected(findings)
    return rows


def _form(archive: Archive, name: str, findings: Findings) -> tuple[str, bool]:
    """Encoding, and whether the last line ends. The delimiter is as declared, and nothing to wonder at."""
    try:
        form = examine(archive, name, Findings())
    except RosterRejected as refusal:
        for finding in refusal.findings:
            findings.note(FindingKind(finding.code, finding.level, finding.message, finding.hint), Place(name))
        raise RosterRejected(findings) from None
    if form.encoding.startswith("utf-16"):
        findings.note(found.UTF16, Place(name))
    elif form.encoding == "cp1252":
        findings.note(found.CP1252, Place(name))
    return form.encoding, form.last_line_ends


def _first_line(archive: Archive, name: str, encoding: str) -> str:
    with archive.open(name) as stream:
        text = stream.read(1 << 16).decode(encoding, errors="replace").lstrip("\ufeff")
    return next(iter(text.splitlines()), "")


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _check_district(delivered: Delivered, district: str, findings: Findings) -> None:
    stated = [cell.strip() for cell in delivered.first if cell.strip()][2]
    if district and stated.zfill(len(district)) != district:
        findings.note(state_findings.OTHER_DISTRICT, Place(delivered.name, 1), public=stated)
        raise RosterRejected(findings)
