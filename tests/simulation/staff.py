"""Simulated processes as the frame makes them: supervised loops, a relay, and somebody who starts them again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import CollectorRegistry

from shared.errors import Outage, StaleRevision
from shared.lease import Lease
from shared.metrics import OutboxMetrics
from shared.outbox import Documents
from shared.parking import Parking
from shared.reactions import Reactions
from shared.relay import Relay
from shared.supervise import Loop, Supervisor
from tests.simulation.broker import SimulatedKafka, SimulatedProducer
from tests.simulation.loop import Process
from tests.simulation.seam import Store
from tests.simulation.world import World

RESTART_SECONDS = 1.0


class Running:
    """One process of a service: its loops, and what its requests and its operator use."""

    def __init__(
        self,
        world: World,
        service: str,
        number: int,
        store: Store,
        kafka: SimulatedKafka,
        *,
        relay: type[Relay] = Relay,
    ) -> None:
        self.world = world
        self.process = Process(f"{service}-{number}", world.loop)
        self.service = service
        self.store = store
        self.registry = CollectorRegistry()
        self.supervisor = Supervisor(jitter=world.chance.random, on_give_up=self._give_up)
        lease = Lease(store.collection("leases"), "relay", f"{self.process.name}:{world.chance.random()}")
        self.relay = relay(SimulatedProducer(kafka), lease, OutboxMetrics(self.registry), jitter=world.chance.random)
        self.parking = Parking(self.documents("parked"), service=service, clock=world.loop.now)
        self.reactions = Reactions({}, {})
        self.keeps: dict[str, Documents] = {}
        self.requests: set[asyncio.Task[Any]] = set()
        self.is_ending = False
        self._loops: dict[str, Loop] = {}

    def documents(self, name: str) -> Documents:
        """As the frame gives them: their events are carried by this process's relay."""
        documents = Documents(self.store.collection(name), source=self.service, relay=self.relay)
        self.relay.carry(documents)
        return documents

    def begin(self, loops: dict[str, Loop]) -> None:
        """Start these loops."""
        self._loops = loops

        async def start() -> None:
            for name, loop in self._loops.items():
                self.supervisor.start(name, loop)

        self.process.start(start())

    def request(self, work: Callable[[], Awaitable[object]]) -> "asyncio.Task[Any]":
        """What somebody asks of this process; an outage is told to them, or that others were faster each time."""
        request = self.process.start(_answered(work))
        self.requests.add(request)
        request.add_done_callback(self.requests.discard)
        return request

    async def end(self) -> None:
        """SIGTERM: the consumer first, then the other loops, then the relay with what is left; then it is gone."""
        self.is_ending = True
        self.world.tell(f"{self.process.name} ends in good order")

        async def stop() -> None:
            for name in [*reversed(self._loops)]:
                await self.supervisor.stop(name)
            try:
                await self.relay.flush()
            except Outage:
                return

        await self.process.start(stop())

    @property
    def is_idle(self) -> bool:
        """It runs, means to go on, and nobody waits for an answer."""
        return self.process.is_running and not self.is_ending and not self.requests

    def tasks_left(self) -> list[str]:
        return [task.get_name() for task in self.process.tasks if not task.done()]

    def _give_up(self, loop: str) -> None:
        self.world.tell(f"{self.process.name} gives up: {loop}")
        self.world.kill(self.process, at=f"itself, for {loop}")


async def _answered(work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except (Outage, StaleRevision):
        return


class Keeper:
    """Starts a service's processes, and again when they are gone, as an orchestrator does."""

    def __init__(self, world: World, count: int, start: Callable[[int], Running]) -> None:
        self.all: dict[int, Running] = {number: start(number) for number in range(1, count + 1)}
        self._world = world
        self._start = start

    def alive(self) -> list[Running]:
        return [one for one in self.all.values() if one.process.is_running and not one.is_ending]

    def awake(self) -> Running:
        """One that a request can reach, if there is any; else one that will not answer."""
        return self._world.chance.choice(self.alive() or list(self.all.values()))

    def notice(self, process: Process) -> None:
        """A process died."""
        for number, running in self.all.items():
            if running.process is process and process.is_dead:
                self._world.later(RESTART_SECONDS, lambda number=number: self.restart(number))  # type: ignore[misc]

    def restart(self, number: int) -> None:
        self._world.tell(f"{self.all[number].process.name} starts")
        self.all[number] = self._start(number)
