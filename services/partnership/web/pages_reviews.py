"""Reviews for people: the agency prepares and carries them, a provider reads its own."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.reviews.process import PROCESSES
from services.partnership.domain.reviews.review import Review
from services.partnership.web.api_reviews import Looking, Reviewing
from services.partnership.web.form_refused import FormRefused
from services.partnership.web.review_forms import (
    PERSON,
    added_contact,
    changed_plan,
    day_of,
    new_review,
    told_of,
)
from services.partnership.web.review_words import (
    DISPOSITION_WORDS,
    ORIGIN_WORDS,
    REASON_WORDS,
    ROLE_WORDS,
    STATUS_WORDS,
    role_of,
)
from services.partnership.web.state import Partnership, Sliced, Wired
from shared.access.callers import Caller
from shared.errors import Conflict, InvalidInput, NotFound
from shared.pages import Option

router = APIRouter(prefix="/reviews", include_in_schema=False)
PROCESS_OPTIONS = [Option(each.process, each.title) for each in PROCESSES.values()]
SIZES = [Option("small", "Small"), Option("large", "Large")]
STAGE_TITLES = {stage.stage: stage.title for process in PROCESSES.values() for stage in process.stages}
SAY_SO = "Say that you are sure."


@router.get("")
async def reviews(request: Request, caller: Looking, partnership: Wired, part: Sliced) -> Response:
    return await _list(request, caller, partnership, part, {}, {})


@router.post("")
async def draft(request: Request, caller: Reviewing, partnership: Wired, part: Sliced) -> Response:
    fields = dict(await request.form())
    try:
        drafted = await partnership.reviews.draft(new_review(fields), caller=caller, now=partnership.clock())
    except FormRefused as refusal:
        return await _list(request, caller, partnership, part, fields, refusal.errors)
    except (InvalidInput, Conflict) as refusal:
        return await _list(request, caller, partnership, part, fields, told_of(refusal, "provider_id"))
    return _to(drafted.review_id)


@router.get("/{review_id}")
async def review(request: Request, review_id: str, caller: Looking, partnership: Wired) -> Response:
    return await _one(request, review_id, caller, partnership)


@router.post("/{review_id}/plan")
async def replan(request: Request, review_id: str, caller: Reviewing, partnership: Wired) -> Response:
    fields = dict(await request.form())
    known = await partnership.reviews.reviews.get(review_id, caller.scope())
    try:
        plan = changed_plan(known, fields)
        await partnership.reviews.replan(review_id, plan, caller=caller, now=partnership.clock())
    except FormRefused as refusal:
        return await _one(request, review_id, caller, partnership, values=fields, errors=refusal.errors)
    except (InvalidInput, Conflict) as refusal:
        errors = told_of(refusal, "answers_until", known.plan)
        return await _one(request, review_id, caller, partnership, values=fields, errors=errors)
    return _to(review_id)


@router.post("/{review_id}/contacts")
async def add_contact(request: Request, review_id: str, caller: Reviewing, partnership: Wired) -> Response:
    fields = dict(await request.form())
    try:
        added = added_contact(fields)
        await partnership.reviews.add_contact(review_id, added, caller=caller, now=partnership.clock())
    except FormRefused as refusal:
        return await _one(request, review_id, caller, partnership, values=fields, errors=refusal.errors)
    except (InvalidInput, Conflict) as refusal:
        errors = told_of(refusal, "district_id")
        return await _one(request, review_id, caller, partnership, values=fields, errors=errors)
    return _to(review_id)


@router.post("/{review_id}/contacts/remove")
async def remove_contact(request: Request, review_id: str, caller: Reviewing, partnership: Wired) -> Response:
    key = str((await request.form()).get("contact_key", ""))
    await partnership.reviews.remove_contact(review_id, key, caller=caller, now=partnership.clock())
    return _to(review_id)


@router.post("/{review_id}/open")
async def open_(request: Request, review_id: str, caller: Reviewing, partnership: Wired) -> Response:
    return await _decided(request, review_id, caller, partnership, "open")


@router.post("/{review_id}/close")
async def close(request: Request, review_id: str, caller: Reviewing, partnership: Wired) -> Response:
    return await _decided(request, review_id, caller, partnership, "close")


@router.post("/{review_id}/advance")
async def advance(request: Request, review_id: str, caller: Reviewing, partnership: Wired) -> Response:
    fields = dict(await request.form())
    stage, written = str(fields.get("stage", "")), str(fields.get("reached_on", "")).strip()
    try:
        day = day_of(written)
        await partnership.reviews.advance(review_id, stage, day, caller=caller, now=partnership.clock())
    except FormRefused as refusal:
        return await _one(request, review_id, caller, partnership, values=fields, errors=refusal.errors)
    except (InvalidInput, Conflict) as refusal:
        return await _one(request, review_id, caller, partnership, values=fields, errors=told_of(refusal, "stage"))
    return _to(review_id)


@router.post("/{review_id}/discard")
async def discard(review_id: str, caller: Reviewing, partnership: Wired) -> Response:
    await partnership.reviews.discard(review_id, caller=caller)
    return RedirectResponse("/reviews", status_code=303)


async def _decided(request: Request, review_id: str, caller: Caller, partnership: Partnership, what: str) -> Response:
    """Open or close it, if who asks says that they are sure: neither can be undone."""
    if (await request.form()).get("sure") != "yes":
        return await _one(request, review_id, caller, partnership, errors={"sure": SAY_SO})
    verb = partnership.reviews.open if what == "open" else partnership.reviews.close
    try:
        await verb(review_id, caller=caller, now=partnership.clock())
    except Conflict as refusal:
        return await _one(request, review_id, caller, partnership, errors=told_of(refusal, "sure"))
    return _to(review_id)


def _to(review_id: str) -> Response:
    return RedirectResponse(f"/reviews/{review_id}", status_code=303)


async def _list(
    request: Request,
    caller: Caller,
    partnership: Partnership,
    part: Sliced,
    values: dict[str, Any],
    errors: dict[str, str],
) -> Response:
    kept, scope = partnership.reviews.reviews, caller.scope()
    found = await kept.page(scope, status=None, limit=part.size, skip=part.skip)
    may_review = caller.role == "agency"
    providers = (
        await partnership.directory.list_organizations(kind="provider", text="", limit=0, skip=0) if may_review else []
    )
    return partnership.page(
        request,
        "reviews.html",
        status=422 if errors else 200,
        reviews=found,
        names=await partnership.directory.names(each.provider_id for each in found),
        page=part.page,
        page_count=part.pages(await kept.count(scope, status=None)),
        may_review=may_review,
        providers=[Option(each.id, each.name) for each in providers],
        processes=PROCESS_OPTIONS,
        sizes=SIZES,
        titles=STAGE_TITLES,
        status_words=STATUS_WORDS,
        values={"provider_id": "", "process": "", "size_class": "", "begins_on": ""} | values,
        errors=errors,
    )


async def _one(
    request: Request,
    review_id: str,
    caller: Caller,
    partnership: Partnership,
    *,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    found, shown = await partnership.reviews.read(review_id, scope=caller.scope(), now=partnership.clock())
    may_review = caller.role == "agency"
    if errors and not may_review:
        raise NotFound("There is no such review.")
    is_draft = may_review and found.status == "draft"
    districts = (
        await partnership.directory.list_organizations(kind="district", text="", limit=0, skip=0) if is_draft else []
    )
    codes = (found.provider_id, *(each.district_id for each in shown.contacts))
    return partnership.page(
        request,
        "review.html",
        status=422 if errors else 200,
        review=shown,
        added={each.contact_key for each in found.contacts} if is_draft else set(),
        process=found.process,
        names=await partnership.directory.names(codes),
        districts=[Option(each.id, each.name) for each in districts],
        roles=[*(Option(role, words) for role, words in ROLE_WORDS.items()), Option(PERSON, "A person, by name")],
        sizes=SIZES,
        titles=STAGE_TITLES,
        stages_ahead=[Option(each, STAGE_TITLES[each]) for each in found.stages_ahead],
        may_review=may_review,
        sees_all=caller.scope().sees_all,
        status_words=STATUS_WORDS,
        origin_words=ORIGIN_WORDS,
        disposition_words=DISPOSITION_WORDS,
        reason_words=REASON_WORDS,
        role_of=role_of,
        values=_values(found) | (values or {}),
        errors=errors or {},
    )


def _values(review: Review) -> dict[str, Any]:
    """What the forms show before anything is changed."""
    dates: dict[str, Any] = {}
    for each in review.plan.stages:
        dates[f"{each.stage}-begins_on"] = each.begins_on.isoformat()
        dates[f"{each.stage}-ends_on"] = each.ends_on.isoformat()
    empty = dict.fromkeys(("district_id", "role", "organization_id", "name", "email", "stage", "reached_on"), "")
    kept = {"size_class": review.plan.size_class, "answers_until": review.plan.answers_until.isoformat()}
    return {**dates, **empty, **kept}
