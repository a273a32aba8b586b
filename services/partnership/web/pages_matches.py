"""Doubtful matches for people: the evidence side by side, confirm or reject."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.partnership.web.state import Sliced, Wired
from services.partnership.web.words import CONTRADICTION_WORDS, EVIDENCE_WORDS, REASON_WORDS
from shared.access.asking import requires
from shared.access.callers import Caller

router = APIRouter(prefix="/matches", include_in_schema=False)
Reviewing = Annotated[Caller, Depends(requires("district", "agency"))]
Chosen = Annotated[str, Form()]
Reason = Annotated[str, Form(max_length=500)]


@router.get("")
async def matches(request: Request, caller: Reviewing, partnership: Wired, part: Sliced) -> Response:
    scope = caller.scope()
    people = await partnership.staff.in_review(scope, limit=part.size, skip=part.skip)
    total = await partnership.staff.count_in_review(scope)
    candidates = await partnership.completers.by_ids(
        {each.completer_id for person in people for each in person.matching.candidates}
    )
    names = await partnership.directory.names(
        [code for person in people for code in (person.district_id, person.school_id)]
        + [each.provider_id for each in candidates.values()]
    )
    return partnership.page(
        request,
        "matches.html",
        people=people,
        candidates=candidates,
        names=names,
        total=total,
        page=part.page,
        page_count=part.pages(total),
        evidence_words=EVIDENCE_WORDS,
        contradiction_words=CONTRADICTION_WORDS,
        reason_words=REASON_WORDS,
    )


@router.post("/{staff_id}/confirm")
async def confirm(
    staff_id: str, completer_id: Chosen, caller: Reviewing, partnership: Wired, reason: Reason = ""
) -> Response:
    await partnership.confirm_match(
        staff_id, completer_id, scope=caller.scope(), by=caller.subject, reason=reason, now=partnership.clock()
    )
    return RedirectResponse("/matches", status_code=303)


@router.post("/{staff_id}/reject")
async def reject(
    staff_id: str, completer_id: Chosen, caller: Reviewing, partnership: Wired, reason: Reason = ""
) -> Response:
    await partnership.reject_match(staff_id, completer_id, scope=caller.scope(), by=caller.subject, reason=reason)
    return RedirectResponse("/matches", status_code=303)
