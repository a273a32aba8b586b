"""Finds the standard's columns in whatever header a file has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.partnership.domain import roster_findings as found
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.roster_findings import RosterRejected

MOST_COLUMNS = 1000


@dataclass(frozen=True, slots=True)
class Layout:
    """A file of the standard: its columns in order, those nothing works without, those that the standard requires
    and we can do without, and old names. `metadata` are the extension columns worth reading, in lower case."""

    file: str
    columns: tuple[str, ...]
    needed: frozenset[str]
    expected: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    metadata: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """Where each column stands; a column that occurs more than once has all its places in `repeated`."""

    width: int
    places: Mapping[str, int]
    metadata: Mapping[str, int]
    repeated: Mapping[str, tuple[int, ...]]


def map_header(header: Sequence[str], layout: Layout, findings: Findings) -> HeaderMap:
    """Raises RosterRejected when a column is missing without which the file says nothing."""
    if len(header) > MOST_COLUMNS:
        findings.note(found.HEADER_WIDE, Place(layout.file, 1), detail=f"({len(header):,})")
        raise RosterRejected(findings)
    names = [name.strip().strip("\"'").strip() for name in header]
    if not any(names):
        findings.note(found.HEADER_EMPTY, Place(layout.file, 1))
        raise RosterRejected(findings)
    if not names[-1]:
        findings.note(found.HEADER_TRAILING, Place(layout.file, 1))
        while not names[-1]:
            names.pop()
    places: dict[str, list[int]] = {}
    metadata: dict[str, int] = {}
    strangers: list[int] = []
    _place_known(names, layout, findings, places, metadata, strangers)
    _place_guessed(names, layout, findings, places, strangers)
    _note_shape(places, layout, findings)
    return HeaderMap(
        width=len(names),
        places={column: indexes[0] for column, indexes in places.items()},
        metadata=metadata,
        repeated={column: tuple(indexes) for column, indexes in places.items() if len(indexes) > 1},
    )


def header_names(header: Sequence[str]) -> frozenset[str]:
    """A header's names in the form to compare: lower case, without blanks, `_` and `-`."""
    return frozenset(_bare(name.strip().strip("\"'")) for name in header)


def _place_known(
    names: list[str],
    layout: Layout,
    findings: Findings,
    places: dict[str, list[int]],
    metadata: dict[str, int],
    strangers: list[int],
) -> None:
    """Sorts the header's names into columns, extension columns and strangers."""
    spelt = {_bare(column): column for column in layout.columns}
    present = {_bare(name) for name in names}
    aliases = {_bare(old): column for old, column in layout.aliases.items() if _bare(column) not in present}
    for index, name in enumerate(names):
        bare = _bare(name)
        if bare in spelt:
            if name != spelt[bare]:
                findings.note(found.HEADER_CASE, Place(layout.file, 1, spelt[bare]), public=name)
            places.setdefault(spelt[bare], []).append(index)
        elif bare.removeprefix("metadata.") in layout.metadata and bare.startswith("metadata."):
            metadata.setdefault(bare.removeprefix("metadata."), index)
        elif bare in aliases:
            findings.note(found.HEADER_ALIAS, Place(layout.file, 1, aliases[bare]), public=name)
            places.setdefault(aliases[bare], []).append(index)
        elif name:
            strangers.append(index)


def _place_guessed(
    names: list[str], layout: Layout, findings: Findings, places: dict[str, list[int]], strangers: list[int]
) -> None:
    """Takes a stranger for the one unused column that it nearly spells; a needed column is named, never guessed."""
    is_header = bool(places)  # a first line without one known column may be a row about a person
    unused = [column for column in layout.columns if column not in places]
    guesses: dict[str, str] = {}
    for index in strangers:
        near = [column for column in unused if _nearly(names[index], column)]
        if len(near) == 1 and near[0] not in layout.needed and near[0] not in places:
            findings.note(found.HEADER_ALIAS, Place(layout.file, 1, near[0]), public=names[index])
            places[near[0]] = [index]
            continue
        public, value = (names[index], "") if is_header else ("", names[index])
        findings.note(found.HEADER_UNKNOWN, Place(layout.file, 1), public=public, value=value)
        guesses.update(dict.fromkeys(near, names[index]))
    missing = [column for column in layout.columns if column in layout.needed and column not in places]
    for column in missing:
        guess = f"Is “{guesses[column]}” meant?" if column in guesses else ""
        findings.note(found.HEADER_REQUIRED, Place(layout.file, 1, column), public=column, detail=guess)
    if missing:
        raise RosterRejected(findings)


def _note_shape(places: dict[str, list[int]], layout: Layout, findings: Findings) -> None:
    for column in sorted(layout.expected - places.keys()):
        findings.note(found.HEADER_LACKS, Place(layout.file, 1, column), public=column)
    for column, indexes in places.items():
        if len(indexes) > 1:
            findings.note(found.HEADER_DUPLICATE, Place(layout.file, 1, column), public=column)
    in_order = sorted(places, key=layout.columns.index)
    if in_order != sorted(places, key=lambda column: places[column][0]):
        findings.note(found.HEADER_ORDER, Place(layout.file, 1))


def _bare(name: str) -> str:
    return name.lower().replace(" ", "").replace("_", "").replace("-", "")


def _nearly(name: str, column: str) -> bool:
    """Whether a slip of the pen leads from one to the other: one letter in short names, two in longer ones."""
    allowed = 1 if len(column) <= 6 else 2
    if abs(len(_bare(name)) - len(column)) > allowed:
        return False
    return _distance(_bare(name), _bare(column)) <= allowed


def _distance(one: str, other: str) -> int:
    """Levenshtein's edit distance."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (left != right))
    return row[-1]
