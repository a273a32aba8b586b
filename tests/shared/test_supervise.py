"""A loop that fails or stands still is revived; one that cannot be revived is given up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.errors import StoreAway
from shared.supervise import Heartbeat, Patience, Supervisor
from tests.shared.reading import until

QUICK = Patience(
    stuck_after=0.05, first_wait=0.001, longest_wait=0.01, failures=3, memory=60.0, farewell=0.5, outage_wait=0.001
)


class Attempts:
    """A loop that does what the script says on each attempt, and works from then on."""

    def __init__(self, *script: str) -> None:
        self.script = list(script)
        self.begun = 0
        self.cancelled = 0
        self.works = asyncio.Event()

    async def run(self, progress: Heartbeat) -> None:
        self.begun += 1
        step = self.script.pop(0) if self.script else "work"
        try:
            if step == "fail":
                raise RuntimeError("failed")
            if step == "outage":
                raise StoreAway("away")
            if step == "return":
                return
            if step == "hang":
                await asyncio.Event().wait()
            self.works.set()
            while True:
                progress()
                await asyncio.sleep(0.005)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


@asynccontextmanager
async def supervised(loop: Attempts, patience: Patience = QUICK) -> AsyncIterator[tuple[Supervisor, list[str]]]:
    told: list[str] = []
    supervisor = Supervisor(
        patience=patience,
        jitter=lambda: 0.0,
        on_failure=lambda name: told.append(f"{name} failed"),
        on_give_up=lambda name: told.append(f"{name} given up"),
    )
    supervisor.start("relay", loop.run)
    try:
        yield supervisor, told
    finally:
        await supervisor.stop()


async def works(loop: Attempts) -> None:
    async with asyncio.timeout(5):
        await loop.works.wait()


async def test_a_loop_that_fails_is_started_again() -> None:
    loop = Attempts("fail", "fail")
    async with supervised(loop) as (supervisor, told):
        await works(loop)
        assert told == ["relay failed", "relay failed"]
        assert supervisor.gave_up is None
    assert loop.begun == 3


async def test_a_loop_that_returns_is_started_again() -> None:
    loop = Attempts("return")
    async with supervised(loop):
        await works(loop)
    assert loop.begun == 2


async def test_a_loop_that_stands_still_is_cancelled_and_started_again() -> None:
    loop = Attempts("hang")
    async with supervised(loop) as (_, told):
        await works(loop)
        assert told == ["relay failed"]
        assert loop.cancelled == 1


async def test_a_loop_that_gets_on_is_left_alone() -> None:
    loop = Attempts()
    async with supervised(loop) as (supervisor, told):
        await works(loop)
        deadline = asyncio.get_running_loop().time() + 3 * QUICK.stuck_after
        while asyncio.get_running_loop().time() < deadline:
            assert supervisor.idle_seconds()["relay"] < QUICK.stuck_after
            await asyncio.sleep(0.01)
        assert told == []
        assert supervisor.is_alive()
    assert loop.begun == 1


async def test_a_loop_that_cannot_be_revived_is_given_up() -> None:
    loop = Attempts(*["fail"] * 10)
    async with supervised(loop) as (supervisor, told):
        await until(lambda: supervisor.gave_up is not None)
        assert told == ["relay failed"] * 3 + ["relay given up"]
        assert supervisor.gave_up == "relay"
        assert not supervisor.is_alive()
    assert loop.begun == 4


async def test_failures_that_lie_far_apart_are_forgotten() -> None:
    forgetful = Patience(stuck_after=1.0, first_wait=0.02, longest_wait=0.02, failures=1, memory=0.005, farewell=0.5)
    loop = Attempts(*["fail"] * 6)
    async with supervised(loop, forgetful) as (supervisor, _):
        await works(loop)
        assert supervisor.gave_up is None
    assert loop.begun == 7


async def test_a_stopped_supervisor_runs_nothing() -> None:
    loop = Attempts()
    async with supervised(loop) as (supervisor, _):
        await works(loop)
        await supervisor.stop()
        assert supervisor.idle_seconds() == {}
        assert loop.cancelled == 1


async def test_one_loop_can_be_stopped_without_the_others() -> None:
    consumer, mailer = Attempts(), Attempts()
    async with supervised(consumer) as (supervisor, _):
        supervisor.start("mailer", mailer.run)
        await works(consumer)
        await works(mailer)
        await supervisor.stop("relay")
        assert list(supervisor.idle_seconds()) == ["mailer"]
        assert (consumer.cancelled, mailer.cancelled) == (1, 0)


async def test_an_outage_is_waited_out_however_long_and_is_no_failure() -> None:
    loop = Attempts(*["outage"] * 20)
    async with supervised(loop) as (supervisor, told):
        await works(loop)
        assert told == []
        assert supervisor.is_alive()


async def test_how_often_a_loop_failed_lately_is_told() -> None:
    loop = Attempts("fail", "outage", "fail")
    async with supervised(loop) as (supervisor, _):
        await asyncio.wait_for(loop.works.wait(), 5)
        (state,) = supervisor.states()
        assert (state.name, state.failures) == ("relay", 2)
        assert state.failed_ago is not None
        assert 0 <= state.idle_seconds <= state.failed_ago < 5


async def test_a_loop_that_never_failed_says_so() -> None:
    async with supervised(Attempts()) as (supervisor, _):
        (state,) = supervisor.states()
        assert (state.failures, state.failed_ago) == (0, None)
