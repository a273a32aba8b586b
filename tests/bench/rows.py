"""One function for each promise: measures ours and the floors in turn, and says whether the promise is met."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import commit_to_broker, facts, hires_to_surveys, rosters, submissions
from tests.bench.figures import Pace, Row, Waits, typical
from tests.bench.ground import Ground, aside

LONGEST_P99 = 0.250
LONGEST_COMMIT_TO_BROKER = 0.100


@dataclass(frozen=True)
class Sizes:
    """How much is measured. `seconds`: after so long a run of ours ends, and what it has done until then counts."""

    events: int
    staff: int
    at_once: int
    letters: int
    rounds: int
    seconds: float

    @property
    def textbook(self) -> int:
        """Events for the slow handler; its pace does not depend on how many there are."""
        return min(2_000, max(300, self.events // 10))

    @property
    def at_rate(self) -> int:
        """Requests at the fixed rate: ten seconds, or as many as fit to a short run."""
        return min(10 * submissions.RATE, max(2 * submissions.RATE, self.events // 4))


def hires(on: Ground, drivers: list[str], sizes: Sizes) -> Iterator[Row]:
    aside(hires_to_surveys.fill_topic, on, sizes.events)
    for driver in drivers:
        through = on.through(driver)
        paces: dict[str, list[Pace]] = {"ours": [], "bare": [], "textbook": []}
        for number in range(sizes.rounds):
            run = f"hires_{driver}_{number}"
            pace, effects = aside(hires_to_surveys.ours, through, f"{run}_ours", sizes.events, sizes.seconds)
            paces["ours"].append(pace)
            paces["bare"].append(aside(hires_to_surveys.bare_loop, through, f"{run}_bare", sizes.events, effects))
            paces["textbook"].append(
                aside(hires_to_surveys.textbook, through, f"{run}_textbook", sizes.textbook, effects)
            )
        ours, bare, textbook = (typical(paces[name]) for name in ("ours", "bare", "textbook"))
        yield _at_least(f"{sizes.events:,} hires → surveys issued, bare loop", driver, ours, bare, 0.6)
        yield _at_least("the same, textbook handler", driver, ours, textbook, 5.0)


def answers(on: Ground, drivers: list[str], sizes: Sizes) -> Iterator[Row]:
    for driver in drivers:
        through = on.through(driver)
        rushes: dict[str, list[Pace]] = {"ours": [], "bare": []}
        steady: dict[str, list[float]] = {"ours": [], "bare": []}
        for number in range(sizes.rounds):
            for name, measure in (("ours", submissions.ours), ("bare", submissions.bare)):
                rush, waits = measure(through, f"answers_{driver}_{number}_{name}", sizes.at_once, sizes.at_rate)
                rushes[name].append(rush)
                steady[name] += waits.seconds
        yield _at_least(
            f"submissions, {submissions.CONNECTIONS} at a time, bare route",
            driver,
            typical(rushes["ours"]),
            typical(rushes["bare"]),
            1.5,
        )
        yield _at_most(
            f"submissions at {submissions.RATE}/s, p50 / p95 / p99",
            driver,
            Waits(tuple(steady["ours"])),
            Waits(tuple(steady["bare"])),
            LONGEST_P99,
        )


def letters(on: Ground, drivers: list[str], sizes: Sizes) -> Iterator[Row]:
    for driver in drivers:
        through = on.through(driver)
        ours = aside(commit_to_broker.ours, through, f"letters_{driver}_ours", sizes.letters)
        bare = aside(commit_to_broker.bare, through, f"letters_{driver}_bare", sizes.letters)
        what = f"commit to broker at {commit_to_broker.RATE}/s, p50 / p95 / p99"
        yield _at_most(what, driver, ours, bare, LONGEST_COMMIT_TO_BROKER)


def results(on: Ground, drivers: list[str], sizes: Sizes) -> Iterator[Row]:
    aside(facts.fill_topic, on, sizes.events)
    for driver in drivers:
        through = on.through(driver)
        paces: dict[str, list[Pace]] = {"ours": [], "bare": []}
        for number in range(sizes.rounds):
            run = f"facts_{driver}_{number}"
            pace, fact = aside(facts.ours, through, f"{run}_ours", sizes.events, sizes.seconds)
            paces["ours"].append(pace)
            paces["bare"].append(aside(facts.bare_loop, through, f"{run}_bare", sizes.events, fact))
        what = f"{sizes.events:,} survey events → facts and leaves, bare loop"
        yield _at_least(what, driver, typical(paces["ours"]), typical(paces["bare"]), 0.6)


def staff(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """Read at full size and at a tenth of it, for memory must not follow the size."""
    paths = {size: folder / f"{size}.zip" for size in (sizes.staff // 10, sizes.staff)}
    for size, path in paths.items():
        aside(rosters.write, path, size)
    pace, memory = aside(rosters.ours, paths[sizes.staff], sizes.staff)
    floor, floor_memory = aside(rosters.bare, paths[sizes.staff], sizes.staff)
    _, small = aside(rosters.ours, paths[sizes.staff // 10], sizes.staff // 10)
    ratio = pace.seconds / floor.seconds
    yield Row(
        f"OneRoster zip of {sizes.staff:,} staff read, `csv.DictReader` into models",
        "",
        f"{pace.seconds:.2f} s",
        f"{floor.seconds:.2f} s",
        ratio,
        "≤ 3 × the floor",
        ratio <= 3.0,
    )
    growth = memory / max(small, 1.0)
    ours, theirs = f"{memory:.0f} MiB", f"{floor_memory:.0f} MiB"
    yield Row(
        f"its memory; grows {growth:.1f} × with 10 × the staff",
        "",
        ours,
        theirs,
        memory / floor_memory,
        "flat",
        growth < 2,
    )


def _at_least(what: str, driver: str, ours: Pace, floor: Pace, share: float) -> Row:
    ratio = ours.rate / floor.rate
    return Row(what, driver, str(ours), str(floor), ratio, f"≥ {share:g} × the floor", ratio >= share)


def _at_most(what: str, driver: str, ours: Waits, floor: Waits, seconds: float) -> Row:
    p99 = ours.share(0.99)
    promise = f"p99 < {seconds * 1000:.0f} ms"
    return Row(what, driver, str(ours), str(floor), p99 / floor.share(0.99), promise, p99 < seconds)
