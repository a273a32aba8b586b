"""Submissions over HTTP: survey's form endpoint against a bare route, each a process under uvicorn."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlencode

from deploy.local.process import Child, free_port
from deploy.local.services import answers
from services.survey.domain.campaign import Campaign
from services.survey.domain.link import LinkKey, Seat, token_hash
from services.survey.domain.sitting import Sitting, open_sitting
from services.survey.domain.survey import Survey, issue
from services.survey.settings import SurveySettings
from services.survey.store.seal import Seal
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys
from shared.clock import utc_now
from shared.mongo import Mongo
from shared.outbox import Documents
from tests.bench.figures import Pace, Waits
from tests.bench.ground import Ground, aside, bare_database, in_a_loop
from tests.bench.load import Answers, load
from tests.bench.watched import DidNotHappen
from tests.survey.builders import answers as complete_answers
from tests.survey.builders import campaign, decisions, hired

RATE = 300
CONNECTIONS = 64
ON_A_LIST = 20
"""Surveys in one sitting."""
ACCEPTED = 303
COMMENT = "Well prepared for our students, and eager to learn. " * 3


def ours(on: Ground, run: str, at_once: int, at_rate: int) -> tuple[Pace, Waits]:
    """The survey service as `make up` runs it. Sittings and surveys are put there through its stores."""
    port = free_port()
    environment = {
        "SURVEY_HTTP_PORT": port,
        "SURVEY_METRICS_PORT": free_port(),
        "SURVEY_MONGODB_URI": on.mongodb_uri,
        "SURVEY_MONGODB_DATABASE": run,
        "SURVEY_MONGO_DRIVER": on.driver,
        "SURVEY_KAFKA_BOOTSTRAP_SERVERS": on.bootstrap,
        "SURVEY_KAFKA_BROKER": on.broker,
    }
    variables = {name: str(value) for name, value in environment.items()}
    with _serving(on, run, port, ["services.survey.app"], variables):
        requests = aside(prepared, on, run, at_once + at_rate)
        measured = _measured(port, requests, at_once)
        aside(check_all_submitted, on, run, at_once + at_rate)
    return measured


def bare(on: Ground, run: str, at_once: int, at_rate: int) -> tuple[Pace, Waits]:
    """The same requests to a route that keeps the form as it is."""
    port = free_port()
    with _serving(on, run, port, ["tests.bench.bare_route", str(port), on.mongodb_uri, run, on.driver], {}):
        requests = [_request(f"survey-{number:032d}", "cookie" * 20) for number in range(at_once + at_rate)]
        measured = _measured(port, requests, at_once)
    aside(forget, on, run)
    return measured


def _measured(port: int, requests: Sequence[bytes], at_once: int) -> tuple[Pace, Waits]:
    """The rate first: the server is warm then for the rush."""
    steady = _all_accepted(aside(load, port, requests[at_once:], CONNECTIONS, RATE))
    rush = _all_accepted(aside(load, port, requests[:at_once], CONNECTIONS))
    return rush.pace, steady.waits


def _all_accepted(answers: Answers) -> Answers:
    if set(answers.statuses) != {ACCEPTED}:
        raise DidNotHappen(f"Not every form was taken: {dict(answers.statuses)}.")
    return answers


@contextmanager
def _serving(on: Ground, run: str, port: int, module: Sequence[str], variables: Mapping[str, str]) -> Iterator[None]:
    server = Child.start(
        module[0],
        [sys.executable, "-m", *module],
        log=on.folder / f"{run}.log",
        environment={**os.environ, **variables},
    )
    try:
        server.wait_until(lambda: answers(f"http://127.0.0.1:{port}/health/ready"), seconds=60)
        yield
    finally:
        server.stop()


def prepared(on: Ground, run: str, count: int) -> list[bytes]:
    """Put so many surveys on people's lists; the requests that answer them."""
    return in_a_loop(_prepared(on, run, count))


async def _prepared(on: Ground, run: str, count: int) -> list[bytes]:
    settings, now = SurveySettings(), utc_now()
    link_key = LinkKey(settings.link_key.get_secret_value().encode())
    mongo = await Mongo.connect(on.mongodb_uri, run, on.driver)
    surveys = Surveys(
        Documents(mongo.collection("surveys"), source="survey"), Seal(settings.seal_key.get_secret_value())
    )
    sittings = Sittings(Documents(mongo.collection("sittings"), source="survey"))
    (decision,), wave = decisions((hired(), 1)), campaign()
    requests: list[bytes] = []
    for first in range(0, count, ON_A_LIST):
        sitting = _sitting(f"person-{first}", wave, link_key, now)
        asked = [
            _listed(issue(f"completer-{number}", decision, wave, now)[0], sitting)
            for number in range(first, min(count, first + ON_A_LIST))
        ]
        await asyncio.gather(sittings.save(sitting, at=now), *(surveys.add(survey, [], at=now) for survey in asked))
        cookie = link_key.cookie(Seat(sitting.sitting_id, 1), now)
        requests += [_request(survey.survey_id, cookie) for survey in asked]
    await mongo.close()
    return requests


def check_all_submitted(on: Ground, run: str, count: int) -> None:
    """What was accepted is there."""
    in_a_loop(_check_all_submitted(on, run, count))


async def _check_all_submitted(on: Ground, run: str, count: int) -> None:
    mongo = await Mongo.connect(on.mongodb_uri, run, on.driver)
    kept = await mongo.collection("surveys").count({"state": "submitted"})
    await mongo.close()
    if kept != count:
        raise DidNotHappen(f"{count} forms were accepted, {kept} are kept.")


def forget(on: Ground, run: str) -> None:
    """Drop a database that another process has filled."""
    in_a_loop(_forget(on, run))


async def _forget(on: Ground, run: str) -> None:
    async with bare_database(on, run):
        pass


def _sitting(person_key: str, wave: Campaign, link_key: LinkKey, now: datetime) -> Sitting:
    opened = open_sitting(
        wave.campaign_id,
        person_key,
        token_hash=token_hash(link_key.token(person_key, 1)),
        last_day=now.date() + timedelta(days=30),
        now=now,
    )
    return opened.model_copy(update={"revision": 1})


def _listed(survey: Survey, sitting: Sitting) -> Survey:
    on_the_list = {"sitting_id": sitting.sitting_id, "awaiting_since": None, "last_day": sitting.last_day}
    return survey.model_copy(update=on_the_list)


def _request(survey_id: str, cookie: str) -> bytes:
    form = _form()
    head = (
        f"POST /sitting/surveys/{survey_id} HTTP/1.1\r\n"
        "host: localhost:8101\r\nsec-fetch-site: same-origin\r\naccept: text/html\r\n"
        f"cookie: prepbridge_sitting={cookie}\r\n"
        f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(form)}\r\n\r\n"
    )
    return head.encode() + form


@cache
def _form() -> bytes:
    return urlencode({**complete_answers(), "comment": COMMENT, "action": "send"}).encode()
