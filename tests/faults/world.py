"""A system with people around it, on which faults are injected, and what is held against what when it is at rest.

async with World.around(system, season) as world:
    async with world.load() as load:
        await load.until(3)
        …                                       inject; the clients go on, and try again
    row.recovered_in = await world.at_rest()
    report = await world.check()
    assert not report.violations, str(report)
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

import httpx

from deploy.local.services import SERVICES
from tests.faults.clients import TIMEOUT
from tests.faults.evidence import Evidence
from tests.faults.feeds import Feed, feeds_in, register_in
from tests.faults.gathering import Gathering, descriptors
from tests.faults.history import History
from tests.faults.invariants import Report, violations
from tests.faults.load import Load
from tests.faults.mortals import Mortals
from tests.faults.principals import Mailbox
from tests.faults.pulls import PulledDistrict
from tests.journeys.people import fill_registers
from tests.journeys.records import Records
from tests.journeys.season import Season
from tests.journeys.state import has_come_to_rest, let_claims_run_out, let_leases_run_out, mails_handed_over
from tests.journeys.system import System


@dataclass
class World(Mortals):
    """`patience`: seconds that clients, and those who wait for rest, have. `handing_over`: mails when survey died.
    `spare` is a district that does not upload; once it is connected it is `pulled`."""

    history: History
    mailbox: Mailbox
    http: httpx.AsyncClient
    records: Records
    patience: float
    work: Load
    gathering: Gathering
    spare: Feed
    handing_over: int = 0
    pulled: PulledDistrict | None = None

    @classmethod
    @asynccontextmanager
    async def around(cls, system: System, season: Season, *, patience: float = 60.0) -> AsyncIterator["World"]:
        """Registers are filled, feeds connected and a webhook added. The system is the caller's to start and stop."""
        history, mailbox = History(), Mailbox(system.places.mail)
        async with httpx.AsyncClient(timeout=TIMEOUT) as http, Records.of(system) as records:
            (*feeds, spare), register = feeds_in(season.folder), register_in(season.folder)
            work = Load(system, feeds, register, history, mailbox, http, patience)
            gathering = Gathering(system, history, mailbox, records, http, [feed.district_id for feed in feeds])
            world = cls(system, history, mailbox, http, records, patience, work, gathering, spare)
            world.note_birth(*SERVICES)
            await fill_registers(system, season)
            await work.connect()
            await work.subscribe()
            yield world

    @asynccontextmanager
    async def load(self, *, pause: float = 0.0, has_poison: bool = False) -> AsyncIterator[Load]:
        """Slices of load, with a pause of so many seconds between, until this ends and all clients are answered."""
        self.work.has_poison = has_poison
        async with self.work.going(pause=pause):
            yield self.work

    async def at_rest(self, *, seconds: float | None = None) -> float:
        """Return when nothing is left to do: after how many seconds."""
        began = monotonic()
        await has_come_to_rest(self.system, self.records, seconds=seconds or self.patience)
        return monotonic() - began

    async def check(self, *only: str) -> Report:
        """All invariants, or only these, against what there is now."""
        run = await self.evidence()
        parked = [each for name in SERVICES for each in run.all(f"{name}.parked") if each["state"] == "parked"]
        return Report(violations(run, *only), len(parked))

    async def check_offsets(self) -> Report:
        """I8, at any moment: what lies before a committed offset was applied or parked."""
        return Report(violations(await self.gathering.offsets(), "I8"), 0)

    async def evidence(self) -> Evidence:
        run = await self.gathering.all()
        run.unknown_at_most = self.handing_over
        return run

    def note_death(self, service: str) -> None:
        """Of mails that survey was handing over nobody knows the fate. It looks at them again after their leases, and
        partnership at a pull after its claim: those minutes are let pass here."""
        super().note_death(service)
        if service == "survey":
            self.handing_over += mails_handed_over(self.system)
            let_leases_run_out(self.system)
        if service == "partnership":
            let_claims_run_out(self.system)

    def note_birth(self, *services: str) -> None:
        self.gathering.descriptors.update((name, descriptors(self.system.services[name])) for name in services)
