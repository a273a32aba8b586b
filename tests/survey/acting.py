"""What people and other services do to a running survey service, in the words of the tests."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from services.survey.app import wire
from services.survey.domain.issuing import survey_id_of
from services.survey.settings import SurveySettings
from services.survey.web.wired import Wired
from shared.events import Event
from shared.events.partnership import HIRES, ORGANIZATIONS, PEOPLE
from shared.events.partnerships import PARTNERSHIPS
from shared.mongo import Mongo
from shared.records import Publisher, RecordSource
from shared.service import create_service
from tests.conftest import SetClock
from tests.running import running
from tests.shared.reading import until
from tests.survey.builders import COMPLETER, PROGRAM, answers, hired, profile, role_holder
from tests.survey.mail_sink import MailSink, link_in, mail_sink
from tests.twice_kafka import TwiceKafka

FROM_OUR_PAGE = {"sec-fetch-site": "same-origin", "accept": "text/html"}
SURVEY = survey_id_of(COMPLETER, PROGRAM, "2027")
FORM = f"/sitting/surveys/{SURVEY}"


def settings(**changes: Any) -> SurveySettings:
    quick = {"invite_after_quiet_seconds": 0.0, "round_seconds": 0.02, "shutdown_seconds": 3.0, "smtp_seconds": 2.0}
    return SurveySettings(**{**quick, **changes})


@dataclass
class TwiceBroker:
    kafka: TwiceKafka

    def publisher(self, client_id: str) -> Publisher:
        return self.kafka.producer()

    def source(self, *, group: str, topics: Sequence[str], client_id: str) -> RecordSource:
        return self.kafka.subscription(group, topics)


@dataclass
class Acting:
    """A running service and all that is around it."""

    app: FastAPI
    client: httpx.AsyncClient
    kafka: TwiceKafka
    sink: MailSink
    mongo: Mongo
    clock: SetClock

    @property
    def wired(self) -> Wired:
        state: Wired = self.app.state.wiring
        return state

    async def tell(self, *events: Event, sequence: int = 1) -> None:
        """Publish, and wait until the service has reacted."""
        await self.kafka.publish(*events, sequence=sequence)
        await self.kafka.until_read("survey", HIRES, PEOPLE, ORGANIZATIONS, PARTNERSHIPS)

    async def invite(self, *hires: Event) -> str:
        """A principal is known, completers are hired, the mail has arrived: the link in it."""
        await self.tell(role_holder(), profile())
        await self.tell(*(hires or (hired(),)))
        await self.sink.until_taken(1)
        return link_in(self.sink.taken[-1][1])

    async def sit_down(self, link: str) -> None:
        """Follow the link, as a browser does; the client keeps the cookie."""
        answer = await self.client.get(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sitting")

    async def seated(self, *hires: Event) -> None:
        await self.sit_down(await self.invite(*hires))
        await self.until_kept("surveys", {"sitting_id": {"$ne": None}}, len(hires) or 1)

    async def send(
        self, given: Mapping[str, int] | None = None, *, form: str = FORM, action: str = "send", comment: str = ""
    ) -> httpx.Response:
        fields = {name: str(code) for name, code in (answers() if given is None else given).items()}
        return await self.client.post(
            form, data={**fields, "comment": comment, "action": action}, headers=FROM_OUR_PAGE
        )

    async def state(self) -> str:
        """Of the survey about the first completer."""
        survey = await self.wired.surveys.get(SURVEY)
        assert survey is not None
        return str(survey.state)

    async def until_published(self, wanted: type[Event], count: int = 1) -> list[Event]:
        await until(lambda: len(self.kafka.of(wanted)) >= count)
        return self.kafka.of(wanted)

    async def kept(self, collection: str) -> list[dict[str, Any]]:
        return await self.mongo.collection(collection).find({})

    async def until_kept(self, collection: str, filter: Mapping[str, Any], count: int = 1) -> None:
        async def are_kept() -> bool:
            return await self.mongo.collection(collection).count(filter) == count

        await until(are_kept)


@asynccontextmanager
async def surveying(mongo: Mongo, clock: SetClock, **changes: Any) -> AsyncIterator[Acting]:
    """The whole service, with all that is around it."""
    kafka = TwiceKafka()
    async with mail_sink() as sink:
        told = settings(**{"smtp_port": sink.port, **changes})
        app = create_service("survey", told, wire, mongo=mongo, broker=TwiceBroker(kafka), clock=clock)
        async with running(app) as client:
            client.base_url = httpx.URL("http://localhost:8101")
            yield Acting(app, client, kafka, sink, mongo, clock)


def receipt_in(page: str) -> str:
    found = re.search(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", page)
    assert found is not None, "There is no receipt on this page."
    return found.group()
