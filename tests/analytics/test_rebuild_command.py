"""`prepbridge rebuild analytics` as a person types it, and killed at every step between two effects."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from services.analytics.store.generations import Generations
from tests.analytics.rebuilding import Rebuilding

pytestmark = [pytest.mark.broker, pytest.mark.parametrize("mongo_driver", ["motor"], indirect=True)]

BEFORE_THE_SWAP = ("announced", "facts_kept", "read", "counted", "compared")


async def command(at_work: Rebuilding, *arguments: str, kill_at: str = "") -> tuple[int, str]:
    """Its status and all that it says."""
    settings = at_work.settings
    environment = {
        **os.environ,
        "COLUMNS": "200",
        "ANALYTICS_MONGODB_URI": settings.mongodb_uri.get_secret_value(),
        "ANALYTICS_MONGODB_DATABASE": settings.mongodb_database,
        "ANALYTICS_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "ANALYTICS_KAFKA_BROKER": settings.kafka_broker,
        "ANALYTICS_FAULT": f"rebuild.{kill_at}:1:kill9" if kill_at else "",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "deploy.command", "rebuild", "analytics", "--reason", "a test", "--actor", "an operator", *arguments),
        env=environment,
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def let_the_lease_run_out(at_work: Rebuilding) -> None:
    """As if the seconds had passed after which a killed rebuilder is forgotten."""
    await at_work.mongo.collection("leases").update_one({"_id": "rebuild"}, {"$set": {"expires_at": None}})


async def test_killed_at_any_step_it_has_changed_nothing_and_begins_anew(at_work: Rebuilding) -> None:
    for attempt, point in enumerate(BEFORE_THE_SWAP):
        status, said = await command(at_work, kill_at=point)
        assert status == -signal.SIGKILL, said
        pointer = await Generations(at_work.mongo).pointer()
        assert (pointer.serving, pointer.building) == (1, 2 + attempt)
        assert (await at_work.results()).json()["state"]["issued"] == 20
        await let_the_lease_run_out(at_work)
    last = 2 + len(BEFORE_THE_SWAP)
    status, said = await command(at_work, kill_at="ended")
    assert status == -signal.SIGKILL, said
    assert await at_work.serves(last)
    await let_the_lease_run_out(at_work)
    status, said = await command(at_work)
    assert (status, f"Generation {last + 1} is served now." in said) == (0, True), said
    assert "The topics tell exactly what is served." in said
    assert len(await at_work.ids(last + 1)) == 32
    for left in range(1, last):
        assert await at_work.ids(left) == set(), f"generation {left} was left lying about"


async def test_what_differs_is_told_by_id_and_the_status_says_so(at_work: Rebuilding) -> None:
    status, said = await command(at_work, "--dry-run")
    assert (status, "what is served is what was served" in said) == (0, True), said
    (fact,) = await at_work.mongo.collection("facts").find({"survey_id": f"{at_work.campaign_id}-3", "kind": "issued"})
    await at_work.mongo.collection("facts").update_one({"_id": fact["_id"]}, {"$set": {"sequence": 99}})
    status, said = await command(at_work, "--dry-run")
    assert status == 1
    assert f"{fact['_id']} (sequence)" in said
    assert await at_work.serves(1)


async def test_a_refusal_says_what_to_do(at_work: Rebuilding) -> None:
    await at_work.mongo.collection("organizations").insert_one({"_id": "00990000", "name": "Gone", "sequence": 1})
    status, said = await command(at_work)
    assert status == 1
    assert "Refused: 1 documents that are served are not in the topics" in said
    assert "00990000" in said
    assert "Gone" not in said
    status, said = await command(at_work, "--accept-loss", "--drop-old")
    assert status == 0, said
    assert await at_work.ids(1) == set()
