"""When a person is written to."""

from datetime import timedelta

from fastapi import FastAPI

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

QUIET = Quiet(after=timedelta(minutes=1), at_most=timedelta(minutes=15))


def waiting(oldest: int, newest: int) -> Waiting:
    """Seconds ago."""
    return Waiting("r", {"a": NOW - timedelta(seconds=oldest), "b": NOW - timedelta(seconds=newest)})


def test_a_person_is_written_to_when_nothing_new_came_for_a_while() -> None:
    assert not QUIET.is_over([waiting(59, 59)], NOW)
    assert QUIET.is_over([waiting(60, 60)], NOW)


def test_something_new_for_any_role_of_the_person_starts_the_wait_again() -> None:
    assert not QUIET.is_over([waiting(300, 300), waiting(5, 5)], NOW)


def test_nothing_waits_longer_than_it_may() -> None:
    assert QUIET.is_over([waiting(900, 1)], NOW)


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
