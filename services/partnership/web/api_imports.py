"""Imports for machines: organizations, providers, programs, role holders, completers."""

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from services.partnership.domain.import_report import ImportKind, ImportReport
from services.partnership.web.findings_csv import findings_csv
from services.partnership.web.state import Wired
from services.partnership.web.uploads import plain_name
from shared.access.asking import Asking
from shared.errors import InvalidInput
from shared.idempotency import IdempotencyKey, fingerprint
from shared.openapi import answers, uploads

router = APIRouter(prefix="/v1/imports", tags=["imports"])
MOST_FILES = 3


@router.post("/{kind}", response_model=ImportReport, openapi_extra=uploads("One to three files."))
async def import_(
    request: Request, kind: ImportKind, caller: Asking, partnership: Wired, key: IdempotencyKey = ""
) -> Response:
    """Upload CSV as one or more file parts of a form; completers come as candidates, associations, or both, or as
    one zip of Ed-Fi resources (`edfi_completers`)."""
    files = await files_of(request)

    async def take() -> Response:
        report = await partnership.import_files(kind, files, caller=caller, now=partnership.clock())
        return JSONResponse(report.model_dump(mode="json"))

    asked = fingerprint("import", kind, *(part for file in files for part in file)) if key else ""
    return await partnership.idempotency.answer(key, caller.subject, asked, take)


@router.get("")
async def imports(caller: Asking, partnership: Wired) -> list[ImportReport]:
    """The latest imports that the caller may see, without their findings."""
    return await partnership.imports.latest(caller.scope())


@router.get("/{import_id}")
async def report(import_id: str, caller: Asking, partnership: Wired) -> ImportReport:
    return await partnership.imports.get(import_id, caller.scope())


@router.get("/{import_id}/findings.csv", response_class=Response, responses=answers("The findings.", "text/csv"))
async def findings(import_id: str, caller: Asking, partnership: Wired) -> Response:
    found = await partnership.imports.get(import_id, caller.scope())
    return findings_csv(found.findings, f"findings-{import_id}.csv")


async def files_of(request: Request) -> list[tuple[str, bytes]]:
    """(name, content) of every file part, whatever the parts are called."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidInput("Send the file as a part of a form.", hint="curl -F file=@organizations.csv …", where="file")
    async with request.form(max_files=MOST_FILES) as form:
        chosen = [part for _, part in form.multi_items() if isinstance(part, UploadFile) and part.filename]
        files = [(plain_name(part.filename or ""), await part.read()) for part in chosen]
    if not files:
        raise InvalidInput("No file was chosen.", hint="Choose a file to upload.", where="file")
    return files
