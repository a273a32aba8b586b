"""Forms of partnerships for people: record activities, state figures, send a partner list."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.ledger.activity import NewActivity
from services.partnership.domain.ledger.agreement import Partnership as Agreement
from services.partnership.domain.ledger.measurement import NewMeasurement
from services.partnership.domain.ledger.ways import WAYS
from services.partnership.web import ledger_forms as forms
from services.partnership.web.api_imports import files_of
from services.partnership.web.api_partner_list import partner_list_csv
from services.partnership.web.api_partnerships import Looking, Party
from services.partnership.web.form_refused import FormRefused
from services.partnership.web.pages_partnerships import WORDS, back, detail
from services.partnership.web.state import Partnership, Wired
from shared.errors import Conflict, InvalidInput, NotFound
from shared.events.partnerships import Verdict
from shared.pages import Option

router = APIRouter(prefix="/partnerships", include_in_schema=False)
ANSWERS = {"attest": Verdict.ATTESTED, "dispute": Verdict.DISPUTED}


@router.get("/import")
async def import_form(request: Request, _: Party, partnership: Wired) -> Response:
    return partnership.page(request, "partner_import.html", report=None)


@router.post("/import")
async def import_list(request: Request, caller: Party, partnership: Wired) -> Response:
    try:
        files = await files_of(request)
        report = await partnership.ledger.import_partners(
            *files[0], caller.only_organization, caller=caller, now=partnership.clock()
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
        errors = forms.in_place(refusal, {"happened_on": "happened_on"})
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
