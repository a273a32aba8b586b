"""One million hires, in slices: while each slice is read, one of its readers dies at another kill point.

Hires are written straight to their topic, with the ids that they really have. Survey asks about each, analytics counts
each survey; nobody is written to, for nobody's address is known. At the end each hire has led to one survey, one event
and one fact: counted by the databases and in one passage over the topic, and compared by sums over all ids.
"""

import asyncio
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer

from services.survey.domain.issuing import survey_id_of
from shared.brokers import TRAITS
from shared.events.partnership import HIRES, CompleterHired
from shared.events.survey import SURVEYS
from shared.ids import derived
from shared.kafka import Producer
from tests.bench.bare_kafka import sealed
from tests.faults.brisk import brisk_system
from tests.faults.kills import Kill
from tests.faults.mortals import Mortals
from tests.faults.points import Point
from tests.faults.progress import Tell, tell
from tests.faults.rows import Row
from tests.journeys.records import offsets_left
from tests.journeys.state import CAMPAIGN
from tests.journeys.system import System, until
from tests.survey.builders import completion, hired_person

SLICE = 20_000
BATCH = 500
AT_ONCE = 2_000
AHEAD = 5 * SLICE
SECONDS = 25 * 60.0
"""Eight or nine minutes on two quiet cores; a busy machine is no reason to call anything lost."""
SCHOOLS = 1_855
"""In Massachusetts."""
PROGRAMS = 400
WAVE = "2027"
MEMORY_WANTED = 12 * 1024**3
NO_MAIL = {"SURVEY_ROUND_SECONDS": "3600"}
"""Rounds would look at a million forms that wait for an address, every second."""

BY_BATCH = (
    *("relay.read_not_sent", "kafka.sent_not_acknowledged", "relay.acknowledged_not_taken_off", "relay.taken_off"),
    *("consumer.polled", "consumer.settled_not_committed", "consumer.committed"),
)
BY_RECORD = ("consumer.settled_one", "outbox.saved_not_offered", "hire.kept_not_followed")
READING_FACTS = ("consumer.polled", "consumer.settled_not_committed", "consumer.committed")
COUNTING = ("analytics.fact_kept", "analytics.leaf_marked", "analytics.leaf_made")
SOME_ROUNDS = 5

__all__ = ["tell"]  # a fixture

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1800)]


@dataclass
class Sums:
    """What was told: how many, and the sums of all ids, which no two sets of ids share by chance."""

    hires: int = 0
    completers: int = 0
    surveys: int = 0

    def add(self, hire: CompleterHired) -> None:
        self.hires += 1
        self.completers += number_of(hire.completer_id)
        self.surveys += number_of(survey_id_of(hire.completer_id, hire.completions[0].program_id, WAVE))


@pytest.mark.fault(
    "F6", "kill -9 of survey and analytics in turn, at relay and consumer, while a million hires are read"
)
async def test_a_million_hires_are_asked_about_and_counted_once(
    tmp_path: Path, row: Row, tell: Tell, pytestconfig: pytest.Config
) -> None:
    hires: int = pytestconfig.getoption("--hires")
    told = Sums()
    with roomy(tmp_path) as folder, brisk_system(folder, **NO_MAIL) as (system, _):
        await asyncio.to_thread(system.services["partnership"].stop)
        mortals, kills = Mortals(system), cycle(kills_in_turn())
        began = monotonic()
        async with asyncio.timeout(SECONDS):
            async with asyncio.TaskGroup() as side_by_side:
                side_by_side.create_task(tell_hires(system, hires, told))
                for read in range(0, hires - SLICE, SLICE):
                    await until_read(system, told, read)
                    kill = next(kills)
                    await die_at(mortals, kill)
                    tell(f"{monotonic() - began:5.0f} s  {read:9,} read  {kill}")
            healed = monotonic()
            await at_rest(system)
        row.recovered_in = monotonic() - healed
        row.lost, row.doubled = await asyncio.to_thread(compared, system, told)
        tell(f"{told.hires:,} hires in {monotonic() - began:.0f} s, {sum(mortals.deaths.values())} deaths")
        events = await events_of(system)
        assert told.hires == hires
        assert (len(events), sum(events)) == (told.hires, told.surveys), "events"
        assert (await shown(system)) == told.hires


def kills_in_turn() -> list[Kill]:
    """Each point in turn, in the two services alternately; each time another hit: first, second, middle of a slice."""
    batches, records = SLICE // BATCH, SLICE
    survey = [(name, batches // 2) for name in BY_BATCH] + [(name, records // 2) for name in BY_RECORD]
    analytics = [(name, batches // 2) for name in READING_FACTS] + [(name, SOME_ROUNDS) for name in COUNTING]
    ways = [_in_turn("survey", survey), _in_turn("analytics", analytics)]
    return [kill for kills in zip(*ways, strict=False) for kill in kills]


def _in_turn(service: str, points: Sequence[tuple[str, int]]) -> list[Kill]:
    places = range(3 * len(BY_BATCH + BY_RECORD))
    at = [(points[place % len(points)], place // len(points) + place) for place in places]
    return [Kill(Point(service, name), (1, 2, middle)[turn % 3]) for (name, middle), turn in at]


async def die_at(mortals: Mortals, kill: Kill) -> None:
    service = kill.point.service
    await mortals.arm(service, kill.fault)
    await mortals.death_of(service, seconds=120)
    await mortals.revive(service)


async def tell_hires(system: System, number: int, told: Sums) -> None:
    """Slice after slice, never far ahead of the reader."""
    producer = Producer(system.broker.bootstrap, TRAITS[system.broker.kind], client_id="a million hires")
    try:
        for first in range(0, number, AT_ONCE):
            batch = [a_hire(each) for each in range(first, min(number, first + AT_ONCE))]
            await producer.send_all([sealed(hire, "partnership") for hire in batch])
            for hire in batch:
                told.add(hire)
            if first % SLICE == 0:
                await until(lambda: has_room(system), seconds=SECONDS, what="survey to read on")
    finally:
        await producer.stop()


def a_hire(number: int) -> CompleterHired:
    program = completion(
        derived("program", "30000032", str(number % PROGRAMS)), provider_id=f"provider-{number % PROGRAMS % 80}"
    )
    return hired_person(number, school_id=f"{number % SCHOOLS:08d}", completions=(program,))


async def until_read(system: System, told: Sums, number: int) -> None:
    """Return when survey has done with so many."""

    async def is_read() -> bool:
        return told.hires - await left(system) >= number

    await until(is_read, seconds=SECONDS, what=f"survey to have read {number:,}")


async def has_room(system: System) -> bool:
    return await left(system) <= AHEAD


async def left(system: System) -> int:
    """How many records survey has not done with."""
    return (await offsets_left(system, "survey"))[HIRES]


async def at_rest(system: System) -> None:
    """All is read, published, and counted."""

    async def is_at_rest() -> bool:
        waiting = [sum((await offsets_left(system, name)).values()) for name in ("survey", "analytics")]
        aboard = system.database("survey").surveys.find_one({"_outbox.id": {"$exists": True}}, {"_id": 1})
        touched = system.database("analytics").touched.find_one({}, {"_id": 1})
        return not any(waiting) and aboard is None and touched is None

    await until(is_at_rest, seconds=SECONDS, what="coming to rest")


def compared(system: System, told: Sums) -> tuple[int, int]:
    """Lost and doubled: by the databases' own counts, and by the sums of the ids that they hold."""
    surveys, facts = system.database("survey").surveys, system.database("analytics").facts
    asked, doubled_surveys = _counted(surveys, "completer_id")
    counted, doubled_facts = _counted(facts, "survey_id")
    assert sum(number_of(each["completer_id"]) for each in surveys.find({}, {"completer_id": 1})) == told.completers
    assert sum(number_of(each["survey_id"]) for each in facts.find({}, {"survey_id": 1})) == told.surveys
    return 2 * told.hires - asked - counted, doubled_surveys + doubled_facts


async def events_of(system: System) -> set[int]:
    """The surveys that were told as issued, each once, however often it lies in the topic."""
    reader: Any = AIOKafkaConsumer(SURVEYS, bootstrap_servers=system.broker.bootstrap, auto_offset_reset="earliest")
    await reader.start()
    try:
        ends = await reader.end_offsets(reader.assignment())
        issued: set[int] = set()
        while any([await reader.position(place) < end for place, end in ends.items()]):
            for records in (await reader.getmany(timeout_ms=1000, max_records=5_000)).values():
                issued.update(
                    number_of(record.key.decode())
                    for record in records
                    if dict(record.headers)["ce_type"] == b"survey.survey_issued.v1"
                )
        return issued
    finally:
        await reader.stop()


async def shown(system: System) -> int:
    """What analytics' doors say of surveys issued."""
    told = (await system.ask("analytics", f"/v1/results/{CAMPAIGN}")).raise_for_status().json()
    return int(told["state"]["issued"])


@contextmanager
def roomy(otherwise: Path) -> Iterator[Path]:
    """A folder in memory where there is room for gigabytes, else on disk."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is our own
    is_roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_WANTED
    with TemporaryDirectory(dir=memory if is_roomy else otherwise, prefix="million-") as folder:
        yield Path(folder)


def number_of(name: str) -> int:
    """An id as a number."""
    return UUID(name).int


def _counted(collection: Any, by: str) -> tuple[int, int]:
    """How many different values there are, and how many documents beyond one for each."""
    stages = [
        {"$group": {"_id": f"${by}", "number": {"$sum": 1}}},
        {"$group": {"_id": None, "different": {"$sum": 1}, "all": {"$sum": "$number"}}},
    ]
    (found,) = list(collection.aggregate(stages, allowDiskUse=True)) or [{"different": 0, "all": 0}]
    return found["different"], found["all"] - found["different"]
