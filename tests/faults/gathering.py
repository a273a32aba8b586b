"""Gathers the evidence of a run: reads stores, topics, offsets, mails, processes, logs and what keys open."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from aiokafka import ConsumerRecord

from deploy.local.process import Child
from deploy.local.services import SERVICES, metrics_port
from shared.events.partnership import PEOPLE
from tests.faults.evidence import COLLECTIONS, Document, Evidence, Seen, Told, Vital
from tests.faults.history import History
from tests.faults.principals import Mailbox
from tests.journeys.records import Records
from tests.journeys.state import CAMPAIGN
from tests.journeys.system import System

WITHOUT_BYTES = {"_outbox.value": 0, "_outbox.headers": 0, "value": 0, "headers": 0}
ADDRESS = re.compile(rb"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
TOKEN = re.compile(rb"/s/[\w.~-]{16,}")
OURS = (b"surveys@prepbridge.example",)
"""Our own sender's address is no secret."""
PAGE = 200


@dataclass
class Gathering:
    """Remembers how far it has read what only grows."""

    system: System
    history: History
    mailbox: Mailbox
    records: Records
    http: httpx.AsyncClient
    districts: Sequence[str]
    descriptors: dict[str, int] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    _read_of_log: dict[str, int] = field(default_factory=dict)

    async def offsets(self) -> Evidence:
        """Offsets first: what is done with must be in the stores, which are read after them."""
        committed = await self.records.committed()
        await self._read_topics()
        stores = await asyncio.to_thread(self._stores)
        return Evidence(history=self.history, stores=stores, told=self.told, committed=committed)

    async def all(self) -> Evidence:
        run = await self.offsets()
        await self.mailbox.catch_up(self.http)
        for name in SERVICES:
            self._search(f"the log of {name}", self._new_in_log(name))
            self._search(f"the metrics of {name}", await self._metrics(name))
        return replace(
            run,
            mails=self.mailbox.all,
            figures=await self._figures(),
            vitals={name: await self._vital(name) for name in SERVICES},
            seen=[seen for district in self.districts[:2] for seen in await self._seen_by(district)],
            leaks=self.leaks,
        )

    async def _read_topics(self) -> None:
        await self.records.catch_up()
        for record in self.records.all[len(self.told) :]:
            self.told.append(_told(record))
            if record.topic != PEOPLE:
                self._search(f"{record.topic}/{record.partition}/{record.offset}", record.value or b"")

    def _stores(self) -> dict[str, list[Document]]:
        return {
            f"{service}.{name}": list(self.system.database(service)[name].find({}, WITHOUT_BYTES))
            for service, names in COLLECTIONS.items()
            for name in names
        }

    async def _figures(self) -> dict[str, Any]:
        answer = await self.system.ask("analytics", f"/v1/results/{CAMPAIGN}")
        return dict(answer.json()["state"]) if answer.is_success else {}

    async def _vital(self, name: str) -> Vital:
        child = self.system.services[name]
        is_alive = child.exit_status is None
        is_ready = is_alive and (await self.system.ask(name, "/health/ready")).is_success
        at_start = self.descriptors[name]
        return Vital(is_alive, is_ready, descriptors(child) if is_alive else at_start, at_start)

    async def _seen_by(self, district: str) -> list[Seen]:
        """What the district's key opens: its own things, and those of the first other district, which it must not."""
        other = next(each for each in self.districts if each != district)
        hires = [hire async for hire in self._pages("/v1/hires", district)]
        feeds = (await self.system.ask("partnership", "/v1/feeds", who=district)).json()
        foreign = await self.system.ask("partnership", f"/v1/feeds/oneroster-{other}/runs", who=district)
        results = (await self.system.ask("analytics", f"/v1/results/{CAMPAIGN}", who=district)).json()
        shown = {
            "/v1/hires": {hire["district_id"] for hire in hires},
            "/v1/feeds": {feed["district_id"] for feed in feeds},
            "the runs of another's feed": {other} if foreign.is_success else set(),
            "/v1/results": set(results.get("providers", {})),
        }
        return [Seen(district, path, frozenset(found), frozenset({district})) for path, found in shown.items()]

    async def _pages(self, path: str, who: str) -> AsyncIterator[Document]:
        page = 1
        while True:
            told = (await self.system.ask("partnership", f"{path}?page={page}&size={PAGE}", who=who)).json()
            for item in told["items"]:
                yield item
            if page * PAGE >= told["total"]:
                return
            page += 1

    async def _metrics(self, name: str) -> bytes:
        try:
            url = f"http://127.0.0.1:{metrics_port(name, self.system.settings)}/metrics"
            return (await self.http.get(url)).content
        except httpx.TransportError:
            return b""

    def _new_in_log(self, name: str) -> bytes:
        with self.system.log(name).open("rb") as log:
            log.seek(self._read_of_log.get(name, 0))
            text = log.read()
            self._read_of_log[name] = log.tell()
        return text

    def _search(self, where: str, text: bytes) -> None:
        found = {match for match in ADDRESS.findall(text) if match not in OURS} | set(TOKEN.findall(text))
        self.leaks += [f"{where} holds an address or a link: {found_there!r}" for found_there in sorted(found)]


def descriptors(child: Child) -> int:
    """How many files the process has open; 0 where that cannot be seen."""
    folder = Path(f"/proc/{child.pid}/fd")
    return sum(1 for _ in folder.iterdir()) if folder.exists() else 0


def _told(record: ConsumerRecord) -> Told:
    place = (record.topic, record.partition, record.offset, (record.key or b"").decode(errors="replace"))
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    if "ce_type" not in headers or record.value is None:
        return Told(*place)
    return Told(
        *place,
        id=headers["ce_id"],
        wire_name=headers["ce_type"],
        subject=headers["ce_subject"],
        sequence=int(headers["ce_sequence"]),
    )
