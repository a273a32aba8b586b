"""Events in → effects: a service's real app beside the floors; how it goes along batch size and number of events."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.events.survey import SURVEYS
from tests.bench import facts, hires_to_surveys, leaves, rebuild, textbook
from tests.bench.bare_kafka import BATCH
from tests.bench.bare_loop import Work, bare_loop, decoding_loop
from tests.bench.figures import ALONG_EVENTS, Curve, Mark, Memory, Pace, Row, heaviest, typical, with_spread
from tests.bench.ground import Ground
from tests.bench.measuring import Measuring
from tests.bench.watched import DidNotHappen

LEAST_OF_BARE_LOOP = 0.6
LEAST_OF_TEXTBOOK = 5.0
OURS, BARE, DECODING = "ours", "bare loop", "bare loop that also decodes"
TEXTBOOK = {"textbook handler, aiokafka": textbook.on_aiokafka, "textbook handler, FastStream": textbook.on_faststream}

Runs = dict[str, list[tuple[Pace, Memory]]]


@dataclass(frozen=True)
class Reading:
    """One service that reads one topic."""

    name: str
    what: str
    fill: Callable[[Ground, int], None]
    ours: Callable[[Ground, str, int, float, int], tuple[Pace, Any]]
    work: Callable[[Any], Work]
    promised: float


def _of_facts(fact: dict[str, Any]) -> Work:
    if not fact:
        raise DidNotHappen("Analytics kept no fact.")
    return Work(SURVEYS, {"facts": fact})


HIRES = Reading(
    "hires",
    "hires → surveys issued",
    hires_to_surveys.fill_topic,
    hires_to_surveys.ours,
    lambda found: found,
    LEAST_OF_BARE_LOOP,
)
FACTS = Reading(
    "facts",
    "survey events → facts",
    facts.fill_topic,
    facts.ours,
    _of_facts,
    LEAST_OF_BARE_LOOP,
)
REBUILD = Reading(
    "rebuild",
    "survey events → the read model made again",
    facts.fill_topic,
    rebuild.ours,
    _of_facts,
    LEAST_OF_BARE_LOOP,
)


def hires(at: Measuring) -> None:
    _beside_its_floors(at, HIRES)
    _along_batches(at, HIRES)
    _along_events(at, HIRES)


def results(at: Measuring) -> None:
    """Leaves are made in the background, once a second at most: one more line tells when the last one is."""
    for driver, runs in _beside_its_floors(at, FACTS).items():
        run, sizes = f"leaves_{driver}", at.sizes
        counted = at.weighed(f"leaves, {driver}", leaves.ours, at.on.through(driver), run, sizes.events, sizes.seconds)
        what = f"{sizes.events:,} {FACTS.what}, and until every leaf is made, {BARE}"
        at.add(at_least(what, driver, [counted], runs[BARE], None))
    _along_batches(at, FACTS)
    _along_events(at, FACTS)


def made_again(at: Measuring) -> None:
    _beside_its_floors(at, REBUILD)


def _beside_its_floors(at: Measuring, reading: Reading) -> dict[str, Runs]:
    """What was measured, by driver."""
    sizes = at.sizes
    measured: dict[str, Runs] = {}
    at.weighed(f"{reading.name}: filling the topic", reading.fill, at.on, sizes.events)
    for driver in at.drivers:
        on = at.on.through(driver)
        runs: Runs = measured.setdefault(driver, defaultdict(list))
        for number in at.rounds:
            told = f"{reading.name}, {driver}, round {number + 1} of {sizes.rounds}"
            run = f"{reading.name}_{driver}_{number}"
            work = _measured(at, reading, on, run, runs, told)
            if reading is HIRES:
                for place, (name, handler) in enumerate(TEXTBOOK.items()):
                    arguments = (on, f"{run}_textbook_{place}", sizes.textbook, work)
                    runs[name].append(at.weighed(f"{told}: {name}", handler, *arguments))
        at.add(*_rows(f"{sizes.events:,} {reading.what}", driver, runs, reading.promised))
    return measured


def _measured(at: Measuring, reading: Reading, on: Ground, run: str, runs: Runs, told: str) -> Work:
    """One run of ours, and one of each bare loop with what ours has left behind."""
    count, seconds = at.sizes.events, at.sizes.seconds
    (pace, found), memory = at.weighed(f"{told}: ours", reading.ours, on, f"{run}_ours", count, seconds, BATCH)
    runs[OURS].append((pace, memory))
    work = reading.work(found)
    for name, loop in ((BARE, bare_loop), (DECODING, decoding_loop)):
        arguments = (on, f"{run}_{loop.__name__}", count, seconds, work)
        runs[name].append(at.weighed(f"{told}: {name}", loop, *arguments))
    return work


def _rows(what: str, driver: str, runs: Runs, promised: float) -> list[Row]:
    rows = []
    for name in (name for name in runs if name != OURS):
        promise = LEAST_OF_TEXTBOOK if name in TEXTBOOK else promised if name == BARE else None
        rows.append(at_least(f"{what}, {name}", driver, runs[OURS], runs[name], promise))
    return rows


def at_least(
    what: str, driver: str, ours: list[tuple[Pace, Memory]], floor: list[tuple[Pace, Memory]], promised: float | None
) -> Row:
    """The middle of the rounds against the middle of the floor's."""
    paces, floors = [pace for pace, _ in ours], [pace for pace, _ in floor]
    ratio = typical(paces).rate / typical(floors).rate
    return Row(
        what,
        driver,
        with_spread(str(typical(paces)), [pace.rate for pace in paces]),
        with_spread(str(typical(floors)), [pace.rate for pace in floors]),
        ratio,
        "" if promised is None else f"≥ {promised:g} × the floor",
        None if promised is None else ratio >= promised,
        heaviest([memory for _, memory in ours]),
        heaviest([memory for _, memory in floor]),
    )


def _along_batches(at: Measuring, reading: Reading) -> None:
    """On the topic as it was filled before: these runs read its beginning."""
    sizes = at.sizes
    curve = Curve(reading.what, "records polled at a time", at.drivers[0], {OURS: [], BARE: []})
    for batch in sizes.batches:
        _point(at, reading, curve, batch, min(sizes.batched, sizes.events), sizes.batch_seconds, batch)
    at.report.curves.append(curve)


def _along_events(at: Measuring, reading: Reading) -> None:
    curve = Curve(reading.what, ALONG_EVENTS, at.drivers[0], {OURS: [], BARE: []})
    for count in at.sizes.growth:
        at.weighed(f"{reading.name}: filling the topic with {count:,}", reading.fill, at.on, count)
        _point(at, reading, curve, count, count, at.sizes.growth_seconds, BATCH)
    at.report.curves.append(curve)


def _point(at: Measuring, reading: Reading, curve: Curve, place: int, count: int, seconds: float, batch: int) -> None:
    told, on = f"{reading.name}, {place:,} {curve.along}", at.on.through(curve.driver)
    run = f"{reading.name}_{curve.along[0]}_{place}"
    (pace, found), memory = at.weighed(f"{told}: ours", reading.ours, on, f"{run}_ours", count, seconds, batch)
    curve.lines[OURS].append(Mark(place, pace, memory))
    work = reading.work(found)
    pace, memory = at.weighed(f"{told}: {BARE}", bare_loop, on, f"{run}_bare", count, seconds, work, batch)
    curve.lines[BARE].append(Mark(place, pace, memory))
