"""Killed between any two effects, from the hire to the answer: at most one mail, exactly one answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest
from prometheus_client import CollectorRegistry

from services.survey.domain.link import LinkKey
from services.survey.domain.sitting import HAND_OVER_LEASE
from services.survey.domain.survey import AlreadySubmitted, State
from services.survey.metrics import SurveyMetrics
from services.survey.store.employments import Employments
from services.survey.store.names import Names
from services.survey.store.people import People
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys
from services.survey.use_cases.answer import submit_survey
from services.survey.use_cases.follow_hire import follow_hire
from services.survey.use_cases.gather_invitations import Quiet, gather_invitations
from services.survey.use_cases.note import note_role_holder
from services.survey.use_cases.send_mails import Mailing, send_mails
from shared.events import seal
from shared.mail import MailServer, MailServerAddress
from shared.mongo import Mongo
from shared.outbox import Documents, OutboxEntry
from shared.seal import Seal
from tests.conftest import SetClock
from tests.survey.acting import SURVEY
from tests.survey.builders import answers, hired, library, role_holder
from tests.survey.mail_sink import MailSink, mail_sink

SEAL = Seal("a seal key for tests", service="survey")
CLEAN_RUN = (
    "employment",
    "survey issued",
    "mail pending",
    "survey on the list",
    "mail claimed",
    "mail handing over",
    "mail sent",
    "survey told of delivery",
    "mail done",
    "survey submitted",
)
"""Every write of a run without interruption, in this order."""


class Killed(BaseException):
    """The process is gone; nothing of ours catches this."""


@dataclass
class Fate:
    """When the process dies: `before` or after which write, counted from 0."""

    at: int | None = None
    before: bool = True
    writes: int = field(default=0)

    async def around(self, write: Awaitable[None]) -> None:
        mine = self.writes
        self.writes += 1
        if mine == self.at and self.before:
            write.close()  # type: ignore[attr-defined]
            raise Killed
        await write
        if mine == self.at:
            raise Killed


class Mortal(Documents):
    """Documents of a process that dies at its fate."""

    fate = Fate()

    async def insert_entries(self, document_id: str, body: dict[str, object], entries: list[OutboxEntry]) -> bool:  # type: ignore[override]
        kept: list[bool] = []

        async def write() -> None:
            kept.append(await super(Mortal, self).insert_entries(document_id, body, entries))

        await self.fate.around(write())
        return kept[0]

    async def update_entries(self, document_id: str, body: dict[str, object], entries: list[OutboxEntry]) -> None:  # type: ignore[override]
        await self.fate.around(super().update_entries(document_id, body, entries))


@pytest.fixture
def mongo_driver() -> str:
    return "motor"


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with mail_sink() as sink:
        yield sink


class Process:
    """One life of the survey service: its stores and verbs, all new."""

    def __init__(self, mongo: Mongo, sink: MailSink, clock: SetClock, fate: Fate) -> None:
        def documents(name: str) -> Mortal:
            made = Mortal(mongo.collection(name), source="survey")
            made.fate = fate
            return made

        self.fate = fate
        self.clock = clock
        self.surveys = Surveys(documents("surveys"), SEAL)
        self.employments = Employments(documents("employments"))
        self.sittings = Sittings(documents("sittings"))
        self.people = People(mongo.collection("role_holders"), mongo.collection("profiles"), SEAL)
        self.metrics = SurveyMetrics(CollectorRegistry())
        self.link_key = LinkKey(b"a link key for tests")
        address = MailServerAddress("127.0.0.1", sink.port, "none", "", "", step_seconds=2, data_seconds=2)
        self.mailing = Mailing(
            surveys=self.surveys,
            sittings=self.sittings,
            people=self.people,
            names=Names(mongo.collection("names")),
            library=library(),
            server=MailServer(address, connections=1, per_second_and_domain=1000, clock=clock),
            link_key=self.link_key,
            sender="surveys@prepbridge.example",
            public_url="http://localhost:8101",
            metrics=self.metrics,
            clock=clock,
        )

    async def hear(self) -> None:
        """Redelivered in every life, as Kafka would: no offset was committed."""
        await note_role_holder(
            seal(role_holder(), source="partnership", sequence=1, at=self.clock()),
            people=self.people,
            surveys=self.surveys,
            campaigns=library().campaigns,
            clock=self.clock,
        )
        await follow_hire(
            seal(hired(), source="partnership", sequence=1, at=self.clock()),
            employments=self.employments,
            surveys=self.surveys,
            library=library(),
            metrics=self.metrics,
            clock=self.clock,
        )

    async def invite(self) -> None:
        gather = partial(
            gather_invitations,
            surveys=self.surveys,
            sittings=self.sittings,
            people=self.people,
            library=library(),
            link_key=self.link_key,
            quiet=Quiet(timedelta(0), timedelta(0)),
            clock=self.clock,
        )
        await _until_idle(gather)
        await _until_idle(partial(send_mails, self.mailing))

    async def answer(self) -> None:
        survey = await self.surveys.get(SURVEY)
        assert survey is not None
        assert survey.sitting_id is not None
        try:
            await submit_survey(
                SURVEY,
                survey.sitting_id,
                answers(),
                None,
                surveys=self.surveys,
                library=library(),
                now=self.clock(),
            )
        except AlreadySubmitted:
            return

    async def live(self) -> None:
        try:
            await self.hear()
            await self.invite()
            await self.answer()
        finally:
            await self.mailing.server.close()


async def _until_idle(once: Callable[[], Awaitable[int]]) -> None:
    while await once():
        pass


def told(documents: list[dict[str, object]], kind: str) -> int:
    entries = [entry for document in documents for entry in document.get("_outbox", [])]  # type: ignore[attr-defined]
    return sum(kind.encode() in dict(entry["headers"])["ce_type"] for entry in entries)


async def test_a_run_without_interruption_writes_these_and_no_more(
    mongo: Mongo, sink: MailSink, clock: SetClock
) -> None:
    fate = Fate()
    await Process(mongo, sink, clock, fate).live()
    assert fate.writes == len(CLEAN_RUN)
    assert len(sink.taken) == 1


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("step", CLEAN_RUN)
async def test_killed_anywhere_at_most_one_mail_leaves_and_one_answer_counts(
    mongo: Mongo, sink: MailSink, clock: SetClock, step: str, before: bool
) -> None:
    with pytest.raises(Killed):
        await Process(mongo, sink, clock, Fate(CLEAN_RUN.index(step), before)).live()
    for _ in range(2):
        clock.advance(HAND_OVER_LEASE)
        await Process(mongo, sink, clock, Fate()).live()
    kept = await mongo.collection("surveys").find({})
    (sitting,) = await mongo.collection("sittings").find({})
    (mail,) = sitting["mails"]
    is_in_doubt = (step, before) in (("mail handing over", False), ("mail sent", True))
    assert mail["state"] == ("unknown" if is_in_doubt else "sent")
    assert len(sink.taken) == (0 if (step, before) == ("mail handing over", False) else 1)
    assert [survey["state"] for survey in kept] == [State.SUBMITTED]
    assert (told(kept, "survey_issued"), told(kept, "survey_submitted")) == (1, 1)
    assert told(kept, "invitation_delivered") == (0 if is_in_doubt else 1)
