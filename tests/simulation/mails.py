"""The survey service in two processes: hires become surveys, surveys become lists, and each list is mailed once."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from services.survey.domain.link import LinkKey
from services.survey.domain.sitting import MailState, Sitting, sitting_id_of
from services.survey.domain.survey import Survey
from services.survey.metrics import SurveyMetrics
from services.survey.store.employments import Employments
from services.survey.store.library import Library
from services.survey.store.names import Names
from services.survey.store.people import People
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys
from services.survey.use_cases.follow_hire import follow_hire
from services.survey.use_cases.gather_invitations import Quiet, gather_invitations
from services.survey.use_cases.note import note_role_holder
from services.survey.use_cases.send_mails import Mailing, keep_sending
from services.survey.use_cases.unsubscribe import unsubscribe
from shared import mail
from shared.consumer import Consumer
from shared.events import Event
from shared.events.partnership import (
    HIRES,
    PEOPLE,
    CompleterHired,
    EmploymentEnded,
    RoleHolderChanged,
)
from shared.mail import MailServer, MailServerAddress
from shared.metrics import ConsumerMetrics
from shared.rounds import in_rounds
from shared.seal import Seal
from tests.simulation.broker import SimulatedKafka
from tests.simulation.group import Group
from tests.simulation.loop import Process
from tests.simulation.post import DATA_SECONDS, STEP_SECONDS, Mood, PostOffice
from tests.simulation.seam import Store
from tests.simulation.staff import Keeper, Running
from tests.simulation.world import NO_TRAP, World
from tests.survey.builders import ended, hired_person, role_holder
from tests.twice_kafka import outbound

SCHOOLS = tuple(f"003501{number:02d}" for number in range(8))
PEOPLE_KNOWN = tuple(f"P-{number}" for number in range(8))
ADDRESSES = ("pat@boston.example", "sam@lynn.example", "kim@salem.example", "nobody at all", None)
PROCESSES = 2
CONNECTIONS = 2
"""So many mails of a process may be on their way at once."""
ROUND_SECONDS = 20.0
LONGEST_RECOVERY = 8 * 3600.0
FINAL = {MailState.SENT, MailState.FAILED, MailState.UNKNOWN, MailState.DROPPED}
LINK_KEY = LinkKey(b"simulated, and long enough for everybody")
SEAL = Seal("simulated, and long enough for everybody", service="survey")
LIBRARY = Library.read()


class Mails:
    """`mailing` may be a broken one, to see that it is noticed."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        self.post = PostOffice(self.world)
        mail.connect = self.post.connect  # type: ignore[assignment]  # the driver underneath, put back by the fixture
        self.kafka = SimulatedKafka(self.world)
        for topic in (PEOPLE, HIRES):
            self.kafka.partitions(topic)
        self.group = Group(self.kafka, [PEOPLE, HIRES], lambda _place, _offset: None)
        self.store = Store(self.world)
        self.store.kept("sittings").unique = ["token_hash"]
        self.interruptions = 0
        self.world.on_end = self._ended
        self._sequences: Counter[str] = Counter()
        self.mailing_of: dict[Running, Mailing] = {}
        self.processes = Keeper(self.world, PROCESSES, self._process)

    def _process(self, number: int) -> Running:
        running = Running(self.world, "survey", number, self.store, self.kafka)
        clock = self.world.loop.now
        metrics = SurveyMetrics(running.registry)
        surveys = Surveys(running.documents("surveys"), SEAL)
        sittings = Sittings(running.documents("sittings"))
        employments = Employments(running.documents("employments"))
        people = People(self.store.collection("role_holders"), self.store.collection("profiles"), SEAL)
        follow = partial(
            follow_hire, employments=employments, surveys=surveys, library=LIBRARY, metrics=metrics, clock=clock
        )
        note = partial(note_role_holder, people=people, surveys=surveys, campaigns=LIBRARY.campaigns, clock=clock)
        consumer = Consumer(
            self.group.source,
            {CompleterHired: follow, EmploymentEnded: follow, RoleHolderChanged: note},
            {},
            running.parking,
            ConsumerMetrics(running.registry),
            clock=clock,
            poll_seconds=ROUND_SECONDS,
            jitter=self.world.chance.random,
        )
        gather = partial(
            gather_invitations,
            surveys=surveys,
            sittings=sittings,
            people=people,
            library=LIBRARY,
            link_key=LINK_KEY,
            quiet=Quiet(timedelta(seconds=30), timedelta(seconds=120)),
            clock=clock,
        )
        address = MailServerAddress("localhost", 25, "none", "", "", STEP_SECONDS, DATA_SECONDS)
        mailing = Mailing(
            surveys=surveys,
            sittings=sittings,
            people=people,
            names=Names(self.store.collection("names")),
            library=LIBRARY,
            server=MailServer(address, connections=CONNECTIONS, per_second_and_domain=1.0, clock=clock),
            link_key=LINK_KEY,
            sender="Surveys <surveys@prepbridge.example>",
            public_url="http://localhost:8101",
            metrics=metrics,
            clock=clock,
            jitter=self.world.chance.random,
        )
        self.mailing_of[running] = mailing
        running.begin(
            {
                "consumer": consumer.run,
                "gatherer": partial(in_rounds, once=gather, seconds=ROUND_SECONDS),
                "mailer": partial(keep_sending, mailing=mailing, seconds=ROUND_SECONDS),
            }
        )
        return running

    def hire(self, number: int, school: str) -> None:
        self._tell(f"hire {number}", hired_person(number, school_id=school))

    def end_employment(self, number: int) -> None:
        event = hired_person(number)
        self._tell(f"hire {number}", ended(completer_id=event.completer_id, hire_id=event.hire_id))

    def appoint(self, school: str, person: str, address: str | None) -> None:
        """Somebody leads a school from now on."""
        self._tell(school, role_holder(organization_id=school, person_id=person, name=person, email=address))

    def unsubscribe(self, person: str) -> None:
        running = self.processes.awake()
        sitting_id = self._sitting_id(person)
        if sitting_id in self._kept("sittings"):
            mark = LINK_KEY.unsubscribe_mark(sitting_id)
            running.request(
                partial(
                    unsubscribe,
                    sitting_id,
                    mark,
                    sittings=self.mailing_of[running].sittings,
                    link_key=LINK_KEY,
                    now=self.world.loop.now(),
                )
            )

    def pause(self, number: int, seconds: float) -> None:
        process = self.processes.all[number].process
        if process.is_running:
            self.world.pause(process, seconds)

    def crash(self, number: int) -> None:
        process = self.processes.all[number].process
        if not process.is_dead:
            self.world.kill(process)

    def heal(self) -> None:
        self.world.tell("healed")
        self.world.weather.clear()
        self.world.trap = NO_TRAP
        self.post.mood = Mood.TAKES
        self.post.cut_off.clear()
        for running in self.processes.all.values():
            if running.process.is_paused:
                running.process.resume()

    def recover(self) -> None:
        """Until nobody waits for a mail any more; then every promise is looked at."""
        self.heal()
        self.world.run(self._rest())
        mails = [(sitting, one) for sitting in self._sittings() for one in sitting.mails]
        unknown = 0
        for sitting, one in mails:
            taken = self.post.taken[sitting.sitting_id, one.kind, one.number]
            unknown += one.state is MailState.UNKNOWN
            if one.state is not MailState.UNKNOWN:
                assert taken == (one.state is MailState.SENT), f"{one.state}, and taken {taken} times"
            if one.state is MailState.SENT:
                self._assert_told(sitting, one.kind, one.number, one.survey_ids)
        excuses = CONNECTIONS * self.interruptions + self.post.breaks
        assert unknown <= excuses, f"{unknown} mails of unknown fate, and {excuses} interruptions."
        for survey, person in self._reachable():
            self._assert_announced(survey, person)

    def end(self) -> None:
        try:
            if self.world.broken is None:
                self.recover()
        finally:
            self.world.end()

    async def _rest(self) -> None:
        until = self.world.loop.time() + LONGEST_RECOVERY
        while unrest := self._unrest():
            if self.world.loop.time() > until:
                self.world.violated(f"No rest after {LONGEST_RECOVERY / 3600} h: {unrest}")
                return
            await asyncio.sleep(ROUND_SECONDS)

    def _unrest(self) -> Mapping[str, Any]:
        awaiting = [survey.survey_id for survey, _ in self._reachable() if survey.awaiting_since is not None]
        due = [sitting.sitting_id for sitting in self._sittings() if sitting.next_at is not None]
        busy = [name for name, one in self.processes.all.items() if not one.is_idle]
        found = {"awaiting": awaiting, "due": due, "behind": self.group.behind(), "busy": busy}
        return found if any(found.values()) else {}

    def _reachable(self) -> list[tuple[Survey, str]]:
        """Open surveys, and the person who is to be asked, where that is known and has an address."""
        people = People(self.store.collection("role_holders"), self.store.collection("profiles"), SEAL)
        holders = {key: people._told(kept) for key, kept in self._kept("role_holders").items()}
        stopped = {one.person_key for one in self._sittings() if one.unsubscribed_at is not None}
        surveys = Surveys(None, SEAL)  # type: ignore[arg-type]  # reads nothing
        found = []
        for kept in self._kept("surveys").values():
            survey = surveys._read(kept)
            holder = holders.get(survey.target.recipient_role)
            if survey.is_open and holder is not None and holder.email and holder.person_key not in stopped:
                found.append((survey, holder.person_key))
        return found

    def _assert_announced(self, survey: Survey, person: str) -> None:
        assert survey.sitting_id == self._sitting_id(person), "A survey is on somebody else's list."
        sitting = next(one for one in self._sittings() if one.sitting_id == survey.sitting_id)
        states = [one.state for one in sitting.mails if survey.survey_id in one.survey_ids]
        assert set(states) & (FINAL - {MailState.DROPPED}), f"Nobody was written to: {states}"

    def _assert_told(self, sitting: Sitting, kind: str, number: int, survey_ids: tuple[str, ...]) -> None:
        for survey_id in survey_ids:
            kept = self._kept("surveys")[survey_id]
            if kept["sitting_id"] == sitting.sitting_id and kept["state"] == "issued":
                assert f"{sitting.sitting_id}/{kind}/{number}" in kept["mails"], "A survey was not told of its mail."

    def _sitting_id(self, person: str) -> str:
        return sitting_id_of(person)

    def _sittings(self) -> list[Sitting]:
        return [Sitting.model_validate({**kept, "sitting_id": kept["_id"]}) for kept in self._kept("sittings").values()]

    def _kept(self, collection: str) -> Mapping[str, Any]:
        return self.store.kept(collection).documents

    def _tell(self, subject: str, event: Event) -> None:
        self._sequences[subject] += 1
        self.kafka.append(outbound(event, sequence=self._sequences[subject], at=self.world.loop.now()))

    def _ended(self, process: Process) -> None:
        self.interruptions += 1
        self.group.look_after(process)
        self.processes.notice(process)
