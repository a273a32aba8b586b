"""The services of a system as processes that die: armed with a fault, awaited in their death, started again."""

import asyncio
import signal
from collections import Counter
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field

from deploy.local.process import DidNotStart
from tests.journeys.system import System, until

DIES_WITHIN_SECONDS = 90.0


class DidNotDie(AssertionError):
    """The load ran, and the service did not come to its kill point as often as it should."""


@dataclass
class Mortals:
    """`deaths` counts by service."""

    system: System
    deaths: Counter[str] = field(default_factory=Counter, kw_only=True)

    async def arm(self, service: str, fault: str) -> None:
        """Stop the service in good order, and start it with `<point>:<nth>:<action>`, or with `count`."""
        await asyncio.to_thread(self.system.services[service].stop)
        await self.revive(service, fault)

    async def death_of(self, service: str, *, seconds: float = DIES_WITHIN_SECONDS) -> None:
        """Return when it has died by itself, of SIGKILL."""

        async def is_gone() -> bool:
            return self.system.services[service].exit_status is not None

        try:
            await until(is_gone, seconds=seconds, what=f"the death of {service}")
        except AssertionError as error:
            raise DidNotDie(str(error)) from None
        status = self.system.services[service].exit_status
        assert status == -signal.SIGKILL, f"{service} ended with {status}; {self.system.services[service].last_words()}"
        self.note_death(service)

    async def revive(self, service: str, fault: str = "") -> None:
        """Start it; return when it is ready, or has come to its fault already."""
        self.system.begin(service, **({f"{service.upper()}_FAULT": fault} if fault else {}))
        with suppress(DidNotStart) if fault else nullcontext():
            await asyncio.to_thread(self.system.await_ready, service)
            self.note_birth(service)

    def note_death(self, service: str) -> None:
        """Whoever kills a process otherwise tells it here."""
        self.deaths[service] += 1

    def note_birth(self, *services: str) -> None:
        """Whoever starts processes otherwise tells it here."""
