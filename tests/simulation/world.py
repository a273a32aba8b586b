"""What surrounds the simulated processes: one loop, one source of chance, the weather at the ports, a history."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple, TypeVar

from prometheus_client import CollectorRegistry
from prometheus_client import Counter as Metric

from shared import fault
from tests.simulation.loop import Process, VirtualLoop

Answer = TypeVar("Answer")
LAST_LINES = 80


@dataclass
class Weather:
    """How the ports behave. Chances are per call, delays in seconds."""

    is_store_away: bool = False
    is_broker_away: bool = False
    longest_delay: float = 0.005
    loses_answers: float = 0.0
    """Of writes to the store: done, and never confirmed."""
    loses_acknowledgements: float = 0.0
    """Of records: taken, and never confirmed."""
    is_late: float = 0.0
    """Records arrive after their sender was told that they did not."""

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]  # as it was in the beginning


class Trap(NamedTuple):
    """The kill point at which the next process is stopped: for `seconds`, or for ever."""

    point: str
    seconds: float | None


NO_TRAP = Trap("", None)


class _KillPoints(fault.Armed):
    """Counts each point of the code that is passed, and stops a process where it was told to."""

    def __init__(self, world: "World") -> None:
        metric = Metric("fault_point_hits_total", "Unused.", ["point"], registry=CollectorRegistry())
        super().__init__("", 0, "", 0.0, metric)
        self._world = world

    def hit(self, point: str) -> None:
        self._world.passed[point] += 1
        process = Process.current()
        if process is not None and process.is_running and point == self._world.trap.point:
            seconds, self._world.trap = self._world.trap.seconds, NO_TRAP
            if seconds is None:
                self._world.kill(process, at=point)
            else:
                self._world.pause(process, seconds, at=point)


@dataclass
class World:
    """One run of the simulation. The same seed and the same steps make the same history."""

    seed: int
    weather: Weather = field(default_factory=Weather)
    history: list[str] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    trap: Trap = NO_TRAP
    on_end: Callable[[Process], None] = lambda _process: None
    """Told of a process that was killed or paused: who must notice, notices."""

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.loop = VirtualLoop()
        self.graveyard: list[Process] = []
        self.broken: AssertionError | None = None
        fault._armed = _KillPoints(self)

    def tell(self, line: str) -> None:
        self.history.append(f"{self.loop.time():12.4f} {line}")

    def violated(self, promise: str) -> None:
        """A promise is broken. Remembered, for whoever raised it may be far from the test."""
        self.tell(f"VIOLATED: {promise}")
        self.broken = self.broken or AssertionError("\n".join([promise, "", *self.history[-LAST_LINES:]]))

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Run the world until this is done; raises what was found broken on the way."""
        answer = self.loop.run_until_complete(work)
        if self.broken is not None:
            raise self.broken
        return answer

    def pass_time(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    def kill(self, process: Process, *, at: str = "") -> None:
        """As `kill -9` does."""
        self.tell(f"{process.name} killed {at}")
        process.is_dead = True
        self.graveyard.append(process)
        self.on_end(process)

    def pause(self, process: Process, seconds: float, *, at: str = "") -> None:
        """As SIGSTOP does, and SIGCONT after a while."""
        self.tell(f"{process.name} paused for {seconds:.1f} s {at}")
        process.is_paused = True
        self.later(seconds, lambda: self._resume(process))
        self.on_end(process)

    def _resume(self, process: Process) -> None:
        self.tell(f"{process.name} resumed")
        process.resume()

    def later(self, seconds: float, happens: Callable[[], None]) -> None:
        """Let something happen in the world, whatever becomes of the process that caused it."""
        self.loop.call_later(seconds, happens, context=Context())

    def delay(self) -> float:
        """How long something is on its way."""
        return self.chance.uniform(0.0002, self.weather.longest_delay)

    async def on_its_way(self, arrive: "Callable[[Reply[Answer]], None]") -> Answer:
        """A call over the network. Once it has left it arrives, although its caller may have died."""
        process = Process.current()
        if process is not None and not process.is_running:
            await asyncio.sleep(0)  # Until it runs again.
        if process is not None and process.is_buried:
            raise asyncio.CancelledError
        reply: Reply[Answer] = Reply(self)
        self.later(self.delay(), lambda: arrive(reply))
        return await reply.future

    def end(self) -> None:
        """Bury the dead and close the loop."""
        fault._armed = None

        async def bury() -> None:
            for process in self.graveyard:
                await process.bury()

        try:
            self.loop.run_until_complete(bury())
            left = asyncio.all_tasks(self.loop)
            for task in left:
                task.cancel()
            if left:
                self.loop.run_until_complete(asyncio.wait(left))
        finally:
            self.loop.close()


class Reply(Awaitable[Answer]):
    """What the caller waits for: an answer, an error, or nothing for ever."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.future: asyncio.Future[Answer] = world.loop.create_future()

    def __await__(self) -> Any:
        return self.future.__await__()

    def give(self, answer: Answer, after: float | None = None) -> None:
        self._world.later(self._world.delay() if after is None else after, lambda: self._settle(answer, None))

    def fail(self, error: Exception, after: float | None = None) -> None:
        self._world.later(self._world.delay() if after is None else after, lambda: self._settle(None, error))

    def _settle(self, answer: Any, error: Exception | None) -> None:
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(answer)
