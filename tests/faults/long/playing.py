"""How a long row is played: load, the fault, its end, rest, and then every invariant."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from tests.faults.invariants import Violation
from tests.faults.load import Load
from tests.faults.long.proxied import ProxiedSystem
from tests.faults.rows import Row
from tests.faults.world import World
from tests.journeys.state import let_leases_run_out

PAUSE_SECONDS = 0.3

Fault = Callable[[Load], Awaitable[None]]


@dataclass
class Scene:
    """Rows of a file follow one another on it. What an earlier one has violated is not held against a later one."""

    world: World
    known: set[Violation] = field(default_factory=set)

    async def settle(self, row: Row, healed: float, *, only: Sequence[str] = ()) -> None:
        """Fill in the row once all is at rest: what recovered since `healed` (monotonic), and what came of it.

        AssertionError names what is violated, of all invariants or `only` these.
        """
        # Mails that were claimed when the fault struck are looked at again after two minutes, which are let pass.
        let_leases_run_out(self.world.system)
        await self.world.at_rest()
        row.recovered_in = monotonic() - healed
        report = await self.world.check(*only)
        fresh = [violation for violation in report.violations if violation not in self.known]
        self.known.update(fresh)
        row.lost = sum(violation.kind == "lost" for violation in fresh)
        row.doubled = sum(violation.kind == "doubled" for violation in fresh)
        row.parked = report.parked
        assert not fresh, "\n".join(map(str, fresh))

    @property
    def slowest(self) -> float:
        """Seconds that the least lucky client of this row had to try until it was answered."""
        return self.world.history.slowest


@dataclass
class Stage(Scene):
    """One whose every hop can be spoiled."""

    system: ProxiedSystem = field(kw_only=True)

    async def play(self, row: Row, inject: Fault, *, only: Sequence[str] = ()) -> None:
        """`inject` returns when its fault is over; the load goes on meanwhile."""
        self.world.history.slowest = 0.0
        async with self.world.load(pause=PAUSE_SECONDS) as load:
            await load.until(load.slices + 1)
            try:
                await inject(load)
            finally:
                await asyncio.to_thread(self.system.heal)
            healed = monotonic()
        await self.settle(row, healed, only=only)
