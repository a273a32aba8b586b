"""An event loop whose time is virtual, and processes in it that can be stopped, resumed and killed at any await."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from datetime import UTC, datetime, timedelta
from typing import Any

BEGINNING = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)
MOST_STEPS_AT_ONCE = 200_000

_process: ContextVar["Process | None"] = ContextVar("simulated_process", default=None)


class AtAStandstill(AssertionError):
    """Nothing will ever happen again, or endlessly much at one moment."""


class Process:
    """What runs in it runs only while it does: `kill -9` and SIGSTOP leave every await where it is."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self.name = name
        self.loop = loop
        self.is_paused = False
        self.is_dead = False
        self.is_buried = False
        self.tasks: set[asyncio.Task[Any]] = set()
        self._context = copy_context()
        self._context.run(_process.set, self)
        self._held: list[_Step] = []

    @staticmethod
    def current() -> "Process | None":
        return _process.get()

    @property
    def is_running(self) -> bool:
        return self.is_buried or not (self.is_paused or self.is_dead)

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """A task of this process."""
        return self.loop.create_task(work, context=self._context.copy())

    def hold(self, step: "_Step") -> None:
        self._held.append(step)

    def resume(self) -> None:
        """What was due while it stood still is done now, in its order."""
        self.is_paused = False
        if not self.is_dead:
            self._release()

    async def bury(self) -> None:
        """After a death: let its tasks end, which no port hears of any more."""
        self.is_buried = True
        while left := [task for task in self.tasks if not task.done()]:
            for task in left:
                task.cancel()
            self._release()
            await asyncio.wait(left, timeout=1.0)

    def _release(self) -> None:
        held, self._held = self._held, []
        for step in held:
            step.again()


class _Step:
    """A callback of a process's task: run if the process runs, else held."""

    def __init__(
        self, process: Process, callback: Callable[..., object], args: tuple[Any, ...], context: Context
    ) -> None:
        self._process = process
        self._callback = callback
        self._args = args
        self._context = context
        self.handle: asyncio.Handle | None = None

    def __call__(self) -> None:
        if self.handle is not None and self.handle.cancelled():
            return
        if self._process.is_running:
            self._callback(*self._args)
        else:
            self._process.hold(self)

    def again(self) -> None:
        self._process.loop.call_soon(self, context=self._context)


class _Instantly(selectors.DefaultSelector):
    """Instead of waiting, time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._steps = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._steps = 0 if timeout else self._steps + 1
        if timeout is None or self._steps > MOST_STEPS_AT_ONCE:
            raise AtAStandstill("Nothing is left to wait for." if timeout is None else "Time does not get on.")
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Hours pass in no time. Each task belongs to the process that started it, or to the world around."""

    def __init__(self) -> None:
        self._instantly = _Instantly()
        super().__init__(self._instantly)
        self.set_task_factory(_task)  # type: ignore[arg-type]  # since 3.11 it is given the context

    def time(self) -> float:
        return self._instantly.now

    def now(self) -> datetime:
        """The wall clock of all processes, cut to milliseconds like ours."""
        return BEGINNING + timedelta(milliseconds=int(self.time() * 1000))

    def call_soon(  # type: ignore[override]  # callbacks of any arguments
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        context = copy_context() if context is None else context
        process = context.get(_process)
        if process is None:
            return super().call_soon(callback, *args, context=context)
        step = _Step(process, callback, args, context)
        step.handle = super().call_soon(step, context=context)
        return step.handle

    def call_at(  # type: ignore[override]  # callbacks of any arguments
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        context = copy_context() if context is None else context
        process = context.get(_process)
        if process is None:
            return super().call_at(when, callback, *args, context=context)
        step = _Step(process, callback, args, context)
        timer = super().call_at(when, step, context=context)
        step.handle = timer
        return timer


def _task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], *, context: Context | None = None
) -> asyncio.Task[Any]:
    context = copy_context() if context is None else context
    task = asyncio.Task(work, loop=loop, context=context)
    process = context.get(_process)
    if process is not None:
        process.tasks.add(task)
        task.add_done_callback(process.tasks.discard)
    return task
