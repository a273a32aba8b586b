"""Doubtful matches for machines: list them, confirm or reject."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from services.partnership.domain.staff import Staff
from services.partnership.web.review_list import Asked
from services.partnership.web.state import Sliced, Wired
from shared.access.asking import requires
from shared.access.callers import Caller

router = APIRouter(prefix="/v1/matches", tags=["matches"])
Reviewing = Annotated[Caller, Depends(requires("district", "agency"))]
Reason = Annotated[str, Body(min_length=1, max_length=500)]
Chosen = Annotated[str, Body()]


@router.get("")
async def matches(caller: Reviewing, partnership: Wired, part: Sliced, asked: Asked) -> dict[str, Any]:
    """New colleagues of whom a person must say which completer they are, with the evidence.

    `district`, `school` (codes) and `why` (a reason) choose among them.
    """
    scope = caller.scope()
    found = await partnership.staff.in_review(scope, limit=part.size, skip=part.skip, chosen=asked.query)
    total = await partnership.staff.count_in_review(scope, asked.query)
    return {"items": [_told(each) for each in found], "total": total, "page": part.page, "size": part.size}


@router.post("/{staff_id}/confirm")
async def confirm(
    staff_id: str, completer_id: Chosen, reason: Reason, caller: Reviewing, partnership: Wired
) -> dict[str, Any]:
    decided = await partnership.confirm_match(
        staff_id, completer_id, scope=caller.scope(), by=caller.subject, reason=reason, now=partnership.clock()
    )
    return _told(decided)


@router.post("/{staff_id}/reject")
async def reject(
    staff_id: str, completer_id: Chosen, reason: Reason, caller: Reviewing, partnership: Wired
) -> dict[str, Any]:
    decided = await partnership.reject_match(
        staff_id, completer_id, scope=caller.scope(), by=caller.subject, reason=reason
    )
    return _told(decided)


def _told(staff: Staff) -> dict[str, Any]:
    kept = staff.model_dump(mode="json", include={"staff_id", "connection_id", "district_id", "matching"})
    appointment = staff.appointment.model_dump(mode="json") if staff.appointment else None
    return kept | {
        "school_id": staff.school_id,
        "role": staff.role,
        "appointment": appointment,
        "hire_id": staff.hire_id,
    }
