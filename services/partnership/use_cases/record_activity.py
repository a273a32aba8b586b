"""What both did together, and how far their goals are: recorded by one side, answered by the other."""

from datetime import datetime

from services.partnership.domain.ledger import activity as doing
from services.partnership.domain.ledger import measurement as measuring
from services.partnership.domain.ledger.activity import Activity, NewActivity
from services.partnership.domain.ledger.measurement import Measurement, NewMeasurement
from services.partnership.domain.ledger.sides import side_of, viewing
from services.partnership.store.ledger_entries import ActivityStore, MeasurementStore
from services.partnership.store.partnerships import PartnershipStore
from shared.access.callers import Caller
from shared.errors import Conflict
from shared.events.partnerships import Verdict
from shared.rounds import on_a_fresh_reading


async def record_activity(
    key: str,
    new: NewActivity,
    *,
    caller: Caller,
    partnerships: PartnershipStore,
    activities: ActivityStore,
    now: datetime,
) -> Activity:
    """The same words again are the same activity."""
    known = await partnerships.get(key, caller.scope())
    side = side_of(caller.scope(), known.provider_id, known.district_id)
    activity, events = doing.record(known, new, side=side, by=caller.subject, now=now)
    if not await activities.add(activity, events, now):
        return await activities.get(key, activity.activity_id, caller.scope())
    return activity


async def answer_activity(
    key: str,
    activity_id: str,
    verdict: Verdict,
    *,
    caller: Caller,
    activities: ActivityStore,
    now: datetime,
    reason: str = "",
) -> Activity:
    """The other side attests or disputes it."""

    async def attempt() -> Activity:
        known = await activities.get(key, activity_id, caller.scope())
        side = side_of(caller.scope(), known.provider_id, known.district_id)
        after, events = doing.answer(known, verdict, side=side, by=caller.subject, now=now, reason=reason)
        if events:
            await activities.save(after, events, now)
        return after

    return await on_a_fresh_reading(attempt)


async def void_activity(
    key: str, activity_id: str, *, reason: str, caller: Caller, activities: ActivityStore, now: datetime
) -> Activity:
    """The side that recorded it takes it back; it stays to be read."""

    async def attempt() -> Activity:
        known = await activities.get(key, activity_id, caller.scope())
        side = side_of(caller.scope(), known.provider_id, known.district_id)
        after, events = doing.void(known, side=side, by=caller.subject, reason=reason, now=now)
        if events:
            await activities.save(after, events, now)
        return after

    return await on_a_fresh_reading(attempt)


async def measure_goal(
    key: str,
    goal_id: str,
    new: NewMeasurement,
    *,
    caller: Caller,
    partnerships: PartnershipStore,
    measurements: MeasurementStore,
    now: datetime,
) -> Measurement:
    """One side says how far a goal is."""
    known = await partnerships.get(key, caller.scope())
    side = side_of(caller.scope(), known.provider_id, known.district_id)
    measurement, events = measuring.measure(known, goal_id, new, side=side, by=caller.subject, now=now)
    if not await measurements.add(measurement, events, now):
        return await measurements.get(key, measurement.measurement_id, caller.scope())
    return measurement


async def answer_measurement(
    key: str,
    measurement_id: str,
    verdict: Verdict,
    *,
    caller: Caller,
    measurements: MeasurementStore,
    smallest_group: int,
    now: datetime,
    reason: str = "",
) -> Measurement:
    """The other side attests or disputes a figure. Nobody can speak for a number that is withheld from them."""
    scope = caller.scope()

    async def attempt() -> Measurement:
        known = await measurements.get(key, measurement_id, scope)
        side = side_of(scope, known.provider_id, known.district_id)
        if known.is_withheld_from(viewing(scope), smallest_group):
            raise Conflict(
                f"This figure counts fewer than {smallest_group} people, and is withheld from your side.",
                hint="It stands as one-sided.",
            )
        after, events = measuring.answer(known, verdict, side=side, by=caller.subject, now=now, reason=reason)
        if events:
            await measurements.save(after, events, now)
        return after

    return await on_a_fresh_reading(attempt)
