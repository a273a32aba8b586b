"""Without MongoDB the doors say so clearly; with it again, everything goes on by itself and nothing is missing."""

import asyncio
import time
from functools import partial

import httpx

from deploy.demonstration.doors import DoorClosed, Doors
from deploy.local.services import SERVICES
from tests.journeys.people import bring, invitations_to
from tests.journeys.season import MONGO_AWAY, Season
from tests.journeys.state import CAMPAIGN, at_rest
from tests.journeys.system import System, spin_until, until

MACHINE = {
    "partnership": "/v1/feeds",
    "survey": "/v1/campaigns",
    "analytics": f"/v1/results/{CAMPAIGN}",
}
PERSON = {"partnership": "/feeds", "survey": "/campaigns", "analytics": f"/campaigns/{CAMPAIGN}"}
ANSWER_SECONDS = 15.0


async def test_while_mongo_is_away_doors_say_so_and_afterwards_nothing_is_missing(
    system: System, season: Season
) -> None:
    expected = season.expected(MONGO_AWAY)
    baseline, second = season.uploads(MONGO_AWAY)
    async with Doors.of(system.places) as doors:
        assert await bring(doors, baseline) == "applied"
        sending = asyncio.create_task(bring(doors, second))
        await asyncio.to_thread(kill_mongod_once_hires_are_found, system)
        try:
            [sent] = await asyncio.gather(sending, return_exceptions=True)
            assert sent == "applied" or (isinstance(sent, DoorClosed) and "answered 503" in str(sent))
            await asyncio.gather(*(the_doors_say_so(system, name) for name in SERVICES))
        finally:
            await asyncio.to_thread(system.mongod.start_again)
        for name in SERVICES:
            await until(partial(is_ready, system, name), what=f"{name} to be ready again")

        assert len(await invitations_to(system, doors, expected.people)) == len(expected.people)
        await at_rest(system)
        assert {hire for hire in await doors.hires() if hire[1] == MONGO_AWAY} == expected.found
    about = {"target.district_id": MONGO_AWAY, "review_id": None}
    assert system.database("survey").surveys.count_documents(about) == expected.surveys
    assert all(system.database(name).parked.count_documents({}) == 0 for name in SERVICES)
    assert all(service.exit_status is None for service in system.services.values())


def kill_mongod_once_hires_are_found(system: System) -> None:
    hires = system.database("partnership").hires
    spin_until(lambda: hires.find_one({"district_id": MONGO_AWAY}) is not None)
    system.mongod.kill()


async def the_doors_say_so(system: System, name: str) -> None:
    began = time.monotonic()
    refused, page = await asyncio.gather(
        system.ask(name, MACHINE[name]), system.ask(name, PERSON[name], accept="text/html")
    )
    assert time.monotonic() - began < ANSWER_SECONDS
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["status"] == httpx.codes.SERVICE_UNAVAILABLE

    assert page.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert page.headers["content-type"].startswith("text/html")
    assert "<h1" in page.text
    assert "Traceback" not in page.text

    assert (await system.ask(name, "/health/live")).status_code == httpx.codes.OK
    assert (await system.ask(name, "/health/ready")).status_code == httpx.codes.SERVICE_UNAVAILABLE


async def is_ready(system: System, name: str) -> bool:
    return (await system.ask(name, "/health/ready")).status_code == httpx.codes.OK
