"""What was measured, beside what was promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Pace:
    """So many in so many seconds."""

    count: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s"


def typical(paces: Sequence[Pace]) -> Pace:
    """Of several rounds, the one in the middle; of an even number the slower of the two."""
    return sorted(paces, key=lambda pace: pace.rate)[(len(paces) - 1) // 2]


@dataclass(frozen=True)
class Waits:
    """How long each of many took, in seconds."""

    seconds: tuple[float, ...]

    def share(self, share: float) -> float:
        """The wait that this share of all did not exceed (nearest rank)."""
        ordered = sorted(self.seconds)
        return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]

    @property
    def middle(self) -> float:
        return median(self.seconds)

    def __str__(self) -> str:
        return " / ".join(f"{self.share(share) * 1000:.1f}" for share in (0.5, 0.95, 0.99)) + " ms"


@dataclass(frozen=True)
class Memory:
    """MiB that a process held: at most, and while it was in full swing."""

    peak: float
    steady: float

    def __str__(self) -> str:
        return f"{self.peak:,.0f} / {self.steady:,.0f}"


def heaviest(memories: Sequence[Memory]) -> Memory:
    """Of several rounds, the one with the highest peak."""
    return max(memories, key=lambda memory: memory.peak)


def with_spread(middle: str, each: Sequence[float], scale: str = "{:,.0f}") -> str:
    """A figure, and from where to where the rounds went."""
    return middle if len(each) < 2 else f"{middle} ({scale.format(min(each))}–{scale.format(max(each))})"


@dataclass(frozen=True)
class Row:
    """One line of the table. `is_met` is None where nothing was promised; memories are those of the processes."""

    what: str
    driver: str
    ours: str
    floor: str
    ratio: float | None
    promise: str = ""
    is_met: bool | None = None
    memory: Memory | None = None
    floor_memory: Memory | None = None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "NOT MET", None: "—"}[self.is_met]

    @property
    def ratio_text(self) -> str:
        return "" if self.ratio is None else f"{self.ratio:.2f} ×"


ALONG_EVENTS = "events"


@dataclass(frozen=True)
class Mark:
    """One measured point of a line: `at` so many in flight, in a batch, or in all."""

    at: int
    pace: Pace
    memory: Memory | None = None
    waits: Waits | None = None


@dataclass(frozen=True)
class Curve:
    """How something goes along something: a line for ours and one for each floor."""

    what: str
    along: str
    driver: str
    lines: dict[str, list[Mark]]
