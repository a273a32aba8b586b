"""Submissions, commit to broker, invitations, staff files: each beside its floor, and whether its promise is met."""

from pathlib import Path

from tests.bench import commit_to_broker, invitations, linkage, rosters, submissions
from tests.bench.events_read import at_least
from tests.bench.figures import Curve, Mark, Memory, Pace, Row, Waits, heaviest, typical, with_spread
from tests.bench.measuring import Measuring
from tests.bench.submissions import Plan, Served

LONGEST_P99 = 0.250
LONGEST_COMMIT_TO_BROKER = 0.100
LONGEST_TO_MAIL = 2.0
LEAST_OF_BARE_ROUTE = 1.5
MOST_OF_DICT_READER = 3.0
FLAT = 2.0
"""Ten times the staff may take less than so many times the memory."""
FLAT_IN_STUDENTS = 1.5
MOST_TRAINED = 20_000
PERCENTILES = "p50 / p95 / p99"


def answers(at: Measuring) -> None:
    """Both floors at the promised number in flight; on the first driver also at the others."""
    sizes = at.sizes
    promised = sizes.in_flight[0]
    rushes = ((promised, sizes.rush),) * sizes.rounds
    for driver in at.drivers:
        on, told = at.on.through(driver), f"submissions, {driver}"
        others = tuple((here, _requests(here, sizes.rush)) for here in sizes.in_flight[1:])
        plan = Plan(sizes.steady, rushes + (others if driver == at.drivers[0] else ()))
        at.tell(f"{told}: ours")
        ours = submissions.ours(on, f"submissions_{driver}_ours", plan)
        at.tell(f"{told}: bare route")
        bare = submissions.bare(on, f"submissions_{driver}_bare", plan)
        at.tell(f"{told}: bare route that reads, checks and updates")
        careful = submissions.careful(on, f"submissions_{driver}_careful", Plan(sizes.steady // 10, rushes))
        what = f"submissions, {promised} in flight, bare route"
        at.add(
            _rush(what, driver, ours, bare, promised, LEAST_OF_BARE_ROUTE),
            _rush(f"{what} that reads, checks and updates", driver, ours, careful, promised, None),
            _at_most(f"submissions at {submissions.RATE}/s", driver, [ours.steady], [bare.steady], LONGEST_P99),
        )
        if driver == at.drivers[0]:
            lines = {"ours": _line(ours, plan), "bare route": _line(bare, plan)}
            at.report.curves.append(Curve("submissions", "in flight", driver, lines))


def _requests(in_flight: int, most: int) -> int:
    """Few in flight are slow: fewer requests take as long."""
    return max(in_flight, min(most, most * in_flight // 16))


def _rush(what: str, driver: str, ours: Served, floor: Served, in_flight: int, promised: float | None) -> Row:
    return at_least(
        what,
        driver,
        [(pace, ours.memory) for pace in ours.paces(in_flight)],
        [(pace, floor.memory) for pace in floor.paces(in_flight)],
        promised,
    )


def _line(served: Served, plan: Plan) -> list[Mark]:
    return [
        Mark(here, typical(served.paces(here)), waits=served.waits(here))
        for here in sorted({in_flight for in_flight, _ in plan.rushes})
    ]


def letters(at: Measuring) -> None:
    for driver in at.drivers:
        on = at.on.through(driver)
        ours: list[tuple[Waits, Memory]] = []
        bare: list[tuple[Waits, Memory]] = []
        for number in at.rounds:
            told, run = f"commit to broker, {driver}, round {number + 1}", f"letters_{driver}_{number}"
            ours.append(at.weighed(f"{told}: ours", commit_to_broker.ours, on, f"{run}_ours", at.sizes.letters))
            bare.append(at.weighed(f"{told}: floor", commit_to_broker.bare, on, f"{run}_bare", at.sizes.letters))
        at.add(
            _at_most(
                f"commit to broker at {commit_to_broker.RATE}/s, insert and send at once",
                driver,
                [waits for waits, _ in ours],
                [waits for waits, _ in bare],
                LONGEST_COMMIT_TO_BROKER,
                heaviest([memory for _, memory in ours]),
                heaviest([memory for _, memory in bare]),
            )
        )


def mails(at: Measuring) -> None:
    for driver in at.drivers:
        at.tell(f"hire to invitation, {driver}")
        waits, memory = invitations.hire_to_mail(at.on.through(driver), f"invitations_{driver}", at.sizes.invitations)
        what = (
            f"hire accepted → invitation handed to SMTP at {invitations.RATE}/s"
            f" (quiet period {invitations.QUIET_SECONDS} s), no floor"
        )
        at.add(_at_most(what, driver, [waits], [], LONGEST_TO_MAIL, memory))


def staff(at: Measuring) -> None:
    """Read at full size, at a tenth and at a hundredth, for memory must not follow the size."""
    sizes = at.sizes
    counts = (sizes.staff // 100, sizes.staff // 10, sizes.staff)
    paths = {count: at.on.folder / f"{count}.zip" for count in counts}
    for count, path in paths.items():
        at.weighed(f"writing {count:,} staff", rosters.write, path, count)
    _, empty = at.weighed("staff: a process that reads nothing", rosters.nothing, paths[counts[0]])
    ours = {count: [_read(at, count, path)] for count, path in paths.items()}
    bare = {count: [_read_bare(at, path)] for count, path in paths.items()}
    for _ in at.rounds[1:]:
        ours[sizes.staff].append(_read(at, sizes.staff, paths[sizes.staff]))
        bare[sizes.staff].append(_read_bare(at, paths[sizes.staff]))
    lines = {
        name: [Mark(count, typical([pace for pace, _ in runs]), runs[0][1]) for count, runs in line.items()]
        for name, line in (("ours", ours), ("csv.DictReader", bare))
    }
    at.report.curves.append(Curve("staff read from a OneRoster zip", "staff", "", lines))
    at.add(_time_row(sizes.staff, ours[sizes.staff], bare[sizes.staff]))
    above = {count: heaviest([memory for _, memory in runs]).peak - empty.peak for count, runs in ours.items()}
    floor = heaviest([memory for _, memory in bare[sizes.staff]]).peak - empty.peak
    at.add(_memory_row(above[sizes.staff], above[sizes.staff // 10], floor))
    crowd = at.on.folder / "students.zip"
    at.weighed(f"writing {sizes.students:,} students", rosters.write, crowd, sizes.staff, sizes.students)
    pace, memory = at.weighed(f"staff: ours, with {sizes.students:,} students", rosters.ours, crowd, sizes.staff)
    at.add(_students_row(sizes.students, pace, memory.peak - empty.peak, above[sizes.staff]))


def _read(at: Measuring, count: int, path: Path) -> tuple[Pace, Memory]:
    return at.weighed(f"staff: ours, {count:,}", rosters.ours, path, count)


def _read_bare(at: Measuring, path: Path) -> tuple[Pace, Memory]:
    return at.weighed(f"staff: csv.DictReader, {path.stem}", rosters.bare, path)


def _time_row(count: int, ours: list[tuple[Pace, Memory]], bare: list[tuple[Pace, Memory]]) -> Row:
    seconds = [pace.seconds for pace, _ in ours]
    floors = [pace.seconds for pace, _ in bare]
    here, there = (typical([pace for pace, _ in runs]).seconds for runs in (ours, bare))
    return Row(
        f"OneRoster zip of {count:,} staff read, `csv.DictReader` into models",
        "",
        with_spread(f"{here:.2f} s", seconds, "{:.2f}"),
        with_spread(f"{there:.2f} s", floors, "{:.2f}"),
        here / there,
        f"≤ {MOST_OF_DICT_READER:g} × the floor",
        here / there <= MOST_OF_DICT_READER,
        heaviest([memory for _, memory in ours]),
        heaviest([memory for _, memory in bare]),
    )


def _memory_row(here: float, of_a_tenth: float, floor: float) -> Row:
    growth = here / max(of_a_tenth, 1.0)
    return Row(
        f"memory of that, above an idle process; grows {growth:.1f} × with 10 × the staff",
        "",
        f"{here:.0f} MiB",
        f"{floor:.0f} MiB",
        here / max(floor, 1.0),
        f"flat (< {FLAT:g} ×)",
        growth < FLAT,
    )


def _students_row(students: int, pace: Pace, here: float, without: float) -> Row:
    return Row(
        f"memory of that with {students:,} students more ({pace.count:,} rows at {pace}); the floor: without them",
        "",
        f"{here:.0f} MiB",
        f"{without:.0f} MiB",
        here / max(without, 1.0),
        f"flat (< {FLAT_IN_STUDENTS:g} ×)",
        here < FLAT_IN_STUDENTS * max(without, 1.0),
    )


def matching(at: Measuring) -> None:
    """By likeness; exact evidence is looked up by key. Nothing is promised but that it is measured."""
    staff, completers = at.sizes.colleagues, at.sizes.completers
    told = f"{staff:,} new colleagues × {completers:,} completers"
    compared = [at.weighed(f"matching: {told}", linkage.compared, staff, completers) for _ in at.rounds]
    trained = at.weighed("matching: training", linkage.trained, staff, min(completers, MOST_TRAINED))
    pace = typical([pace for pace, _ in compared])
    seconds = with_spread(f"{pace.seconds:.1f} s", [pace.seconds for pace, _ in compared], "{:.1f}")
    what = f"{told} compared by likeness: {pace.count:,} pairs that share a key, {pace} on one thread"
    at.add(
        Row(what, "", seconds, "—", None, memory=heaviest([memory for _, memory in compared])),
        Row(
            f"the model trained on {trained[0].count:,} records",
            "",
            f"{trained[0].seconds:.1f} s",
            "—",
            None,
            memory=trained[1],
        ),
    )


def _at_most(
    what: str,
    driver: str,
    ours: list[Waits],
    floor: list[Waits],
    seconds: float,
    memory: Memory | None = None,
    floor_memory: Memory | None = None,
) -> Row:
    """All rounds together, and where their p99 lay."""
    all_ours, p99 = _all(ours), _all(ours).share(0.99)
    return Row(
        f"{what}, {PERCENTILES}",
        driver,
        with_spread(str(all_ours), [each.share(0.99) * 1000 for each in ours], "{:.1f}"),
        with_spread(str(_all(floor)), [each.share(0.99) * 1000 for each in floor], "{:.1f}") if floor else "—",
        p99 / _all(floor).share(0.99) if floor else None,
        f"p99 < {seconds * 1000:,.0f} ms",
        p99 < seconds,
        memory,
        floor_memory,
    )


def _all(rounds: list[Waits]) -> Waits:
    return Waits(tuple(wait for each in rounds for wait in each.seconds))
