"""Hires for machines: read them, withdraw one that was wrong."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from services.partnership.domain.hire import Hire, Mistake
from services.partnership.web.provenance_words import provenance_json
from services.partnership.web.state import Sliced, Wired
from shared.access.asking import Asking, requires
from shared.access.callers import Caller

router = APIRouter(prefix="/v1/hires", tags=["hires"])
Reviewing = Annotated[Caller, Depends(requires("district", "agency"))]


@router.get("")
async def hires(caller: Asking, partnership: Wired, part: Sliced) -> dict[str, Any]:
    """Hires, newest first: the agency's all, a district's own, a provider's those of its completers."""
    scope = caller.scope()
    found = await partnership.hires.page(scope, limit=part.size, skip=part.skip)
    items = [each.model_dump(mode="json") for each in found]
    return {"items": items, "total": await partnership.hires.count(scope), "page": part.page, "size": part.size}


@router.get("/{hire_id}")
async def hire(hire_id: str, caller: Asking, partnership: Wired) -> Hire:
    return await partnership.hires.get(hire_id, caller.scope())


@router.get("/{hire_id}/provenance")
async def provenance(hire_id: str, caller: Asking, partnership: Wired) -> dict[str, Any]:
    """The rows of the feed behind a hire, the rule that made it one, the match, and what was told of it since.

    Values of the person are masked for all but the district and the agency.
    """
    return provenance_json(await partnership.trace_hire(hire_id, scope=caller.scope()))


@router.post("/{hire_id}/withdraw")
async def withdraw(
    hire_id: str,
    mistake: Annotated[Mistake, Body()],
    reason: Annotated[str, Body(min_length=1, max_length=500)],
    caller: Reviewing,
    partnership: Wired,
) -> Hire:
    """Say that a hire was wrong: `not_our_completer`, or `did_not_happen`. The first word stays."""
    return await partnership.withdraw_hire(
        hire_id, mistake, scope=caller.scope(), by=caller.subject, reason=reason, now=partnership.clock()
    )
