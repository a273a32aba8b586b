"""Submissions over HTTP: survey's form endpoint against bare routes, each a process under uvicorn."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlencode

from deploy.local.process import Child, free_port
from services.survey.domain.issuing import issue
from services.survey.domain.link import LinkKey, Seat, token_hash
from services.survey.domain.sitting import Sitting, open_sitting
from services.survey.domain.survey import Survey
from services.survey.settings import SurveySettings
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys
from shared.clock import utc_now
from shared.mongo import Mongo
from shared.outbox import Documents
from shared.seal import Seal
from tests.bench import bare_route
from tests.bench.aside import aside, on_scales
from tests.bench.figures import Memory, Pace, Waits
from tests.bench.ground import Ground, bare_database, in_a_loop
from tests.bench.load import Answers, load
from tests.bench.survey_service import open_campaign, service_variables, serving, write_open_campaign
from tests.bench.watched import DidNotHappen
from tests.survey.builders import a_survey, decisions, hired
from tests.survey.builders import answers as complete_answers

RATE = 300
STEADY_CONNECTIONS = 64
ON_A_LIST = 20
"""Surveys in one sitting."""
ACCEPTED = 303
LISTS_AT_ONCE = 25
COMMENT = "Well prepared for our students, and eager to learn. " * 3


@dataclass(frozen=True)
class Plan:
    """`steady` requests at RATE; then one rush after the other: so many in flight, so many requests."""

    steady: int
    rushes: tuple[tuple[int, int], ...]

    @property
    def requests(self) -> int:
        return self.steady + sum(count for _, count in self.rushes)


@dataclass(frozen=True)
class Served:
    """What came of a plan: the waits at RATE, each rush, and what the server held in memory."""

    steady: Waits
    rushes: tuple[tuple[int, Answers], ...]
    memory: Memory

    def paces(self, in_flight: int) -> list[Pace]:
        return [answers.pace for here, answers in self.rushes if here == in_flight]

    def waits(self, in_flight: int) -> Waits:
        return Waits(
            tuple(wait for here, answers in self.rushes if here == in_flight for wait in answers.waits.seconds)
        )


def ours(on: Ground, run: str, plan: Plan) -> Served:
    """The survey service as `make up` runs it. Sittings and surveys are put there through its stores."""
    port, folder = free_port(), on.folder / "campaigns"
    write_open_campaign(folder)
    variables = service_variables(on, run, port) | {"SURVEY_CAMPAIGNS_FOLDER": str(folder)}
    with serving(on, run, port, ["services.survey.app"], variables) as server:
        requests = aside(prepared, on, run, plan.requests)
        served = _served(server, port, requests, plan)
        aside(check_all_submitted, on, run, plan.requests)
    return served


def bare(on: Ground, run: str, plan: Plan) -> Served:
    """The same requests to a route that keeps the form as it is: one awaited insert."""
    return _bare(on, run, plan, bare_route.INSERTS)


def careful(on: Ground, run: str, plan: Plan) -> Served:
    """The same requests to a bare route that does what has to be done: reads the survey, checks the form, updates."""
    aside(put_surveys, on, run, plan.requests)
    return _bare(on, run, plan, bare_route.UPDATES)


def _bare(on: Ground, run: str, plan: Plan, what_it_does: str) -> Served:
    port = free_port()
    arguments = [str(port), on.mongodb_uri, run, on.driver, what_it_does]
    with serving(on, run, port, ["tests.bench.bare_route", *arguments], {}) as server:
        requests = [_request(_bare_id(number), "cookie" * 20) for number in range(plan.requests)]
        served = _served(server, port, requests, plan)
    aside(forget, on, run)
    return served


def _bare_id(number: int) -> str:
    return f"survey-{number:032d}"


def _served(server: Child, port: int, requests: Sequence[bytes], plan: Plan) -> Served:
    """The steady rate first: the server is warm then for the rushes."""
    rushes = []
    with on_scales(server.pid) as scales:
        steady = _all_accepted(aside(load, port, requests[: plan.steady], STEADY_CONNECTIONS, RATE))
        done = plan.steady
        for in_flight, count in plan.rushes:
            answers = _all_accepted(aside(load, port, requests[done : done + count], in_flight))
            rushes.append((in_flight, answers))
            done += count
    return Served(steady.waits, tuple(rushes), scales.memory)


def _all_accepted(answers: Answers) -> Answers:
    if set(answers.statuses) - {ACCEPTED}:
        raise DidNotHappen(f"Not every form was taken: {dict(answers.statuses)}.")
    return answers


def prepared(on: Ground, run: str, count: int) -> list[bytes]:
    """Put so many surveys on people's lists; the requests that answer them."""
    return in_a_loop(_prepared(on, run, count))


async def _prepared(on: Ground, run: str, count: int) -> list[bytes]:
    settings, now = SurveySettings(), utc_now()
    wave = open_campaign()
    link_key = LinkKey(settings.link_key.get_secret_value().encode())
    mongo = await Mongo.connect(on.mongodb_uri, run, on.driver)
    surveys = Surveys(
        Documents(mongo.collection("surveys"), source="survey"),
        Seal(settings.seal_key.get_secret_value(), service="survey"),
    )
    sittings = Sittings(Documents(mongo.collection("sittings"), source="survey"))
    (decision,) = decisions((hired(), 1), of=wave, now=now)

    async def a_list(first: int) -> list[bytes]:
        sitting = _sitting(f"person-{first}", link_key, now)
        asked = [
            _listed(issue(f"completer-{number}", decision, wave, now)[0], sitting)
            for number in range(first, min(count, first + ON_A_LIST))
        ]
        await asyncio.gather(sittings.save(sitting, at=now), *(surveys.add(survey, [], at=now) for survey in asked))
        cookie = link_key.cookie(Seat(sitting.sitting_id, 1), now)
        return [_request(survey.survey_id, cookie) for survey in asked]

    requests: list[bytes] = []
    for first in range(0, count, ON_A_LIST * LISTS_AT_ONCE):
        lists = range(first, min(count, first + ON_A_LIST * LISTS_AT_ONCE), ON_A_LIST)
        for of_list in await asyncio.gather(*map(a_list, lists)):
            requests += of_list
    await mongo.close()
    return requests


def put_surveys(on: Ground, run: str, count: int) -> None:
    """As many surveys that wait for an answer as a floor updates."""
    in_a_loop(_put_surveys(on, run, count))


async def _put_surveys(on: Ground, run: str, count: int) -> None:
    async with bare_database(on, run, keep=True) as database:
        survey = a_survey().model_dump(mode="json")
        for first in range(0, count, 1_000):
            numbers = range(first, min(count, first + 1_000))
            await database["answers"].insert_many([{**survey, "_id": _bare_id(number)} for number in numbers])


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


def _sitting(person_key: str, link_key: LinkKey, now: datetime) -> Sitting:
    opened = open_sitting(
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
