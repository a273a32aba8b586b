"""What a reader has to say about a feed: findings, masked, counted, and never more than a person can read."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["reject", "hold", "error", "warning", "info"]
LEVELS: tuple[Level, ...] = ("reject", "hold", "error", "warning", "info")

_TELLS_NOBODY = re.compile(r"[A-Za-z][A-Za-z0-9:._ -]{0,59}|[0-9][0-9/.:TZ +-]{0,32}")
_LENGTH_CLASSES = ((1, "1 character"), (5, "2–5 characters"), (10, "6–10 characters"), (20, "11–20 characters"))


@dataclass(frozen=True, slots=True)
class FindingKind:
    """What can be found: its code is for machines and never changes, message and hint are for people."""

    code: str
    level: Level
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a feed: a file, a line counted from 1, a column by its name; what is not known is left out."""

    file: str = ""
    line: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation; `value` is masked unless it can name nobody."""

    code: str
    level: Level
    file: str
    line: int | None
    column: str
    value: str
    message: str
    hint: str

    def as_dict(self) -> dict[str, str | int | None]:
        """For a document or a JSON body."""
        return asdict(self)


def masked(value: str) -> str:
    """The first character and the class of length: enough to find the cell, too little to name a person."""
    if not value:
        return ""
    for longest, words in _LENGTH_CLASSES:
        if len(value) <= longest:
            return f"{value[0]}… ({words})"
    return f"{value[0]}… (over 20 characters)"


def in_full(value: str) -> str:
    """A header, enumeration or date as it stands; anything that has not the shape of one is masked after all."""
    return value if _TELLS_NOBODY.fullmatch(value) else masked(value)


class Findings:
    """Collects findings: at most `cap` instances of each code are kept, all are counted."""

    def __init__(self, cap: int = 100) -> None:
        self.cap = cap
        self.counts: Counter[str] = Counter()
        self._kept: list[Finding] = []
        self._kinds: dict[str, FindingKind] = {}

    def note(
        self, kind: FindingKind, at: Place = Place(), *, value: str = "", public: str = "", detail: str = ""
    ) -> None:
        """Keep one finding. `value` is masked, `public` (a header, an enumeration, a date) is shown, `detail` ends
        the message and must hold no personal data."""
        self.counts[kind.code] += 1
        if self.counts[kind.code] > self.cap:
            return
        self._kinds[kind.code] = kind
        shown = in_full(public) if public else masked(value)
        message = f"{kind.message} {detail}".rstrip()
        self._kept.append(Finding(kind.code, kind.level, at.file, at.line, at.column, shown, message, kind.hint))

    def __iter__(self) -> Iterator[Finding]:
        """The kept instances, gravest level first, then as they were found."""
        return iter(sorted(self._kept, key=lambda finding: LEVELS.index(finding.level)))

    def __len__(self) -> int:
        return len(self._kept)

    def count_of(self, level: Level) -> int:
        """How many findings of this level there were, kept or not."""
        return sum(count for code, count in self.counts.items() if self._kinds[code].level == level)

    @property
    def worst(self) -> Level | None:
        """The gravest level found; None when there is nothing to say."""
        return min((kind.level for kind in self._kinds.values()), key=LEVELS.index, default=None)
