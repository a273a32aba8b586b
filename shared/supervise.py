"""Keeps loops running: revives one that fails or stands still, and gives up only when reviving does not help."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from shared.backoff import Backoff, Jitter, chance
from shared.errors import Outage

log = structlog.get_logger()

Heartbeat = Callable[[], None]
Loop = Callable[[Heartbeat], Awaitable[None]]


class StoodStill(Exception):
    """A loop made no progress for too long."""


class Returned(Exception):
    """A loop that was to run for ever came to an end."""


@dataclass(frozen=True)
class Patience:
    """When a loop counts as failed, and when as hopeless. Seconds.

    A loop is hopeless when it fails more than `failures` times within `memory`; an outage is no failure. One that is
    cancelled may take `farewell` to put things in order.
    """

    stuck_after: float = 60.0
    first_wait: float = 0.5
    longest_wait: float = 30.0
    outage_wait: float = 1.0
    failures: int = 5
    memory: float = 600.0
    farewell: float = 30.0


@dataclass(frozen=True)
class LoopState:
    """How a loop gets on. `failures`: how often it failed lately (`Patience.memory`), the last time `failed_ago`."""

    name: str
    idle_seconds: float
    failures: int
    failed_ago: float | None


@dataclass
class _Watched:
    name: str
    loop: Loop
    backoff: Backoff
    last_progress: float
    failures: deque[float] = field(default_factory=deque)


class Supervisor:
    """Runs named loops for ever. One that raises an Outage is begun again when it is over, however long it takes.

    A loop is an async function that takes a heartbeat and calls it whenever it gets on: also when it is idle, and
    also when it waits out an outage. `gave_up` becomes the name of the first loop that could not be revived; then
    `on_give_up` is called with it, and whoever runs the process ends it with a non-zero status.
    """

    def __init__(
        self,
        *,
        patience: Patience | None = None,
        jitter: Jitter = chance,
        on_failure: Callable[[str], None] = lambda _name: None,
        on_give_up: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self.gave_up: str | None = None
        self._patience = patience or Patience()
        self._jitter = jitter
        self._on_failure = on_failure
        self._on_give_up = on_give_up
        self._watched: dict[str, _Watched] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, loop: Loop) -> None:
        """Begin to run a loop."""
        if name in self._tasks:
            raise ValueError(f"A loop named {name} runs already.")
        backoff = Backoff(self._patience.first_wait, self._patience.longest_wait, self._jitter)
        watched = _Watched(name, loop, backoff, _now())
        self._watched[name] = watched
        self._tasks[name] = asyncio.create_task(self._keep_running(watched), name=f"supervised {name}")

    def idle_seconds(self) -> dict[str, float]:
        """How long ago each loop last made progress; for /health/live."""
        return {name: _now() - watched.last_progress for name, watched in self._watched.items()}

    def states(self) -> list[LoopState]:
        """Each loop, in the order in which they were started."""
        now = _now()
        return [
            LoopState(
                watched.name,
                now - watched.last_progress,
                sum(failed >= now - self._patience.memory for failed in watched.failures),
                now - watched.failures[-1] if watched.failures else None,
            )
            for watched in self._watched.values()
        ]

    def is_alive(self) -> bool:
        """Nothing was given up, and no loop has stood still for twice as long as it may."""
        return self.gave_up is None and all(
            idle < 2 * self._patience.stuck_after + self._patience.longest_wait for idle in self.idle_seconds().values()
        )

    async def stop(self, name: str | None = None) -> None:
        """End one loop, or all: each is cancelled and may put its things in order."""
        tasks = [task for task_name, task in self._tasks.items() if name in (None, task_name)]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=self._patience.farewell + 1)
        for task_name in [name] if name else list(self._tasks):
            self._tasks.pop(task_name, None)
            self._watched.pop(task_name, None)

    async def _keep_running(self, watched: _Watched) -> None:
        while True:
            try:
                await self._run_once(watched)
            except Outage as error:
                log.warning("loop_waits", loop=watched.name, error=type(error).__name__)
                await asyncio.sleep(self._patience.outage_wait * (0.5 + 0.5 * self._jitter()))
                continue
            except Exception as error:
                log.exception("loop_failed", loop=watched.name, error=type(error).__name__)
            if self._is_hopeless(watched):
                self.gave_up = self.gave_up or watched.name
                log.critical("loop_given_up", loop=watched.name)
                self._on_give_up(watched.name)
                return
            self._on_failure(watched.name)
            await asyncio.sleep(watched.backoff.next())

    async def _run_once(self, watched: _Watched) -> None:
        def heartbeat() -> None:
            watched.last_progress = _now()

        heartbeat()
        running = asyncio.ensure_future(watched.loop(heartbeat))
        try:
            while not running.done():
                remaining = watched.last_progress + self._patience.stuck_after - _now()
                if remaining <= 0:
                    raise StoodStill(f"No progress for {self._patience.stuck_after} s.")
                await asyncio.wait({running}, timeout=remaining)
            if not running.cancelled():
                running.result()
            raise Returned("The loop came to an end.")
        finally:
            running.cancel()
            await asyncio.wait({running}, timeout=self._patience.farewell)
            if not running.done():
                log.error("loop_abandoned", loop=watched.name)

    def _is_hopeless(self, watched: _Watched) -> bool:
        now = _now()
        while watched.failures and watched.failures[0] < now - self._patience.memory:
            watched.failures.popleft()
        if not watched.failures:
            watched.backoff.reset()
        watched.failures.append(now)
        return len(watched.failures) > self._patience.failures


def _now() -> float:
    return asyncio.get_running_loop().time()
