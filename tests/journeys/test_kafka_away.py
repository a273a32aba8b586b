"""Without the broker answers are taken as before, and are counted when it is back."""

import asyncio
from urllib.parse import urlsplit

import httpx
import pytest

from deploy.demonstration.browser import Browser
from deploy.demonstration.doors import Doors, Invitation
from deploy.local.services import SERVICES
from tests.journeys.people import answers_to, bring, invitations_to, open_forms
from tests.journeys.season import KAFKA_AWAY, Season
from tests.journeys.state import at_rest, facts_by_survey
from tests.journeys.system import System, freeze, thaw

STOPPED_SECONDS = 30.0
FROZEN_SECONDS = 16.0
"""Longer than a request to the broker may take."""


@pytest.fixture
async def invitations(system: System, season: Season) -> list[Invitation]:
    """People of one district, none of whom has answered; in a stable order."""
    async with Doors.of(system.places) as doors:
        for upload in season.uploads(KAFKA_AWAY):
            assert await bring(doors, upload) == "applied"
        found = await invitations_to(system, doors, season.expected(KAFKA_AWAY).people)
    await at_rest(system)
    return sorted(found, key=lambda each: each.to)


@pytest.mark.usefixtures("durable")
@pytest.mark.durable
async def test_answers_given_while_the_broker_is_stopped_are_taken_and_counted_later(
    system: System, invitations: list[Invitation]
) -> None:
    await asyncio.to_thread(system.broker.stop)
    try:
        sent = await answer_meanwhile(system, invitations[::2], STOPPED_SECONDS)
    finally:
        await asyncio.to_thread(system.broker.start_again)
    await all_are_counted(system, sent)


async def test_answers_given_while_the_broker_is_frozen_are_taken_and_counted_later(
    system: System, invitations: list[Invitation]
) -> None:
    freeze(system.broker.child)
    try:
        sent = await answer_meanwhile(system, invitations[1::2], FROZEN_SECONDS)
    finally:
        thaw(system.broker.child)
    await asyncio.to_thread(system.broker.wait_until_it_answers)
    await all_are_counted(system, sent)


async def answer_meanwhile(system: System, people: list[Invitation], seconds: float) -> set[str]:
    """Forms are begun, saved over and over for so long, and sent in; the surveys that were. Nothing may be refused."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    sent: set[str] = set()
    saved = 0

    async def sit(person: Invitation) -> None:
        nonlocal saved
        async with httpx.AsyncClient(timeout=10) as client:
            browser = Browser(client)
            for address in open_forms(await browser.open(person.link)):
                page = await browser.open(address)
                form = page.form_to(urlsplit(address).path)
                await save(client, address, answers_to(form, saved))
                while loop.time() < until:
                    saved += 1
                    await save(client, address, answers_to(form, saved))
                receipt = await browser.press(page, form, answers_to(form, 0), ("action", "send"))
                assert receipt.url.endswith("/receipt")
                sent.add(address.rpartition("/")[2])

    async with asyncio.TaskGroup() as sittings:
        for person in people:
            sittings.create_task(sit(person))
    for name in SERVICES:
        assert (await system.ask(name, "/health/ready")).status_code == httpx.codes.OK
    assert saved > seconds
    assert sent
    return sent


async def save(client: httpx.AsyncClient, address: str, answers: dict[str, str]) -> None:
    """As the page does by itself after each change."""
    origin = f"{urlsplit(address).scheme}://{urlsplit(address).netloc}"
    saved = await client.post(f"{address}/answers", data=answers, headers={"Origin": origin})
    assert saved.status_code == httpx.codes.NO_CONTENT, saved.text


async def all_are_counted(system: System, sent: set[str]) -> None:
    await at_rest(system)
    facts = facts_by_survey(system)
    assert {tuple(facts[survey]) for survey in sent} == {("delivered", "issued", "started", "submitted")}
    assert all(service.exit_status is None for service in system.services.values())
