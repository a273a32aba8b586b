"""What is kept of the rows that a source gives, before anything is stored: members we need, of people on staff."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.partnership.domain.source_trouble import SourceTrouble, complaint

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """One row that is kept, under its key; `refers` is the person whom it is about, where another row is."""

    key: str
    row: Row
    refers: str = ""


@dataclass(slots=True)
class Harvest:
    """What a page came to. `keys`: of all its rows, in order; `gone`: of people who are not on staff (any more)."""

    keys: list[str] = field(default_factory=list)
    kept: dict[str, Kept] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    newest: str = ""


Harvester = Callable[[Sequence[Any]], Harvest]


def rows_of(body: Any, wrapper: str, what: str) -> list[Any]:
    """The rows of an answer; SourceTrouble if it is an error after all, or nothing of the kind that was asked for.

    A list may come bare, and a list of one as the one itself.
    """
    if isinstance(body, list):
        return body
    rows = body.get(wrapper) if isinstance(body, Mapping) else None
    if isinstance(rows, list):
        return rows
    if isinstance(rows, Mapping):
        return [rows]
    code = complaint(body)
    if code:
        raise SourceTrouble(
            f"The source answered with an error: {what} ({code}).", "If this stays so, ask its operator."
        )
    if isinstance(body, Mapping) and wrapper in body and rows is None:
        return []
    raise SourceTrouble(
        f"The source's answer holds no {wrapper}: {what}.", "Check the base address and the version of the connection."
    )


def members(row: Any, names: Sequence[str]) -> dict[str, Any]:
    """The members of these names that say anything."""
    if not isinstance(row, Mapping):
        return {}
    return {name: row[name] for name in names if row.get(name) not in (None, "", [], {})}


def each(value: Any) -> list[Any]:
    """A list, whatever stands where one should: nothing, the one thing itself, or a list."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A plain value as the text that a file would have; empty for what is no plain value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int | float) else ""
