"""F38: a mail server that is busy, refuses, hangs or breaks off. No mail is sent twice, and others are not held up."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from time import perf_counter
from typing import Any

import pytest

from shared.mail import LONGEST_REST
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.faults.rows import Row
from tests.shared.reading import until
from tests.survey.acting import Acting, surveying
from tests.survey.builders import OTHER_SCHOOL, SCHOOL, hired, hired_person, role_holder
from tests.survey.mail_sink import HANG_UP, SILENCE

FIRST, SAME_DOMAIN, ELSEWHERE = "first@boston.example", "second@boston.example", "third@cambridge.example"
THIRD_SCHOOL = "00350120"
PEOPLE = {SCHOOL: FIRST, OTHER_SCHOOL: SAME_DOMAIN, THIRD_SCHOOL: ELSEWHERE}


@dataclass(frozen=True)
class Answer:
    """What the server says once, and what it holds up: the message, its domain, or everybody."""

    text: str
    to: str
    holds_up: str
    ends_as: str = "sent"

    @property
    def words(self) -> str:
        return f"{self.text} {self.to.replace('to_', 'to the ')}"


ANSWERS = [
    Answer("421 4.3.2 Too busy", "to_connection", "everybody"),
    Answer("554 5.3.2 Not you", "to_connection", "everybody"),
    Answer("421 4.3.2 Closing", "to_sender", "everybody"),
    Answer("451 4.3.0 Not now", "to_sender", "everybody"),
    Answer("550 5.7.1 Not from you", "to_sender", "everybody"),
    Answer("421 4.7.0 Too many", "to_recipient", "domain"),
    Answer("450 4.2.0 Mailbox busy", "to_recipient", "message"),
    Answer("451 4.7.1 Greylisted", "to_recipient", "message"),
    Answer("452 4.5.3 Too many recipients", "to_recipient", "domain"),
    Answer("550 5.1.1 No such mailbox", "to_recipient", "message", ends_as="failed"),
    Answer("421 4.7.0 Too many", "to_data", "domain"),
    Answer("450 4.2.0 Not now", "to_data", "message"),
    Answer("451 4.3.0 Not now", "to_data", "message"),
    Answer("452 4.3.1 Full", "to_data", "domain"),
    Answer("554 5.6.0 Not like this", "to_data", "message", ends_as="failed"),
    Answer(HANG_UP, "to_data", "message", ends_as="unknown"),
    Answer(SILENCE, "to_data", "message", ends_as="unknown"),
]


@pytest.fixture
async def acting(mongo: Mongo, clock: SetClock) -> AsyncIterator[Acting]:
    async with surveying(mongo, clock, smtp_data_seconds=0.3, smtp_connections=1) as acting:
        yield acting


async def until_looked_at(acting: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for some rounds in which the mailer asks what is due, whatever it finds."""
    rounds, due = count(1), acting.wired.sittings.due
    looked = asyncio.Event()

    async def counted(now: datetime, *, limit: int) -> list[str]:
        if next(rounds) > 3:
            looked.set()
        return await due(now, limit=limit)

    with monkeypatch.context() as watched:
        watched.setattr(acting.wired.sittings, "due", counted)
        async with asyncio.timeout(10):
            await looked.wait()


async def appoint(acting: Acting) -> None:
    for number, (school, address) in enumerate(PEOPLE.items()):
        await acting.tell(role_holder(organization_id=school, person_id=f"P-{number}", email=address))


async def mails(acting: Acting) -> list[dict[str, Any]]:
    return [mail for sitting in await acting.kept("sittings") for mail in sitting["mails"]]


async def until_mails(acting: Acting, *wanted: str) -> None:
    async def are_so() -> bool:
        return sorted(mail["state"] for mail in await mails(acting)) == sorted(wanted)

    await until(are_so)


@pytest.mark.parametrize(
    "answer",
    [pytest.param(answer, id=answer.words, marks=pytest.mark.fault("F38", answer.words)) for answer in ANSWERS],
)
async def test_what_the_server_says_holds_up_what_it_is_about_and_no_mail_comes_twice(
    row: Row, acting: Acting, clock: SetClock, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    setattr(acting.sink, answer.to, [answer.text])
    await appoint(acting)
    await acting.tell(hired())
    if answer.ends_as == "sent":
        await acting.until_kept("sittings", {"mails.attempts": 1, "mails.state": "pending"})
    else:
        await until_mails(acting, answer.ends_as)
    taken_before, asked_before = len(acting.sink.taken), len(acting.sink.asked)

    await acting.tell(hired_person(2, school_id=OTHER_SCHOOL), hired_person(3, school_id=THIRD_SCHOOL))
    held = {"message": set(), "domain": {SAME_DOMAIN}, "everybody": {SAME_DOMAIN, ELSEWHERE}}[answer.holds_up]
    going = {SAME_DOMAIN, ELSEWHERE} - held
    await acting.sink.until_taken(taken_before + len(going))
    await acting.until_kept("sittings", {}, len(PEOPLE))
    await until_looked_at(acting, monkeypatch)
    assert set(acting.sink.asked[asked_before:]) == going

    started = perf_counter()
    clock.advance(timedelta(seconds=LONGEST_REST))
    await until_mails(acting, answer.ends_as, "sent", "sent")
    row.recovered_in = perf_counter() - started
    clock.advance(timedelta(days=2))
    await acting.until_kept("sittings", {"next_at": None}, len(PEOPLE))
    taken = acting.sink.recipients
    owed = set(PEOPLE.values()) - ({FIRST} if answer.ends_as == "failed" else set())
    row.lost, row.doubled = len(owed - set(taken)), len(taken) - len(set(taken))


@pytest.mark.parametrize(
    "security",
    [
        pytest.param("starttls", marks=pytest.mark.fault("F38", "a server without the TLS that is asked for")),
        pytest.param("tls", marks=pytest.mark.fault("F38", "a server that does not speak TLS")),
    ],
)
async def test_without_tls_nothing_is_handed_over_in_clear(
    row: Row, mongo: Mongo, clock: SetClock, security: str
) -> None:
    async with surveying(mongo, clock, smtp_security=security) as acting:
        await appoint(acting)
        await acting.tell(hired())
        await acting.until_kept("sittings", {"mails.attempts": 1, "mails.state": "pending"})
        assert (acting.sink.asked, acting.sink.taken) == ([], [])
        assert acting.sink.connections == 1
    # Its operator corrects the setting, and starts it again.
    async with surveying(mongo, clock) as acting:
        started = perf_counter()
        clock.advance(timedelta(seconds=LONGEST_REST))
        await acting.sink.until_taken(1)
        await until_mails(acting, "sent")
        row.recovered_in = perf_counter() - started
        row.lost, row.doubled = 0, len(acting.sink.taken) - 1
