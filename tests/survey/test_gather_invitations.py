"""When a person is written to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from pymongo import AsyncMongoClient

from deploy.local.mongod import Mongod
from services.survey.app import wire
from services.survey.store.surveys import Waiting
from services.survey.use_cases.gather_invitations import Quiet
from shared.mongo import Mongo
from shared.service import create_service
from tests.conftest import SetClock
from tests.running import running
from tests.survey.acting import Acting, TwiceBroker, settings
from tests.survey.builders import NOW, OTHER_SCHOOL, hired, hired_person, role_holder
from tests.survey.mail_sink import MailSink, text_of
from tests.twice_kafka import TwiceKafka

MANY = "gathered_at_once"
PRINCIPALS = 60
FEW = 6
QUIET = Quiet(after=timedelta(minutes=1), at_most=timedelta(minutes=15))


def waiting(oldest: int, newest: int) -> Waiting:
    """Seconds ago."""
    since = {"a": NOW - timedelta(seconds=oldest), "b": NOW - timedelta(seconds=newest)}
    return Waiting("r", since, frozenset({"hiring-2027"}), NOW.date())


def test_a_person_is_written_to_when_nothing_new_came_for_a_while() -> None:
    assert not QUIET.is_over([waiting(59, 59)], NOW)
    assert QUIET.is_over([waiting(60, 60)], NOW)


def test_something_new_for_any_role_of_the_person_starts_the_wait_again() -> None:
    assert not QUIET.is_over([waiting(300, 300), waiting(5, 5)], NOW)


def test_nothing_waits_longer_than_it_may() -> None:
    assert QUIET.is_over([waiting(900, 1)], NOW)


def test_nobody_waits_for_a_clock_that_was_ahead() -> None:
    assert QUIET.is_over([waiting(-7200, -7200)], NOW)
    assert not QUIET.is_over([waiting(-30, -30)], NOW)


async def test_one_mail_covers_what_came_within_the_quiet_time(
    mongo: Mongo, kafka: TwiceKafka, sink: MailSink, clock: SetClock
) -> None:
    patient = settings(smtp_port=sink.port, invite_after_quiet_seconds=60.0)
    app: FastAPI = create_service("survey", patient, wire, mongo=mongo, broker=TwiceBroker(kafka), clock=clock)
    async with running(app) as client:
        acting = Acting(app, client, kafka, sink, mongo, clock)
        await acting.tell(role_holder(), role_holder(organization_id=OTHER_SCHOOL))
        await acting.tell(hired())
        clock.advance(timedelta(seconds=59))
        await acting.tell(hired_person(2), hired_person(3, school_id=OTHER_SCHOOL))
        clock.advance(timedelta(seconds=59))
        assert await acting.kept("sittings") == []
        clock.advance(timedelta(seconds=1))
        await sink.until_taken(1)
        (sitting,) = await acting.kept("sittings")
        (mail,) = sitting["mails"]
        assert len(mail["survey_ids"]) == 3
        assert "3 new educators" in text_of(sink.taken[0][1])


async def test_many_people_are_invited_in_a_few_writes(
    mongod: Mongod, forget: Callable[[str], None], kafka: TwiceKafka, sink: MailSink, clock: SetClock
) -> None:
    mongo = await Mongo.connect(mongod.uri, MANY)
    patient = settings(smtp_port=sink.port, invite_after_quiet_seconds=60.0)
    app: FastAPI = create_service("survey", patient, wire, mongo=mongo, broker=TwiceBroker(kafka), clock=clock)
    async with running(app) as client, AsyncMongoClient[dict[str, Any]](mongod.uri) as watcher:
        acting = Acting(app, client, kafka, sink, mongo, clock)
        schools = [f"{number:08d}" for number in range(PRINCIPALS)]
        await acting.tell(
            *(
                role_holder(organization_id=school, person_id=school, email=f"{school}@{school}.example")
                for school in schools
            )
        )
        await acting.tell(*(hired_person(number, school_id=school) for number, school in enumerate(schools)))
        database = watcher[MANY]
        await database.command("profile", 2)
        clock.advance(timedelta(seconds=60))
        await acting.until_kept("sittings", {}, PRINCIPALS)
        await database.command("profile", 0)
        writes = await mongo.collection("system.profile").count({"op": "insert", "ns": f"{MANY}.sittings"})
        assert 0 < writes <= FEW
    await mongo.close()
    forget(MANY)
