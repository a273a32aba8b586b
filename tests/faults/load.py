"""The load under which faults are injected: districts upload, providers register, principals answer, all as they do.

One slice registers completers, uploads a snapshot of three feeds in which they are new, moves somebody to another
school, registers those of the last slice who were hired before anybody knew them, and looks at results. Whoever gets
mail opens the link and answers, declines, saves for later, sends a form in twice, or one that is not complete. Who asks
for poison gets a record that nobody can read in the topics of hires and surveys.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.demonstration.directory import AGENCY
from shared.events.partnership import HIRES
from shared.events.survey import SURVEYS
from tests.faults.clients import PAUSE_SECONDS, Client
from tests.faults.feeds import Feed, Register
from tests.faults.history import History
from tests.faults.principals import Mailbox, Principals
from tests.journeys.state import CAMPAIGN
from tests.journeys.system import System

FEEDS_A_SLICE = 3
HIRED_A_FEED = 4
LATE_ONE_IN = 4
MAIL_SECONDS = 0.3
POISONED_KEYS = 5
"""Fewer than would stop a consumer (shared/breaker.py)."""


@dataclass
class Load:
    """Begin it with World.load; `slices` counts those that were finished."""

    system: System
    feeds: Sequence[Feed]
    register: Register
    history: History
    mailbox: Mailbox
    http: httpx.AsyncClient
    patience: float
    has_poison: bool = False
    slices: int = 0
    late: list[tuple[int, str]] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self) -> None:
        """Open each feed, with a baseline."""
        for feed in self.feeds:
            body = {"connection_id": feed.connection_id, "district_id": feed.district_id}
            await self.ask("connect", feed.connection_id, "POST", "/v1/feeds", feed.district_id, json=body)
            await self._upload(feed)

    async def subscribe(self) -> None:
        """The agency hears of all hires; whoever it named answers never, so that what is owed can be counted."""
        body = {"url": "http://127.0.0.1:9/nobody-is-there"}
        await self.ask("subscribe", "webhook", "POST", "/v1/webhooks", AGENCY, json=body)

    @asynccontextmanager
    async def going(self, *, pause: float) -> AsyncIterator["Load"]:
        """Slice after slice, with a pause between; at the end each client may finish what it is at."""
        self._ended.clear()
        async with asyncio.TaskGroup() as clients:
            clients.create_task(self._slices(pause))
            clients.create_task(self._answers())
            try:
                yield self
            finally:
                self._ended.set()

    async def until(self, slices: int) -> None:
        """Return when so many slices in all are done."""
        while self.slices < slices:  # noqa: ASYNC110  looking is what a bystander can do
            await asyncio.sleep(PAUSE_SECONDS)

    async def slice(self) -> None:
        """One of them; returns when every client has been answered."""
        number = next(self._numbers)
        feeds = [self.feeds[(number * FEEDS_A_SLICE + each) % len(self.feeds)] for each in range(FEEDS_A_SLICE)]
        known_late, self.late = self.late, []
        hires = [(person, feed.district_id) for feed in feeds for person in feed.hire(HIRED_A_FEED)]
        self.late = hires[::LATE_ONE_IN]
        in_time = [hire for hire in hires if hire not in self.late]
        self.history.shown.update(self.register.hired(*hire) for hire in hires)
        await self.bring([person for person, _ in in_time], f"slice {number}")
        async with asyncio.TaskGroup() as uploads:
            for feed in feeds:
                feed.move(number)
                uploads.create_task(self._upload(feed))
        if known_late:
            await self.bring([person for person, _ in known_late], f"slice {number}, late")
        if self.has_poison:
            await self._poison(number)
        await self._look_at_results()
        self.history.hired.update(self.register.hired(*hire) for hire in [*in_time, *known_late])
        self.slices += 1

    async def _slices(self, pause: float) -> None:
        while not self._ended.is_set():
            await self.slice()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._ended.wait()

    async def _answers(self) -> None:
        principals = Principals(self.history, self.patience)
        async with asyncio.TaskGroup() as sittings:
            while not self._ended.is_set():
                with suppress(httpx.TransportError):
                    links = [mail.link for mail in await self.mailbox.catch_up(self.http)]
                    sittings.create_task(principals.attend(links))
                with suppress(TimeoutError):
                    async with asyncio.timeout(MAIL_SECONDS):
                        await self._ended.wait()

    async def _upload(self, feed: Feed) -> None:
        packed, observed_at = feed.snapshot()
        path = f"/v1/feeds/{feed.connection_id}/snapshots"
        files = {"file": ("roster.zip", packed, "application/zip")}
        query = {"observed_at": observed_at}
        about = f"{feed.connection_id} {observed_at}"
        answer = await self.ask("upload", about, "POST", path, feed.district_id, files=files, params=query)
        state = answer.json().get("state")
        assert state == "applied", f"the upload {about} came to {state}: {answer.text[:300]}"

    async def bring(self, people: Sequence[int], about: str) -> None:
        """Their providers register these completers."""
        files = {name: (f"{name}.csv", content, "text/csv") for name, content in self.register.files(people).items()}
        answer = await self.ask("import", about, "POST", "/v1/imports/completers", AGENCY, files=files)
        told = answer.json()
        assert told.get("rows_kept") == told.get("rows_read") == 2 * len(people), answer.text[:300]

    async def _look_at_results(self) -> None:
        for name, path in (("analytics", f"/v1/results/{CAMPAIGN}"), ("survey", "/v1/campaigns")):
            await self.look(name, path, AGENCY)

    async def look(self, service: str, path: str, who: str) -> httpx.Response:
        """As somebody, at what changes nothing."""
        client = Client(self.http, self.history, self.patience)
        return await client.look(f"{self.system.url(service)}{path}", headers=self._key_of(who))

    async def ask(self, verb: str, about: str, method: str, path: str, who: str, **request: Any) -> httpx.Response:
        """Of partnership, as somebody, until it is answered."""
        client = Client(self.http, self.history, self.patience)
        url, headers = f"{self.system.url('partnership')}{path}", self._key_of(who)
        answer, _ = await client.ask(verb, about, lambda: self.http.request(method, url, headers=headers, **request))
        assert not answer.is_error, f"{verb} {about} was refused: {answer.status_code} {answer.text[:300]}"
        return answer

    def _key_of(self, who: str) -> dict[str, str]:
        return {"Accept": "application/json", "Authorization": f"Bearer {self.system.places.api_keys[who]}"}

    async def _poison(self, number: int) -> None:
        """One of five keys in turn. Sent until it is acknowledged, so it may be there more than once."""
        key = b"poison-%d" % (number % POISONED_KEYS)
        for topic in (HIRES, SURVEYS):
            self.history.poisoned.add((topic, key))
            await self._until_taken(lambda topic=topic: self._send(topic, key))  # type: ignore[misc]

    async def _until_taken(self, send: Callable[[], Any]) -> None:
        while True:
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(self.patience):
                    await send()
                    return
            await asyncio.sleep(PAUSE_SECONDS)

    async def _send(self, topic: str, key: bytes) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.system.broker.bootstrap, acks="all")
        await producer.start()
        try:
            await producer.send_and_wait(topic, b"\xff this is no event", key=key)
        finally:
            await producer.stop()
