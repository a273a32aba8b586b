"""What the calendar does to partnerships: they begin and expire, goals are counted, both sides are reminded."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.answers import on_day
from services.partnership.domain.ledger.measurement import count
from services.partnership.domain.ledger.reminders import reminders
from services.partnership.store.hires import HireStore
from services.partnership.store.ledger_entries import MeasurementStore
from services.partnership.store.partnerships import PartnershipStore, ReminderStore
from shared.access.callers import EVERYTHING
from shared.clock import Clock
from shared.errors import Outage, StaleRevision
from shared.supervise import Heartbeat

AT_ONCE = 200
BEAT_SECONDS = 10.0
log = structlog.get_logger()


async def keep_ledger_current(
    alive: Heartbeat, *, once: Callable[..., Awaitable[int]], clock: Clock, seconds: float
) -> None:
    """Round after round until cancelled. A round finds the same facts as the one before and keeps them once."""
    while True:
        try:
            await once(alive=alive, now=clock())
        except Outage as error:
            log.warning("ledger_waits_for_outage", error=type(error).__name__)
        left = seconds
        while left > 0:
            alive()
            await asyncio.sleep(min(left, BEAT_SECONDS))
            left -= BEAT_SECONDS


async def look_at_partnerships(
    *,
    partnerships: PartnershipStore,
    measurements: MeasurementStore,
    reminded: ReminderStore,
    hires: HireStore,
    alive: Heartbeat,
    now: datetime,
) -> int:
    """Answers how many reminders were new."""
    new, after = 0, ""
    while batch := await partnerships.moving(after, AT_ONCE):
        for known in batch:
            alive()
            current = await _on_day(known, partnerships, now)
            await _count_hires(current, measurements, hires, now)
            new += await reminded.keep(reminders(current, now.date()))
        after = batch[-1].partnership_id
    return new


async def _on_day(known: Partnership, partnerships: PartnershipStore, now: datetime) -> Partnership:
    current, events = on_day(known, now.date())
    if events:
        try:
            await partnerships.save(current, events, now)
        except StaleRevision:
            return known
    return current


async def _count_hires(
    partnership: Partnership, measurements: MeasurementStore, hires: HireStore, now: datetime
) -> None:
    """A new figure only where it differs from the last one."""
    version, today = partnership.in_force, now.date()
    goals = [each for each in version.terms.goals if each.is_counted] if version else []
    if version is None or not goals or today < version.terms.begins_on:
        return
    found = await hires.count_within(
        partnership.provider_id, partnership.district_id, version.terms.begins_on, version.terms.last_day(today)
    )
    known = await measurements.of(partnership.partnership_id, EVERYTHING)
    for goal in goals:
        counted = [each for each in known if each.goal_id == goal.goal_id and each.stated_by is None]
        if counted and counted[0].value == found:
            continue
        measurement, events = count(partnership, goal, found, today)
        await measurements.add(measurement, events, now)
