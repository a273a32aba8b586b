"""Terms of a partnership by form: propose them, amend them."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import Response

from services.partnership.domain.ledger.agreement import Partnership as Agreement
from services.partnership.domain.ledger.parties import NewContact
from services.partnership.domain.ledger.sides import NewPartnership, viewing
from services.partnership.domain.ledger.statements import other
from services.partnership.domain.ledger.terms import Terms
from services.partnership.domain.ledger.ways import WAYS
from services.partnership.web import ledger_forms as forms
from services.partnership.web.api_partnerships import Party
from services.partnership.web.form_refused import FormRefused
from services.partnership.web.ledger_words import RENEWAL_WORDS
from services.partnership.web.pages_partnerships import back
from services.partnership.web.state import Partnership, Wired
from shared.access.callers import Caller
from shared.errors import Conflict, InvalidInput
from shared.events.partnerships import Side
from shared.pages import Option

router = APIRouter(prefix="/partnerships", include_in_schema=False)
SPARE_GOALS, MOST_LISTED = 2, 500
PLACES = {
    "terms.begins_on": "begins_on",
    "terms.school_ids": "school_ids",
    "terms.program_ids": "program_ids",
    "provider_id": "partner",
    "district_id": "partner",
}


@router.get("/new")
async def new(request: Request, caller: Party, partnership: Wired) -> Response:
    return await _terms_form(request, caller, partnership, None, forms.values_of(None), {})


@router.post("/new")
async def propose(request: Request, caller: Party, partnership: Wired) -> Response:
    form = await request.form()
    try:
        made = await _proposed(form, caller, partnership)
    except FormRefused as refusal:
        return await _terms_form(request, caller, partnership, None, _written(form), refusal.errors)
    except (InvalidInput, Conflict) as refusal:
        errors = forms.in_place(refusal, PLACES)
        return await _terms_form(request, caller, partnership, None, _written(form), errors)
    return back(made.partnership_id)


@router.get("/{partnership_id}/amend")
async def amend_form(request: Request, partnership_id: str, caller: Party, partnership: Wired) -> Response:
    known = await partnership.ledger.partnerships.get(partnership_id, caller.scope())
    return await _terms_form(request, caller, partnership, known, forms.values_of(known), {})


@router.post("/{partnership_id}/amend")
async def amend(request: Request, partnership_id: str, caller: Party, partnership: Wired) -> Response:
    known = await partnership.ledger.partnerships.get(partnership_id, caller.scope())
    form = await request.form()
    try:
        terms = forms.written_terms(form, known)
        await partnership.ledger.amend(partnership_id, terms, caller=caller, now=partnership.clock())
    except FormRefused as refusal:
        return await _terms_form(request, caller, partnership, known, _written(form), refusal.errors)
    except (InvalidInput, Conflict) as refusal:
        errors = forms.in_place(refusal, PLACES)
        return await _terms_form(request, caller, partnership, known, _written(form), errors)
    return back(partnership_id)


async def _proposed(form: FormData, caller: Caller, partnership: Partnership) -> Agreement:
    side = viewing(caller.scope())
    errors: dict[str, str] = {}
    terms: Terms | None = None
    contacts: list[NewContact] = []
    partner, ours = str(form.get("partner", "")).strip(), str(form.get("ours", "")).strip()
    ours = ours or caller.only_organization
    try:
        terms = forms.written_terms(form, None)
    except FormRefused as refusal:
        errors |= refusal.errors
    person = {name: str(form.get(f"contact-{name}", "")).strip() for name in ("name", "email")}
    try:
        if any(person.values()):
            contacts = [NewContact.model_validate({**person, "side": other(side or Side.PROVIDER)})]
    except ValidationError as invalid:
        errors |= forms.faults_of(invalid, prefix="contact-")
    try:
        provider_id, district_id = (ours, partner) if side is Side.PROVIDER else (partner, ours)
        new = NewPartnership.model_validate(
            {"provider_id": provider_id, "district_id": district_id, "terms": terms, "contacts": contacts}
        )
    except ValidationError as invalid:
        if any(fault["loc"][0] in ("provider_id", "district_id") for fault in invalid.errors()):
            errors["partner"] = "Choose your partner."
        raise FormRefused(errors) from None
    if errors:
        raise FormRefused(errors)
    return await partnership.ledger.propose(new, caller=caller, now=partnership.clock())


async def _terms_form(
    request: Request,
    caller: Caller,
    partnership: Partnership,
    known: Agreement | None,
    values: dict[str, Any],
    errors: dict[str, str],
) -> Response:
    side = viewing(caller.scope())
    kind = "district" if side is Side.PROVIDER else "provider"
    directory = partnership.directory
    listed = await directory.list_organizations(kind=kind, text="", limit=MOST_LISTED, skip=0) if known is None else []
    provider_id = known.provider_id if known else caller.only_organization if side is Side.PROVIDER else ""
    programs = await directory.programs_of(provider_id) if provider_id else []
    used = [number for number, _ in forms.goal_rows(values)]
    names = await directory.names([*caller.organizations, *((known.provider_id, known.district_id) if known else ())])
    return partnership.page(
        request,
        "partnership_terms.html",
        status=422 if errors else 200,
        one=known,
        values=values,
        errors=errors,
        partners=[Option(each.organization_id, f"{each.name} ({each.organization_id})") for each in listed],
        ours=[Option(code, names.get(code, code)) for code in sorted(caller.organizations)],
        ways=[Option(code, way.title, way.explained) for code, way in WAYS.items()],
        programs=[Option(each.program_id, each.name) for each in programs],
        renewals=[Option(code, words) for code, words in RENEWAL_WORDS.items()],
        owners=[Option(each.value, each.value.capitalize()) for each in Side],
        goal_numbers=list(range(max(used, default=-1) + 1 + SPARE_GOALS)),
        partner_kind=kind,
        names=names,
    )


def _written(form: FormData) -> dict[str, Any]:
    values: dict[str, Any] = {name: str(form.get(name, "")) for name in form}
    return values | {name: [str(each) for each in form.getlist(name)] for name in ("ways", "program_ids")}
