"""Too much at once: poison by the dozen, more input than a consumer can take, everybody on the last evening."""

import asyncio
import re
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from deploy.demonstration.access import OPERATOR
from shared.events.partnership import HIRES
from shared.events.survey import SURVEYS
from tests.faults.load import Load
from tests.faults.long.playing import Stage
from tests.faults.principals import Principals
from tests.faults.proxy import Weather
from tests.faults.rows import Row
from tests.journeys.records import READS, write_again
from tests.journeys.system import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORM = 100
"""Keys of poison, each with nine good records: as much as a breaker looks back upon, whatever was read before."""
READERS = [name for name, topics in READS.items() if HIRES in topics]
SLOW_SECONDS = 1.0
"""Each way: a batch of analytics takes at least two seconds."""
TIMES = 10
MEGABYTES_AT_MOST = 100
"""By which a consumer may grow while it is behind."""
HERD_SLICES = 6
AT_ONCE = 200
"""Fifty times as many as usually."""
CROWDED_SECONDS = 30.0


@pytest.mark.fault("F33", "every tenth record of hires is poison, a hundred keys of it")
async def test_a_poison_storm_stops_the_consumers_and_a_person_resumes_them(stage: Stage, row: Row) -> None:
    world, system = stage.world, stage.system

    async def storm(_load: Load) -> None:
        await world.records.catch_up()
        good = cycle([record for record in world.records.all if record.topic == HIRES])
        producer = AIOKafkaProducer(bootstrap_servers=system.broker.bootstrap, acks="all")
        await producer.start()
        for number in range(STORM):
            key = b"storm-%d" % number
            world.history.poisoned.add((HIRES, key))
            sent = [await producer.send(HIRES, b"\xff this is no event", key=key)]
            for record in islice(good, 9):
                headers = list(record.headers)
                sent.append(await producer.send(HIRES, record.value, key=record.key, headers=headers))
            await asyncio.gather(*sent)
        await producer.stop()
        for name in READERS:
            stopped = await until(partial(stopped_consumer, stage, name), what=f"the consumer of {name} to stop")
            assert stopped is not None
            assert stopped["reason"]
        for name in READERS:
            body = {"reason": "the storm is over, park it"}
            answer = await operate(stage, "POST", "/consumer/resume", body, name=name)
            assert answer.json() == {"was_stopped": True}

    await stage.play(row, storm)
    assert row.parked == STORM * len(READERS)
    for name in READERS:
        assert await stopped_consumer(stage, name) is None


@pytest.mark.fault("F34", "analytics is a second away from MongoDB, and ten times as much is written as there was")
async def test_a_slow_consumer_stays_a_member_says_how_far_it_is_behind_and_does_not_grow(
    stage: Stage, row: Row
) -> None:
    world, system = stage.world, stage.system
    await world.records.catch_up()
    told = [record for record in world.records.all if record.topic == SURVEYS]
    pid = system.services["analytics"].pid
    before = megabytes(pid)

    async def flood(_load: Load) -> None:
        for proxy in system.mongod.proxies:
            proxy.expose(Weather(latency=SLOW_SECONDS, only=[b"analytics"]))
        for _ in range(TIMES):
            await write_again(system, told)
        behind = await until(lambda: records_behind(stage), what="analytics to say that it is behind")
        assert behind > 0
        await asyncio.sleep(15)
        assert megabytes(pid) - before < MEGABYTES_AT_MOST

    await stage.play(row, flood)
    joined = system.log("analytics").read_text().count("partitions_assigned")
    assert joined == 1, "it was thrown out of its group"


@pytest.mark.fault("F37", "everybody opens the link and answers at once: fifty times as many as usual")
async def test_the_last_evening_loses_no_answer(stage: Stage, row: Row) -> None:
    world = stage.world
    for _ in range(HERD_SLICES):
        await world.work.slice()
    await world.at_rest()
    links = [mail.link for mail in await world.mailbox.catch_up(world.http)]
    principals = Principals(world.history, world.patience, at_once=AT_ONCE)
    world.history.slowest = 0.0
    first = len(world.history.acts)
    async with asyncio.TaskGroup() as herd:
        herd.create_task(principals.attend(links))
        herd.create_task(world.work.slice())
    began = monotonic()
    failed = [act for act in world.history.acts[first:] if re.fullmatch(r"5\d\d", act.answer) and act.answer != "503"]
    assert failed == []
    assert stage.slowest < CROWDED_SECONDS
    await stage.settle(row, began)


async def stopped_consumer(stage: Stage, name: str) -> dict[str, Any] | None:
    told = (await operate(stage, "GET", "/status", name=name)).json()
    stopped: dict[str, Any] | None = told["consumer"]["stopped"]
    return stopped


async def records_behind(stage: Stage) -> int:
    told = (await operate(stage, "GET", "/status", name="analytics")).json()
    return sum(topic["records"] for topic in told["consumer"]["topics"])


async def operate(
    stage: Stage, method: str, path: str, body: dict[str, str] | None = None, *, name: str
) -> httpx.Response:
    """What the operator's command asks."""
    headers = {"Authorization": f"Bearer {stage.system.places.api_keys[OPERATOR]}"}
    url = f"{stage.system.url(name)}/v1/operations{path}"
    answer = await stage.world.http.request(method, url, headers=headers, json=body)
    return answer.raise_for_status()


def megabytes(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6
