"""Partner lists and reminders for machines."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from services.partnership.domain.import_report import ImportReport
from services.partnership.domain.ledger.partner_list import write_partner_list
from services.partnership.domain.ledger.sides import viewing
from services.partnership.web.api_imports import files_of
from services.partnership.web.api_partnerships import Looking, Party
from services.partnership.web.state import Partnership, Wired
from shared.access.callers import Caller
from shared.errors import InvalidInput
from shared.events.partnerships import Side
from shared.idempotency import IdempotencyKey, fingerprint
from shared.openapi import answers, uploads

router = APIRouter(tags=["partnerships"])
MOST = 5000
SHOWN_AFTER = timedelta(days=90)


@router.post(
    "/v1/partner-list",
    response_model=ImportReport,
    openapi_extra=uploads("One CSV: Partner, Contact name, E-mail, Nature."),
)
async def import_list(
    request: Request,
    caller: Party,
    partnership: Wired,
    organization_id: Annotated[str, Query(max_length=40)] = "",
    key: IdempotencyKey = "",
) -> Response:
    """Upload the list of your partners. Each row becomes a contact of a draft, or of the partnership that there is.

    A row that cannot be taken is left out and named; the same list again changes nothing. `organization_id`: whose list
    it is, if you act for several."""
    files = await files_of(request)
    if len(files) != 1:
        raise InvalidInput("Send one list at a time.", where="file")

    async def take() -> Response:
        report = await partnership.ledger.import_partners(
            *files[0], organization_id, caller=caller, now=partnership.clock()
        )
        return JSONResponse(report.model_dump(mode="json"))

    asked = fingerprint("partners", organization_id, *files[0]) if key else ""
    return await partnership.idempotency.answer(key, caller.subject, asked, take)


@router.get("/v1/partner-list", response_class=Response, responses=answers("The list.", "text/csv"))
async def export_list(caller: Looking, partnership: Wired) -> Response:
    """Your partners as CSV, in the form in which a list is taken; a row for each contact of the other side."""
    return await partner_list_csv(caller, partnership)


@router.get("/v1/partner-list/imports/{import_id}")
async def import_report(import_id: str, caller: Party, partnership: Wired) -> ImportReport:
    return await partnership.ledger.imports.get(import_id, caller.scope())


@router.get("/v1/partnership-reminders")
async def reminders(caller: Looking, partnership: Wired) -> list[dict[str, Any]]:
    """Terms that end, goals and annual reviews that are due: what is ahead, and what was due in the last 90 days."""
    since = partnership.clock().date() - SHOWN_AFTER
    found = await partnership.ledger.reminded.latest(caller.scope(), since)
    return [each.model_dump(mode="json") for each in found]


async def partner_list_csv(caller: Caller, partnership: Partnership) -> Response:
    """The agency reads the list as providers write it."""
    found = await partnership.ledger.partnerships.page(caller.scope(), None, limit=MOST)
    names = await partnership.directory.names(code for each in found for code in (each.provider_id, each.district_id))
    text = write_partner_list(found, viewing(caller.scope()) or Side.PROVIDER, names)
    headers = {"content-disposition": 'attachment; filename="partners.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
