"""Imports for people: choose a kind, choose files, read the report."""

from typing import cast, get_args

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.import_report import ImportKind
from services.partnership.use_cases.import_files import FOR_PROVIDERS
from services.partnership.web.api_imports import files_of
from services.partnership.web.findings_csv import findings_csv
from services.partnership.web.state import Wired
from shared.access.asking import Asking
from shared.access.callers import Caller
from shared.errors import InvalidInput
from shared.pages import Option

router = APIRouter(prefix="/imports", include_in_schema=False)
KINDS: dict[ImportKind, tuple[str, str]] = {
    "organizations": ("Organizations", "The agency, districts and schools: code, name, kind, parent_code and so on."),
    "providers": ("Providers", "Sponsoring organizations with their identifiers and lineage."),
    "programs": ("Programs", "Ed-Fi eppProgram columns: ProgramName, ProgramTypeDescriptor, and so on."),
    "role_holders": ("Role holders", "Principals, superintendents, contacts and liaisons."),
    "completers": ("Completers", "Ed-Fi candidates, their associations with programs, or both files together."),
    "edfi_completers": (
        "Completers from an Ed-Fi API",
        "One zip with candidates.ndjson, candidateEducatorPreparationProgramAssociations.ndjson and so on.",
    ),
}


@router.get("")
async def imports(request: Request, caller: Asking, partnership: Wired) -> Response:
    return await _imports_page(request, caller, partnership, {}, None)


@router.post("")
async def import_without_kind(request: Request, caller: Asking, partnership: Wired) -> Response:
    return await _imports_page(request, caller, partnership, {"kind": "Choose what the file holds."}, None)


@router.post("/{kind}")
async def import_(request: Request, kind: str, caller: Asking, partnership: Wired) -> Response:
    if kind not in get_args(ImportKind):
        return await _imports_page(request, caller, partnership, {"kind": "Choose what the file holds."}, None)
    chosen = cast(ImportKind, kind)
    try:
        files = await files_of(request)
        report = await partnership.import_files(chosen, files, caller=caller, now=partnership.clock())
    except InvalidInput as refusal:
        told = " ".join(part for part in (refusal.message, refusal.where, refusal.hint) if part)
        return await _imports_page(request, caller, partnership, {f"file-{kind}": told}, chosen)
    return RedirectResponse(f"/imports/{report.import_id}", status_code=303)


@router.get("/{import_id}")
async def report(request: Request, import_id: str, caller: Asking, partnership: Wired) -> Response:
    found = await partnership.imports.get(import_id, caller.scope())
    return partnership.page(request, "import_report.html", report=found, words=KINDS[cast(ImportKind, found.kind)][0])


@router.get("/{import_id}/findings.csv")
async def findings(import_id: str, caller: Asking, partnership: Wired) -> Response:
    found = await partnership.imports.get(import_id, caller.scope())
    return findings_csv(found.findings, f"findings-{import_id}.csv")


async def _imports_page(
    request: Request, caller: Caller, partnership: Wired, errors: dict[str, str], kind: ImportKind | None
) -> Response:
    may = [each for each in KINDS if caller.role == "agency" or (caller.role == "provider" and each in FOR_PROVIDERS)]
    return partnership.page(
        request,
        "imports.html",
        status=422 if errors else 200,
        options=[(each, Option(each, *KINDS[each])) for each in may],
        chosen=kind,
        reports=await partnership.imports.latest(caller.scope()),
        words={each: KINDS[each][0] for each in KINDS},
        errors=errors,
    )
