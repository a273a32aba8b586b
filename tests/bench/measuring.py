"""What every part is given: where to measure, how much, and where to tell what was found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from tests.bench.aside import weighed
from tests.bench.figures import Memory, Row
from tests.bench.ground import Ground
from tests.bench.table import Report

Given = ParamSpec("Given")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    seconds        after so long a run ends, and what it has done until then counts
    students       in the file of the most staff, of whom nothing is kept
    textbook       events for the slow handlers; their pace does not depend on how many there are
    rush, steady   submissions as fast as they are taken, and at a fixed rate
    growth         how many events are read, to see what more of them cost
    batches        records polled at a time; of the events `batched` are read so, for `batch_seconds` at most
    in_flight      submissions at the same time; the first of them are those that the promise is about
    """

    rounds: int
    events: int
    seconds: float
    textbook: int
    staff: int
    students: int
    colleagues: int
    completers: int
    rush: int
    steady: int
    letters: int
    invitations: int
    growth: tuple[int, ...]
    growth_seconds: float
    batches: tuple[int, ...]
    batched: int
    batch_seconds: float
    in_flight: tuple[int, ...]


QUICK = Sizes(
    rounds=1,
    events=400,
    seconds=30,
    textbook=40,
    staff=300,
    colleagues=100,
    completers=300,
    students=300,
    rush=100,
    steady=60,
    letters=40,
    invitations=40,
    growth=(300,),
    growth_seconds=30,
    batches=(100,),
    batched=300,
    batch_seconds=30,
    in_flight=(16, 4),
)
FULL = Sizes(
    rounds=3,
    events=20_000,
    seconds=40,
    textbook=800,
    staff=100_000,
    colleagues=10_000,
    completers=50_000,
    students=1_000_000,
    rush=2_500,
    steady=2_000,
    letters=300,
    invitations=1_200,
    growth=(1_000, 10_000, 100_000),
    growth_seconds=120,
    batches=(1, 10, 100, 500, 2_000),
    batched=6_000,
    batch_seconds=3,
    in_flight=(64, 1, 4, 16, 256),
)


@dataclass(frozen=True)
class Measuring:
    """`drivers`: which MongoDB drivers are measured; the first one also for what is measured on one only."""

    on: Ground
    drivers: tuple[str, ...]
    sizes: Sizes
    report: Report
    tell: Callable[[str], None]
    show: Callable[[Row], None]

    @property
    def rounds(self) -> range:
        return range(self.sizes.rounds)

    def weighed(
        self, what: str, measure: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs
    ) -> tuple[Found, Memory]:
        """Measure in a process of its own, and say what is going on."""
        self.tell(what)
        return weighed(measure, *args, **kwargs)

    def add(self, *rows: Row) -> None:
        for row in rows:
            self.report.rows.append(row)
            self.show(row)
