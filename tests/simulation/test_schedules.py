"""Schedules that once broke a promise, played again."""

import asyncio
from collections.abc import Iterator

import pytest

from services.survey.use_cases.send_mails import send_mails
from shared.errors import StoreAway
from tests.simulation.mails import PEOPLE_KNOWN, SCHOOLS, Mails
from tests.simulation.world import Trap


@pytest.fixture
def mails() -> Iterator[Mails]:
    mails = Mails(1)
    yield mails
    mails.end()


def test_who_wakes_up_and_reaches_nobody_does_not_have_the_others_mail_sent_again(mails: Mails) -> None:
    """A claim ran out, another process sent the mail; then the first one finds that it cannot connect."""
    world = mails.world
    mails.appoint(SCHOOLS[0], PEOPLE_KNOWN[0], "pat@boston.example")
    world.pass_time(30)
    world.trap = Trap("mail.claimed", 300.0)
    mails.hire(1, SCHOOLS[0])
    world.pass_time(290)
    assert sum(mails.post.taken.values()) == 1
    processes = [running.process for running in mails.processes.all.values()]
    mails.post.cut_off |= {process.name for process in processes if process.is_paused}
    world.pass_time(600)
    assert sum(mails.post.taken.values()) == 1


def test_after_an_outage_nobody_waits_for_the_failures_of_others(mails: Mails) -> None:
    """Several mails in hand failed with the store. They are one failure, and not one for each of the next rounds."""
    mailing = mails.mailing_of[mails.processes.all[1]]

    async def fail() -> bool:
        raise StoreAway("It was switched off.")

    async def send() -> None:
        mailing.on_their_way.update({str(number): asyncio.create_task(fail()) for number in range(3)})
        with pytest.raises(StoreAway):
            await send_mails(mailing)

    mails.world.run(send())
    assert mailing.on_their_way == {}
