"""Doubtful matches for machines: list them, confirm, reject, take a decision back, read who decided what."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from services.partnership.web.match_told import told
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
    return {"items": await told(found, partnership.completers), "total": total, "page": part.page, "size": part.size}


@router.post("/{staff_id}/confirm")
async def confirm(
    staff_id: str, completer_id: Chosen, reason: Reason, caller: Reviewing, partnership: Wired
) -> dict[str, Any]:
    decided = await partnership.confirm_match(
        staff_id, completer_id, scope=caller.scope(), by=caller.subject, reason=reason, now=partnership.clock()
    )
    return (await told([decided], partnership.completers))[0]


@router.post("/{staff_id}/reject")
async def reject(
    staff_id: str, completer_id: Chosen, reason: Reason, caller: Reviewing, partnership: Wired
) -> dict[str, Any]:
    decided = await partnership.reject_match(
        staff_id, completer_id, scope=caller.scope(), by=caller.subject, reason=reason, now=partnership.clock()
    )
    return (await told([decided], partnership.completers))[0]


@router.post("/{staff_id}/undo")
async def undo(
    staff_id: str, completer_id: Chosen, reason: Reason, caller: Reviewing, partnership: Wired
) -> dict[str, Any]:
    """Take back the last decision about a completer: the question is open again, a hire that came of it withdrawn."""
    decided = await partnership.undo_match(
        staff_id, completer_id, scope=caller.scope(), by=caller.subject, reason=reason, now=partnership.clock()
    )
    return (await told([decided], partnership.completers))[0]


@router.get("/{staff_id}")
async def match(staff_id: str, caller: Reviewing, partnership: Wired) -> dict[str, Any]:
    """One colleague, whatever was decided; `matching.decisions` is who said what, when, why, and on which evidence."""
    return (await told([await partnership.staff.get(staff_id, caller.scope())], partnership.completers))[0]
