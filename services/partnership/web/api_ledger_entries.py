"""What both sides of a partnership did and reached, for machines."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from services.partnership.domain.ledger.activity import NewActivity
from services.partnership.domain.ledger.measurement import NewMeasurement
from services.partnership.domain.ledger.sides import viewing
from services.partnership.domain.ledger.statements import Reason
from services.partnership.web.api_partnerships import Looking, Party
from services.partnership.web.ledger_told import activity_told, measurement_told
from services.partnership.web.state import Wired
from shared.events.partnerships import Verdict

router = APIRouter(prefix="/v1/partnerships/{partnership_id}", tags=["partnerships"])
Why = Annotated[Reason, Body(embed=True)]
Told = dict[str, Any]


@router.get("/activities")
async def activities(partnership_id: str, caller: Looking, partnership: Wired) -> list[Told]:
    """Newest first; each with whose word it is, and what the other side says of it."""
    ledger, scope = partnership.ledger, caller.scope()
    await ledger.partnerships.get(partnership_id, scope)
    return [activity_told(each) for each in await ledger.activities.of(partnership_id, scope)]


@router.post("/activities")
async def record(partnership_id: str, new: NewActivity, caller: Party, partnership: Wired) -> Told:
    """Record something that both did together; `GET /v1/partnerships/ways` says what `record` holds for each way."""
    return activity_told(
        await partnership.ledger.record_activity(partnership_id, new, caller=caller, now=partnership.clock())
    )


@router.post("/activities/{activity_id}/attest")
async def attest_activity(partnership_id: str, activity_id: str, caller: Party, partnership: Wired) -> Told:
    """Say that your side agrees to what the other side recorded."""
    return activity_told(
        await partnership.ledger.answer_activity(
            partnership_id, activity_id, Verdict.ATTESTED, caller=caller, now=partnership.clock()
        )
    )


@router.post("/activities/{activity_id}/dispute")
async def dispute_activity(
    partnership_id: str, activity_id: str, reason: Why, caller: Party, partnership: Wired
) -> Told:
    """Say that it was not so, and why."""
    return activity_told(
        await partnership.ledger.answer_activity(
            partnership_id, activity_id, Verdict.DISPUTED, reason=reason, caller=caller, now=partnership.clock()
        )
    )


@router.post("/activities/{activity_id}/void")
async def void(partnership_id: str, activity_id: str, reason: Why, caller: Party, partnership: Wired) -> Told:
    """Take back what your side recorded."""
    return activity_told(
        await partnership.ledger.void_activity(
            partnership_id, activity_id, reason=reason, caller=caller, now=partnership.clock()
        )
    )


@router.get("/measurements")
async def measurements(partnership_id: str, caller: Looking, partnership: Wired) -> list[Told]:
    """Newest first. `value` is null where it counts fewer people than may be told to your side."""
    ledger, scope = partnership.ledger, caller.scope()
    await ledger.partnerships.get(partnership_id, scope)
    found = await ledger.measurements.of(partnership_id, scope)
    return [measurement_told(each, viewing(scope), ledger.smallest_group) for each in found]


@router.post("/goals/{goal_id}/measurements")
async def measure(partnership_id: str, goal_id: str, new: NewMeasurement, caller: Party, partnership: Wired) -> Told:
    """State how far a goal is."""
    ledger = partnership.ledger
    measured = await ledger.measure(partnership_id, goal_id, new, caller=caller, now=partnership.clock())
    return measurement_told(measured, viewing(caller.scope()), ledger.smallest_group)


@router.post("/measurements/{measurement_id}/attest")
async def attest_measurement(partnership_id: str, measurement_id: str, caller: Party, partnership: Wired) -> Told:
    ledger = partnership.ledger
    answered = await ledger.answer_measurement(
        partnership_id, measurement_id, Verdict.ATTESTED, caller=caller, now=partnership.clock()
    )
    return measurement_told(answered, viewing(caller.scope()), ledger.smallest_group)


@router.post("/measurements/{measurement_id}/dispute")
async def dispute_measurement(
    partnership_id: str, measurement_id: str, reason: Why, caller: Party, partnership: Wired
) -> Told:
    ledger = partnership.ledger
    answered = await ledger.answer_measurement(
        partnership_id, measurement_id, Verdict.DISPUTED, reason=reason, caller=caller, now=partnership.clock()
    )
    return measurement_told(answered, viewing(caller.scope()), ledger.smallest_group)
