"""Partnerships for people: the list, one with its story, and what either side says of it."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.ledger.agreement import Partnership as Agreement
from services.partnership.domain.ledger.outcomes import LAST_YEAR
from services.partnership.domain.ledger.parties import ContactRole, NewContact
from services.partnership.domain.ledger.sides import viewing
from services.partnership.domain.ledger.ways import WAYS
from services.partnership.web.api_imports import files_of
from services.partnership.web.api_partner_list import SHOWN_AFTER
from services.partnership.web.api_partnerships import Agency, Looking, Party, as_download, yesterday
from services.partnership.web.ledger_forms import faults_of, said
from services.partnership.web.ledger_words import (
    OCCASION_WORDS,
    RENEWAL_WORDS,
    SIDE_WORDS,
    STANDING_WORDS,
    STATUS_WORDS,
    goals_shown,
    timeline,
)
from services.partnership.web.state import Partnership, Sliced, Wired
from shared.access.callers import Caller
from shared.errors import Conflict, InvalidInput, Refused, TooLarge
from shared.events.partnerships import PartnershipStatus, Verdict

router = APIRouter(prefix="/partnerships", include_in_schema=False)
VersionNumber = Annotated[int, Form(ge=1, le=10_000)]
WORDS: dict[str, Any] = {
    "way_words": {code: record.title for code, record in WAYS.items()},
    "status_words": STATUS_WORDS,
    "standing_words": STANDING_WORDS,
    "side_words": SIDE_WORDS,
    "renewal_words": RENEWAL_WORDS,
    "occasion_words": OCCASION_WORDS,
}
ROLES: tuple[ContactRole, ...] = (
    *("lead", "liaison", "superintendent", "principal"),
    *("supervising_practitioner", "faculty", "data", "other"),
)


@router.get("")
async def partnerships(
    request: Request,
    caller: Looking,
    partnership: Wired,
    part: Sliced,
    status: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    ledger, scope = partnership.ledger, caller.scope()
    chosen = PartnershipStatus(status) if status in STATUS_WORDS else None
    counts = await ledger.partnerships.counts(scope)
    found = await ledger.partnerships.page(scope, chosen, limit=part.size, skip=part.skip)
    total = counts.get(chosen.value, 0) if chosen else sum(counts.values())
    since = partnership.clock().date() - SHOWN_AFTER
    reminders = await ledger.reminded.latest(scope, since, limit=20)
    codes = [code for each in found for code in (each.provider_id, each.district_id)]
    codes += [code for each in reminders for code in (each.provider_id, each.district_id)]
    return partnership.page(
        request,
        "partnerships.html",
        partnerships=found,
        reminders=reminders,
        counts=counts,
        chosen=chosen,
        names=await partnership.directory.names(codes),
        may_propose=viewing(scope) is not None,
        page=part.page,
        page_count=part.pages(total),
        **WORDS,
    )


@router.get("/{partnership_id}")
async def one(request: Request, partnership_id: str, caller: Looking, partnership: Wired) -> Response:
    return await detail(request, partnership_id, caller, partnership, {})


@router.post("/{partnership_id}/attest")
async def attest(partnership_id: str, version: VersionNumber, caller: Party, partnership: Wired) -> Response:
    await partnership.ledger.answer(
        partnership_id, Verdict.ATTESTED, version=version, caller=caller, now=partnership.clock()
    )
    return back(partnership_id)


@router.post("/{partnership_id}/dispute")
async def dispute(
    request: Request, partnership_id: str, version: VersionNumber, caller: Party, partnership: Wired
) -> Response:
    reason = said(await request.form(), "dispute-reason")
    if not reason:
        errors = {"dispute-reason": "Say what your side does not agree to."}
        return await detail(request, partnership_id, caller, partnership, errors)
    await partnership.ledger.answer(
        partnership_id,
        Verdict.DISPUTED,
        version=version,
        reason=reason[:500],
        caller=caller,
        now=partnership.clock(),
    )
    return back(partnership_id)


@router.post("/{partnership_id}/terminate")
async def terminate(request: Request, partnership_id: str, caller: Party, partnership: Wired) -> Response:
    form = await request.form()
    reason = said(form, "terminate-reason")
    try:
        if not reason:
            raise InvalidInput("Say why it should end.", where="terminate-reason")
        await partnership.ledger.give_notice(
            partnership_id,
            reason=reason[:500],
            effective_on=_day(said(form, "effective_on")),
            caller=caller,
            now=partnership.clock(),
        )
    except InvalidInput as refusal:
        return await detail(request, partnership_id, caller, partnership, _told(refusal))
    return back(partnership_id)


@router.post("/{partnership_id}/review")
async def review(request: Request, partnership_id: str, caller: Agency, partnership: Wired) -> Response:
    reason = said(await request.form(), "review-reason")
    if not reason:
        return await detail(request, partnership_id, caller, partnership, {"review-reason": "Say why."})
    await partnership.ledger.review(partnership_id, reason=reason[:500], caller=caller, now=partnership.clock())
    return back(partnership_id)


@router.post("/{partnership_id}/end-review")
async def end_review(partnership_id: str, caller: Agency, partnership: Wired) -> Response:
    await partnership.ledger.end_review(partnership_id, caller=caller, now=partnership.clock())
    return back(partnership_id)


@router.post("/{partnership_id}/contacts")
async def add_contact(request: Request, partnership_id: str, caller: Party, partnership: Wired) -> Response:
    form = await request.form()
    fields = {name: str(form.get(name, "")).strip() for name in ("side", "role", "name", "email")}
    try:
        new = NewContact.model_validate(fields)
        await partnership.ledger.add_contact(partnership_id, new, caller=caller, now=partnership.clock())
    except ValidationError as invalid:
        return await detail(request, partnership_id, caller, partnership, faults_of(invalid))
    return back(partnership_id, "contacts")


@router.post("/{partnership_id}/contacts/{contact_key}/end")
async def end_contact(partnership_id: str, contact_key: str, caller: Party, partnership: Wired) -> Response:
    await partnership.ledger.end_contact(
        partnership_id, contact_key, until_on=yesterday(partnership), caller=caller, now=partnership.clock()
    )
    return back(partnership_id, "contacts")


@router.post("/{partnership_id}/documents")
async def add_document(request: Request, partnership_id: str, caller: Party, partnership: Wired) -> Response:
    await partnership.ledger.partnerships.get(partnership_id, caller.scope())
    try:
        name, content = (await files_of(request))[0]
        await partnership.ledger.add_document(partnership_id, name, content, caller=caller, now=partnership.clock())
    except (InvalidInput, TooLarge, Conflict) as refusal:
        return await detail(request, partnership_id, caller, partnership, {"file": _words(refusal)})
    return back(partnership_id, "documents")


@router.get("/{partnership_id}/documents/{sha256}")
async def document(partnership_id: str, sha256: str, caller: Looking, partnership: Wired) -> Response:
    return await as_download(partnership_id, sha256, caller, partnership)


async def detail(
    request: Request, partnership_id: str, caller: Caller, partnership: Partnership, errors: dict[str, str]
) -> Response:
    """One partnership with both sides' words; what this viewer may say is offered."""
    ledger, scope, today = partnership.ledger, caller.scope(), partnership.clock().date()
    found: Agreement = await ledger.partnerships.get(partnership_id, scope)
    weighed = await ledger.weigh(found, scope=scope, today=today)
    side = viewing(scope)
    terms = found.shown.terms if found.shown else None
    every = [version.terms for version in found.versions]
    names = await partnership.directory.names(
        {found.provider_id, found.district_id, *(code for each in every for code in each.school_ids)}
    )
    programs = await partnership.directory.programs_by_id(code for each in every for code in each.program_ids)
    may_answer = side is not None and found.latest is not None and found.latest.proposed_by is not side
    context: dict[str, Any] = {
        "one": found,
        "terms": terms,
        "side": side,
        "may_answer": may_answer and not found.is_over,
        "weighed": weighed,
        "lately": today - LAST_YEAR,
        "goals": goals_shown(found, weighed.measurements, side, ledger.smallest_group),
        "story": timeline(found, weighed.activities),
        "reminders": await ledger.reminded.of(partnership_id),
        "names": names | {code: program.name for code, program in programs.items()},
        "today": today,
        "roles": ROLES,
        "here": f"/partnerships/{partnership_id}",
    }
    return partnership.page(
        request, "partnership.html", status=422 if errors else 200, errors=errors, **context, **WORDS
    )


def back(partnership_id: str, part: str = "") -> Response:
    return RedirectResponse(f"/partnerships/{partnership_id}{'#' + part if part else ''}", status_code=303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise InvalidInput("Write the day as 2027-09-01.", where="effective_on") from None


def _told(refusal: Refused) -> dict[str, str]:
    return {refusal.where: _words(refusal)}


def _words(refusal: Refused) -> str:
    return f"{refusal.message} {refusal.hint}".strip()
