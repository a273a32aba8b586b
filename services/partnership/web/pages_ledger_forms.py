"""Forms of partnerships for people: propose and amend terms, record activities, state figures, send a partner list."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.ledger.activity import NewActivity
from services.partnership.domain.ledger.agreement import Partnership as Agreement
from services.partnership.domain.ledger.measurement import NewMeasurement
from services.partnership.domain.ledger.parties import NewContact
from services.partnership.domain.ledger.sides import NewPartnership, viewing
from services.partnership.domain.ledger.statements import other
from services.partnership.domain.ledger.terms import Terms
from services.partnership.domain.ledger.ways import WAYS
from services.partnership.web import ledger_forms as forms
from services.partnership.web.api_imports import files_of
from services.partnership.web.api_partner_list import partner_list_csv
from services.partnership.web.api_partnerships import Looking, Party
from services.partnership.web.form_refused import FormRefused
from services.partnership.web.ledger_words import RENEWAL_WORDS
from services.partnership.web.pages_partnerships import WORDS, back, detail
from services.partnership.web.state import Partnership, Wired
from shared.access.callers import Caller
from shared.errors import Conflict, InvalidInput, NotFound
from shared.events.partnerships import Side, Verdict
from shared.pages import Option

router = APIRouter(prefix="/partnerships", include_in_schema=False)
ANSWERS = {"attest": Verdict.ATTESTED, "dispute": Verdict.DISPUTED}
SPARE_GOALS, MOST_LISTED = 2, 500
PLACES = {
    "terms.begins_on": "begins_on",
    "terms.school_ids": "school_ids",
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
        errors = forms.in_place(_as_input(refusal), PLACES)
        return await _terms_form(request, caller, partnership, None, _written(form), errors)
    return back(made.partnership_id)


@router.get("/import")
async def import_form(request: Request, _: Party, partnership: Wired) -> Response:
    return partnership.page(request, "partner_import.html", report=None)


@router.post("/import")
async def import_list(request: Request, caller: Party, partnership: Wired) -> Response:
    try:
        files = await files_of(request)
        organization_id = sorted(caller.organizations)[0] if len(caller.organizations) == 1 else ""
        report = await partnership.ledger.import_partners(
            *files[0], organization_id, caller=caller, now=partnership.clock()
        )
    except InvalidInput as refusal:
        told = " ".join(part for part in (refusal.message, refusal.where, refusal.hint) if part)
        return partnership.page(request, "partner_import.html", status=422, report=None, errors={"file": told})
    return RedirectResponse(f"/partnerships/imports/{report.import_id}", status_code=303)


@router.get("/imports/{import_id}")
async def import_report(request: Request, import_id: str, caller: Party, partnership: Wired) -> Response:
    report = await partnership.ledger.imports.get(import_id, caller.scope())
    return partnership.page(request, "partner_import.html", report=report)


@router.get("/export.csv")
async def export_list(caller: Looking, partnership: Wired) -> Response:
    return await partner_list_csv(caller, partnership)


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
        errors = forms.in_place(_as_input(refusal), PLACES)
        return await _terms_form(request, caller, partnership, known, _written(form), errors)
    return back(partnership_id)


@router.get("/{partnership_id}/record/{way}")
async def activity_form(request: Request, partnership_id: str, way: str, caller: Party, partnership: Wired) -> Response:
    known = await partnership.ledger.partnerships.get(partnership_id, caller.scope())
    return _activity_form(request, known, _known_way(way), partnership, {}, {})


@router.post("/{partnership_id}/record/{way}")
async def record(request: Request, partnership_id: str, way: str, caller: Party, partnership: Wired) -> Response:
    known = await partnership.ledger.partnerships.get(partnership_id, caller.scope())
    form = await request.form()
    values = {name: str(form.get(name, "")) for name in form}
    errors: dict[str, str] = {}
    details: dict[str, Any] = {}
    try:
        details = forms.written_record(form, WAYS[_known_way(way)])
    except FormRefused as refusal:
        errors = refusal.errors
    try:
        written = {name: values.get(name, "").strip() for name in ("happened_on", "note", "evidence")}
        activity = NewActivity.model_validate({**written, "way": way, "record": details})
        if not errors:
            await partnership.ledger.record_activity(partnership_id, activity, caller=caller, now=partnership.clock())
    except ValidationError as invalid:
        errors = {**forms.faults_of(invalid), **errors}
    except (InvalidInput, Conflict) as refusal:
        errors = forms.in_place(_as_input(refusal), {"happened_on": "happened_on"})
    if errors:
        return _activity_form(request, known, way, partnership, values, errors)
    return back(partnership_id, "activities")


@router.post("/{partnership_id}/activities/{activity_id}/{verb}")
async def answer_activity(
    request: Request, partnership_id: str, activity_id: str, verb: str, caller: Party, partnership: Wired
) -> Response:
    ledger, told = partnership.ledger, {"caller": caller, "now": partnership.clock()}
    await ledger.activities.get(partnership_id, activity_id, caller.scope())
    reason = forms.said(await request.form(), "reason")[:500]
    if verb in ("dispute", "void") and not reason:
        return await detail(request, partnership_id, caller, partnership, {f"reason-{activity_id}": "Say why."})
    if verb == "void":
        await ledger.void_activity(partnership_id, activity_id, reason=reason, **told)
    elif verb in ANSWERS:
        await ledger.answer_activity(partnership_id, activity_id, ANSWERS[verb], reason=reason, **told)
    else:
        raise NotFound("There is nothing at this address.")
    return back(partnership_id, "activities")


@router.post("/{partnership_id}/goals/{goal_id}/measurements")
async def measure(request: Request, partnership_id: str, goal_id: str, caller: Party, partnership: Wired) -> Response:
    form = await request.form()
    written = {name: forms.said(form, name) for name in ("value", "measured_on", "source")}
    try:
        stated = NewMeasurement.model_validate(written)
        await partnership.ledger.measure(partnership_id, goal_id, stated, caller=caller, now=partnership.clock())
    except ValidationError as invalid:
        errors = forms.faults_of(invalid)
    except InvalidInput as refusal:
        errors = {"measured_on": refusal.message}
    else:
        return back(partnership_id, "goals")
    at_goal = {f"{name}-{goal_id}": words for name, words in errors.items()}
    return await detail(request, partnership_id, caller, partnership, at_goal)


@router.post("/{partnership_id}/measurements/{measurement_id}/{verb}")
async def answer_measurement(
    request: Request, partnership_id: str, measurement_id: str, verb: str, caller: Party, partnership: Wired
) -> Response:
    ledger = partnership.ledger
    await ledger.measurements.get(partnership_id, measurement_id, caller.scope())
    if verb not in ANSWERS:
        raise NotFound("There is nothing at this address.")
    reason = forms.said(await request.form(), "reason")[:500]
    if verb == "dispute" and not reason:
        return await detail(request, partnership_id, caller, partnership, {f"reason-{measurement_id}": "Say why."})
    await ledger.answer_measurement(
        partnership_id, measurement_id, ANSWERS[verb], reason=reason, caller=caller, now=partnership.clock()
    )
    return back(partnership_id, "goals")


async def _proposed(form: FormData, caller: Caller, partnership: Partnership) -> Agreement:
    side = viewing(caller.scope())
    errors: dict[str, str] = {}
    terms: Terms | None = None
    contacts: list[NewContact] = []
    partner, ours = str(form.get("partner", "")).strip(), str(form.get("ours", "")).strip()
    ours = ours or (sorted(caller.organizations)[0] if len(caller.organizations) == 1 else "")
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
        renewals=[Option(code, words) for code, words in RENEWAL_WORDS.items()],
        owners=[Option(each.value, each.value.capitalize()) for each in Side],
        goal_numbers=list(range(max(used, default=-1) + 1 + SPARE_GOALS)),
        partner_kind=kind,
        names=names,
    )


def _activity_form(
    request: Request,
    known: Agreement,
    way: str,
    partnership: Partnership,
    values: dict[str, str],
    errors: dict[str, str],
) -> Response:
    today: date = partnership.clock().date()
    return partnership.page(
        request,
        "partnership_activity.html",
        status=422 if errors else 200,
        one=known,
        way=way,
        title=WAYS[way].title,
        explained=WAYS[way].explained,
        questions=forms.questions(WAYS[way]),
        values=values,
        errors=errors,
        today=today,
        option=Option,
        **WORDS,
    )


def _known_way(way: str) -> str:
    if way not in WAYS:
        raise NotFound("There is no such way of working together.")
    return way


def _written(form: FormData) -> dict[str, Any]:
    values: dict[str, Any] = {name: str(form.get(name, "")) for name in form}
    return {**values, "ways": [str(each) for each in form.getlist("ways")]}


def _as_input(refusal: InvalidInput | Conflict) -> InvalidInput:
    return InvalidInput(refusal.message, hint=refusal.hint, where=refusal.where)
