"""Hires for people: which were found, on what evidence, and what to do about a wrong one."""

from typing import Annotated, cast, get_args

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.hire import Mistake
from services.partnership.use_cases.trace_hire import Provenance
from services.partnership.web.provenance_words import EVENT_WORDS, LOOKED_AT_WORDS, PERSON_WORDS, RULE_WORDS
from services.partnership.web.state import Sliced, Wired
from services.partnership.web.words import BASIS_WORDS, EVIDENCE_WORDS, MISTAKE_WORDS, VARIANT_WORDS
from shared.access.asking import Asking, requires
from shared.access.callers import Caller
from shared.pages import Option

router = APIRouter(prefix="/hires", include_in_schema=False)
Reviewing = Annotated[Caller, Depends(requires("district", "agency"))]
Filled = Annotated[str, Form(max_length=500)]
MISTAKES = [Option(mistake, words) for mistake, words in MISTAKE_WORDS.items()]


@router.get("")
async def hires(request: Request, caller: Asking, partnership: Wired, part: Sliced) -> Response:
    scope = caller.scope()
    found = await partnership.hires.page(scope, limit=part.size, skip=part.skip)
    total = await partnership.hires.count(scope)
    names = await partnership.directory.names(code for each in found for code in (each.district_id, each.school_id))
    return partnership.page(
        request,
        "hires.html",
        hires=found,
        names=names,
        total=total,
        page=part.page,
        page_count=part.pages(total),
        variant_words=VARIANT_WORDS,
    )


@router.get("/{hire_id}")
async def hire(request: Request, hire_id: str, caller: Asking, partnership: Wired) -> Response:
    return await _hire_page(request, hire_id, caller, partnership, {})


@router.get("/{hire_id}/provenance")
async def provenance(request: Request, hire_id: str, caller: Asking, partnership: Wired) -> Response:
    traced: Provenance = await partnership.trace_hire(hire_id, scope=caller.scope())
    schools = [turn.facts.school_id for turn, _ in traced.rows if turn.facts]
    said = [each.said.get("school_id") for each in traced.hire.history]
    return partnership.page(
        request,
        "provenance.html",
        traced=traced,
        hire=traced.hire,
        names=await partnership.directory.names([traced.hire.district_id, *schools, *said]),
        sees_person=caller.role in ("agency", "district"),
        rule_words=RULE_WORDS,
        looked_at_words=LOOKED_AT_WORDS,
        event_words=EVENT_WORDS,
        person_words=PERSON_WORDS,
        evidence_words=EVIDENCE_WORDS,
        basis_words=BASIS_WORDS,
        mistake_words=MISTAKE_WORDS,
    )


@router.post("/{hire_id}/withdraw")
async def withdraw(
    request: Request,
    hire_id: str,
    caller: Reviewing,
    partnership: Wired,
    mistake: Filled = "",
    reason: Filled = "",
) -> Response:
    errors = {}
    if mistake not in get_args(Mistake):
        errors["mistake"] = "Choose what was wrong."
    if not reason.strip():
        errors["reason"] = "Say how you know."
    if errors:
        return await _hire_page(request, hire_id, caller, partnership, errors)
    await partnership.withdraw_hire(
        hire_id,
        cast(Mistake, mistake),
        scope=caller.scope(),
        by=caller.subject,
        reason=reason.strip(),
        now=partnership.clock(),
    )
    return RedirectResponse(f"/hires/{hire_id}", status_code=303)


async def _hire_page(
    request: Request, hire_id: str, caller: Caller, partnership: Wired, errors: dict[str, str]
) -> Response:
    found = await partnership.hires.get(hire_id, caller.scope())
    completer = (await partnership.completers.by_ids([found.completer_id]))[found.completer_id]
    return partnership.page(
        request,
        "hire.html",
        status=422 if errors else 200,
        hire=found,
        completer=completer,
        names=await partnership.directory.names([found.district_id, found.school_id, *found.provider_ids]),
        may_withdraw=caller.role in ("district", "agency") and found.withdrawal is None,
        mistakes=MISTAKES,
        mistake_words=MISTAKE_WORDS,
        evidence_words=EVIDENCE_WORDS,
        basis_words=BASIS_WORDS,
        variant_words=VARIANT_WORDS,
        errors=errors,
    )
