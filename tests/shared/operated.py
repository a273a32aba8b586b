"""A service in this process that notes names, fails where it is told to, and answers its operator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI

from shared.errors import RuleBroken
from shared.events import Envelope
from shared.events.partnership import PEOPLE, CompleterProfileChanged, OrganizationChanged
from shared.mongo import Mongo
from shared.records import OutboundRecord
from shared.service import Figure, Frame, Wiring, create_service
from tests.conftest import SetClock
from tests.running import running, signed_in
from tests.shared.parts_of_a_service import settings
from tests.shared.reading import TOPIC
from tests.twice_kafka import TwiceKafka

KEY = "00350000"


@dataclass
class Operated:
    """The service, its operator, and the events that it is given."""

    kafka: TwiceKafka
    clock: SetClock
    raises: dict[str, Exception] = field(default_factory=dict)
    holds: dict[str, asyncio.Event] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=lambda: [Figure("mails", "mails on their way", 3)])
    app: FastAPI = field(init=False)
    client: httpx.AsyncClient = field(init=False)

    async def note(self, envelope: Envelope[OrganizationChanged]) -> None:
        name = envelope.event.name
        self.tried.append(name)
        if name in self.holds:
            await self.holds[name].wait()
        if name in self.raises:
            raise self.raises[name]
        self.names.append(name)

    async def wire(self, frame: Frame) -> Wiring:
        async def refuse(_: Envelope[CompleterProfileChanged]) -> None:
            raise RuleBroken("No profile fits.")

        async def erase(key: str) -> None:
            if "erase" in self.raises:
                raise self.raises["erase"]
            self.erased.append(key)

        async def figures() -> list[Figure]:
            return self.figures

        frame.documents("things")
        return Wiring(
            topics=[TOPIC, PEOPLE],
            reactions={OrganizationChanged: self.note, CompleterProfileChanged: refuse},
            tombstones={PEOPLE: erase},
            figures=figures,
        )

    @property
    def applied(self) -> list[str]:
        """The names in the order of their first application."""
        return list(dict.fromkeys(self.names))

    async def ask(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(f"/v1/operations{path}", params=query, headers=signed_in(self.app, "operator"))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def tell(self, path: str, **body: Any) -> httpx.Response:
        return await self.client.post(f"/v1/operations{path}", json=body, headers=signed_in(self.app, "operator"))

    async def read_all(self) -> None:
        await self.kafka.until_read(self.app.state.life.name, TOPIC, PEOPLE)

    async def park(self, *records: OutboundRecord) -> None:
        await self.kafka.append(records)
        await self.read_all()

    async def parked_ids(self) -> list[str]:
        return [event.id for event in await self.app.state.life.workings.parking.waiting()]


@asynccontextmanager
async def operated(mongo: Mongo, clock: SetClock, name: str = "parts", **changes: Any) -> AsyncIterator[Operated]:
    """The service, running; `changes` are settings."""
    service = Operated(TwiceKafka(), clock)
    service.app = create_service(
        name, settings(**changes), service.wire, mongo=mongo, broker=service.kafka, clock=clock
    )
    async with running(service.app) as service.client:
        yield service
