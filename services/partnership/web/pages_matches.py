"""Doubtful matches for people: both records side by side with the evidence; a decision leads to the next person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.side_by_side import side_by_side
from services.partnership.web.likeness_words import THRESHOLDS, weighed
from services.partnership.web.review_list import SIZE, Asked, ComeFrom, options
from services.partnership.web.state import Slice, Wired
from services.partnership.web.words import (
    CONTRADICTION_WORDS,
    EVIDENCE_WORDS,
    FIELD_WORDS,
    REASON_WORDS,
    VERDICT_WORDS,
)
from shared.access.asking import requires
from shared.access.callers import Caller

router = APIRouter(prefix="/matches", include_in_schema=False)
Reviewing = Annotated[Caller, Depends(requires("district", "agency"))]
Chosen = Annotated[str, Form()]
Reason = Annotated[str, Form(max_length=500)]
NextPerson = Annotated[str, Form(max_length=60, pattern=r"^[A-Za-z0-9-]*$")]


@router.get("")
async def matches(request: Request, caller: Reviewing, partnership: Wired, asked: Asked) -> Response:
    scope, part = caller.scope(), Slice(asked.page, SIZE)
    people = await partnership.staff.in_review(scope, limit=part.size, skip=part.skip, chosen=asked.query)
    total = await partnership.staff.count_in_review(scope, asked.query)
    kinds = await partnership.staff.review_kinds(scope)
    candidates = await partnership.completers.by_ids(
        {each.completer_id for person in people for each in person.matching.candidates}
    )
    names = await partnership.directory.names(
        [each[place] for each in kinds for place in ("district_id", "school_id")]
        + [each.provider_id for each in candidates.values()]
    )
    return partnership.page(
        request,
        "matches.html",
        people=people,
        candidates=candidates,
        sides={
            (person.staff_id, each.completer_id): side_by_side(person.known, candidates[each.completer_id].known)
            for person in people
            for each in person.matching.candidates
            if each.completer_id in candidates
        },
        names=names,
        total=total,
        waiting=sum(each["count"] for each in kinds),
        asked=asked,
        page_count=part.pages(total),
        choices=options(kinds, names),
        evidence_words=EVIDENCE_WORDS,
        contradiction_words=CONTRADICTION_WORDS,
        reason_words=REASON_WORDS,
        field_words=FIELD_WORDS,
        verdict_words=VERDICT_WORDS,
        weighed=weighed,
        thresholds=THRESHOLDS,
    )


@router.post("/{staff_id}/confirm")
async def confirm(
    staff_id: str,
    completer_id: Chosen,
    caller: Reviewing,
    partnership: Wired,
    come_from: ComeFrom,
    reason: Reason = "",
    next_person: NextPerson = "",
) -> Response:
    await partnership.confirm_match(
        staff_id,
        completer_id,
        scope=caller.scope(),
        by=caller.subject,
        reason=reason.strip() or "confirmed on the review page",
        now=partnership.clock(),
    )
    return RedirectResponse(come_from.address(next_person), status_code=303)


@router.post("/{staff_id}/reject")
async def reject(
    staff_id: str,
    completer_id: Chosen,
    caller: Reviewing,
    partnership: Wired,
    come_from: ComeFrom,
    reason: Reason = "",
    next_person: NextPerson = "",
) -> Response:
    decided = await partnership.reject_match(
        staff_id,
        completer_id,
        scope=caller.scope(),
        by=caller.subject,
        reason=reason.strip() or "rejected on the review page",
        now=partnership.clock(),
    )
    still_there = f"person-{staff_id}" if decided.matching.state == "review" else next_person
    return RedirectResponse(come_from.address(still_there), status_code=303)
