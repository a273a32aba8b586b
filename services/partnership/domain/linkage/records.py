"""A person as a file tells them, in the form in which linkage compares: plain text, sounds, short forms, keys."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nicknames import NickNamer

from services.partnership.domain.match_keys import comparable_name

SOUNDS = {
    letter: digit
    for letters, digit in (("bfpv", "1"), ("cgjkqsxz", "2"), ("dt", "3"), ("l", "4"), ("mn", "5"), ("r", "6"))
    for letter in letters
}
SHORTEST_PART = 3
RARE = ("given", "family", "postcode", "suburb", "address_1", "address_2", "state", "street_number")
"""Columns of which it counts how frequent a value is."""


@dataclass(frozen=True, slots=True)
class Record:
    """One person of one side. `names`: each (given, family) that they go by, the current one first.

    `day`: when they were hired, or completed, counted in days. `keys`: only records that share one are compared.
    `more`: further fields by their names in `fields.COMPARED`.
    """

    record_id: str
    names: tuple[tuple[str, str], ...]
    keys: frozenset[str]
    born: str | None = None
    emails: tuple[str, ...] = ()
    day: int | None = None
    more: Mapping[str, str | None] = field(default_factory=dict)


def rows(records: Iterable[Record]) -> list[dict[str, Any]]:
    """One row for each name that somebody goes by; which of them it is stands behind the `#`."""
    return [
        {
            "unique_id": f"{record.record_id}#{number}",
            **_name_columns(given, family),
            "born": record.born,
            "emails": list(record.emails) or None,
            "day": record.day,
            "keys": sorted(record.keys),
            **record.more,
        }
        for record in records
        for number, (given, family) in enumerate(record.names)
    ]


def _name_columns(given: str, family: str) -> dict[str, Any]:
    plain_given, plain_family = comparable_name(given), comparable_name(family)
    return {
        "given": plain_given or None,
        "family": plain_family or None,
        "given_sound": sound(plain_given),
        "family_sound": sound(plain_family),
        "given_forms": sorted(forms(plain_given)) or None,
        "family_parts": parts(family),
    }


def frequencies(sides: Sequence[Sequence[Mapping[str, Any]]], columns: Iterable[str]) -> dict[str, dict[str, float]]:
    """How large a share of the rows has each value that occurs twice or more; the empty word: the share of one row."""
    found: dict[str, dict[str, float]] = {}
    for column in columns:
        counts = Counter(row[column] for side in sides for row in side if row[column] is not None)
        total = counts.total() or 1
        found[column] = {"": 1 / total} | {value: count / total for value, count in sorted(counts.items()) if count > 1}
    return found


def sound(name: str) -> str | None:
    """Soundex: names that sound alike in English have the same."""
    if not name:
        return None
    found, last = name[0], SOUNDS.get(name[0], "")
    for letter in name[1:]:
        digit = SOUNDS.get(letter, "")
        if digit and digit != last:
            found += digit
        if letter not in "hw":
            last = digit
    return (found + "000")[:4]


@lru_cache(maxsize=1)
def _short_forms() -> NickNamer:
    return NickNamer()


@lru_cache(maxsize=100_000)
def forms(given: str) -> frozenset[str]:
    """The name, and the names that it may be short for: `bill` → `bill`, `william`."""
    return frozenset({given, *_short_forms().canonicals_of(given)}) if given else frozenset()


def parts(family: str) -> list[str] | None:
    """The names that a family name is made of: `Ames-Brown` → `ames`, `brown`."""
    words = (comparable_name(word) for word in family.replace("-", " ").split())
    return [word for word in words if len(word) >= SHORTEST_PART] or None
