"""Start what the calendars want, and work on what is due: several feeds side by side, each one pull at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from services.partnership.domain.pull import Pull, wanted
from services.partnership.metrics import PartnershipMetrics
from services.partnership.use_cases.pull_feed import PullStores
from shared.clock import Clock
from shared.fault import fault
from shared.supervise import Heartbeat

log = structlog.get_logger()
NOT_MADE_UP_FOR = timedelta(days=2)


async def start_pulls(
    alive: Heartbeat,
    *,
    stores: PullStores,
    pull_one: Callable[[Pull], Awaitable[None]],
    metrics: PartnershipMetrics,
    clock: Clock,
    at_once: int,
    round_seconds: float,
) -> None:
    """For ever. A pull that ends in a way that nobody expected leaves the others alone; it is taken up again."""
    at_work: set[asyncio.Task[None]] = set()
    try:
        while True:
            alive()
            await want_what_is_due(stores, metrics, clock())
            while len(at_work) < at_once and (pull := await stores.pulls.claim(clock())) is not None:
                fault("pull.claimed")
                at_work.add(asyncio.ensure_future(_awaited(pull_one, pull)))
            if not at_work:
                await asyncio.sleep(round_seconds)
                continue
            done, at_work = await asyncio.wait(at_work, timeout=round_seconds, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                if (error := each.exception()) is not None:
                    log.error("pull_broke_off", error=type(error).__name__, exc_info=error)
    finally:
        for each in at_work:
            each.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)


async def want_what_is_due(stores: PullStores, metrics: PartnershipMetrics, now: datetime) -> None:
    """A pull for each connection whose calendar has had a run since its last one; and how late the good ones are."""
    known = await stores.credentials.known_since()
    due, good = await stores.pulls.last_due_by_calendar(), await stores.pulls.last_good()
    ages: dict[str, float] = {}
    lates: dict[str, float] = {}
    for connection in await stores.feeds.pulled():
        since = known.get(connection.connection_id)
        if connection.pull is None or since is None:
            continue
        source = connection.pull.source
        after = max(due.get(connection.connection_id, since), now - NOT_MADE_UP_FOR)
        run = connection.pull.calendar.latest_due(after, now, connection.zone)
        if run is not None:
            await stores.pulls.add(wanted(connection.connection_id, connection.district_id, source, run, now))
        last = good.get(connection.connection_id, since)
        first_missed = connection.pull.calendar.next_run(last, connection.zone)
        late = (now - first_missed).total_seconds() if first_missed is not None else 0.0
        ages[source] = max(ages.get(source, 0.0), (now - last).total_seconds())
        lates[source] = max(lates.get(source, 0.0), late, 0.0)
    for name, age in ages.items():
        metrics.pull_age.labels(source=name).set(age)
        metrics.pull_overdue.labels(source=name).set(lates[name])


async def _awaited(pull_one: Callable[[Pull], Awaitable[None]], pull: Pull) -> None:
    await pull_one(pull)
