"""How work is repeated: in rounds, and on a fresh reading when somebody else was faster."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from shared.errors import Outage, StaleRevision
from shared.supervise import Heartbeat

ATTEMPTS = 20

Result = TypeVar("Result")

log = structlog.get_logger()


async def in_rounds(heartbeat: Heartbeat, once: Callable[[], Awaitable[int]], *, seconds: float) -> None:
    """Work until cancelled: the next round follows at once while there is work, else after a pause.

    An outage ends the round, not the work.
    """
    while True:
        heartbeat()
        try:
            done = await once()
        except Outage as error:
            log.warning("round_waits_for_outage", error=type(error).__name__)
            done = 0
        if done == 0:
            await asyncio.sleep(seconds)


async def on_a_fresh_reading(attempt: Callable[[], Awaitable[Result]]) -> Result:
    """What `attempt` answers; it is repeated, from its reading on, while others save in between."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await attempt()
        except StaleRevision:
            continue
    return await attempt()
