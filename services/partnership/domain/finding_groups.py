"""Findings as somebody reads them who has to mend a feed: what it is, how often, and where to look."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Any, get_args

from services.partnership.domain.findings import LEVELS, Level

Kept = Mapping[str, Any]
"""A finding in the form in which a run keeps it."""


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """All findings of one code. `places` are those that were kept, `count` is how many there were."""

    code: str
    level: Level
    message: str
    hint: str
    count: int
    places: tuple[Kept, ...]

    @property
    def not_kept(self) -> int:
        return self.count - len(self.places)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"not_kept": self.not_kept}


def chosen(findings: Iterable[Kept], *, level: str = "", code: str = "") -> list[Kept]:
    """Those of a level, of a code, or of both; an empty word asks for all."""
    return [each for each in findings if level in ("", each["level"]) and code in ("", each["code"])]


def grouped(findings: Sequence[Kept], counts: Mapping[str, int]) -> list[FindingGroup]:
    """By code, gravest first, then most frequent first."""
    by_code: dict[str, list[Kept]] = {}
    for each in findings:
        by_code.setdefault(each["code"], []).append(each)
    groups = [
        FindingGroup(
            code=code,
            level=places[0]["level"],
            message=_in_common([each["message"] for each in places]),
            hint=places[0]["hint"],
            count=max(counts.get(code, 0), len(places)),
            places=tuple(places),
        )
        for code, places in by_code.items()
    ]
    return sorted(groups, key=lambda group: (LEVELS.index(group.level), -group.count, group.code))


def by_level(groups: Iterable[FindingGroup]) -> dict[Level, int]:
    """How many there are of each level, every level named."""
    counted: dict[Level, int] = dict.fromkeys(LEVELS, 0)
    for group in groups:
        counted[group.level] += group.count
    return counted


def is_level(word: str) -> bool:
    return word in get_args(Level)


def _in_common(messages: Sequence[str]) -> str:
    """The sentence that all of them begin with; what one of them adds stands at its place."""
    if len(set(messages)) == 1:
        return messages[0]
    shared = "".join(
        letters[0] for letters in takewhile(lambda each: len(set(each)) == 1, zip(*messages, strict=False))
    )
    ends = max(shared.rfind(mark) for mark in (". ", ".", "; "))
    return shared[: ends + 1].strip() or messages[0]
