"""Vacancies for people: upload a file, or enter the openings of a school year in a table."""

import csv
import io
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.import_file import ImportRejected
from services.partnership.domain.school_years import in_words, school_year_of
from services.partnership.domain.vacancies import (
    YEARS_AHEAD,
    YEARS_BACK,
    StatedVacancies,
    VacancyStatement,
    refuse_unlikely_year,
)
from services.partnership.domain.vacancy_file import OPTIONAL_COLUMNS, VACANCY_COLUMNS, VacancyReport
from services.partnership.web.api_vacancies import MOST_REPLACED, Reading, SchoolYear, Stating
from services.partnership.web.findings_csv import harmless
from services.partnership.web.state import Partnership, Sliced, Wired
from services.partnership.web.uploads import file_of, plain_name
from services.partnership.web.vacancy_form import MOST_TYPED, TypedRows
from shared.access.callers import Caller
from shared.errors import Conflict, InvalidInput, NotFound
from shared.events.partnerships import VacancyKind
from shared.pages import Option

router = APIRouter(prefix="/vacancies", include_in_schema=False)
KINDS = [
    Option(VacancyKind.CURRENT, "Current: to be filled now"),
    Option(VacancyKind.PROJECTED, "Projected: expected for this school year"),
]


@router.get("")
async def vacancies(request: Request, caller: Reading, partnership: Wired, part: Sliced) -> Response:
    return await _list(request, caller, partnership, part)


@router.post("/file")
async def upload(request: Request, caller: Stating, partnership: Wired, part: Sliced) -> Response:
    """Taken: on to the list. Else what has to be mended, on the same page."""
    async with request.form(max_files=1) as form:
        district_id = str(form.get("district_id", ""))
        try:
            chosen = file_of(form, "file")
            report = await partnership.vacancies.take_file(
                district_id,
                plain_name(chosen.filename or ""),
                await chosen.read(),
                caller=caller,
                now=partnership.clock(),
            )
        except (InvalidInput, ImportRejected) as refusal:
            told = " ".join(each for each in (refusal.message, refusal.where, refusal.hint) if each)
            return await _list(request, caller, partnership, part, errors={"file": told})
        except NotFound:
            return await _list(request, caller, partnership, part, errors={"district_id": "Choose a district."})
    if report.is_taken:
        return await _list(request, caller, partnership, part, report=report)
    wrong = sum(each["level"] == "error" for each in report.findings)
    told = f"The file was not taken: {wrong} row{'' if wrong == 1 else 's'} cannot be read. Nothing has changed."
    return await _list(request, caller, partnership, part, report=report, errors={"file": told})


@router.get("/open")
async def open_year(
    caller: Reading, district: Annotated[str, Query()] = "", school_year: Annotated[str, Query()] = ""
) -> Response:
    """Where the form leads that asks for a district and a year."""
    caller.scope().require_district(district)
    return RedirectResponse(f"/vacancies/{quote(district, safe='')}/{quote(school_year, safe='')}", status_code=303)


@router.get("/{district_id}/{school_year}")
async def statement(
    request: Request, district_id: str, school_year: SchoolYear, caller: Reading, partnership: Wired
) -> Response:
    known = await _known(district_id, school_year, caller, partnership)
    rows = TypedRows.of(known.vacancies if known else ())
    return await _one(request, district_id, school_year, caller, partnership, known=known, typed=rows)


@router.post("/{district_id}/{school_year}")
async def state(
    request: Request,
    district_id: str,
    school_year: SchoolYear,
    caller: Stating,
    partnership: Wired,
    more: Annotated[str, Form()] = "",
) -> Response:
    fields = await request.form()
    typed = TypedRows.sent(dict(fields))
    known = await _known(district_id, school_year, caller, partnership)
    more_to_type = typed.longer() if more else None
    if more_to_type is None:
        rows = typed.vacancies()
        revision = str(fields.get("replaces", ""))
        stated = StatedVacancies(replaces=int(revision) if revision.isdecimal() else None, vacancies=rows)
        try:
            if not typed.errors:
                await partnership.vacancies.state(
                    district_id, school_year, stated, caller=caller, now=partnership.clock()
                )
                return RedirectResponse(f"/vacancies/{district_id}/{school_year}?saved=yes", status_code=303)
        except InvalidInput as refusal:
            typed.note(refusal)
        except Conflict as refusal:
            typed.errors["main"] = f"{refusal.message} {refusal.hint}"
    return await _one(request, district_id, school_year, caller, partnership, known=known, typed=typed)


@router.get("/{district_id}/{school_year}/rows.csv")
async def rows(district_id: str, school_year: SchoolYear, caller: Reading, partnership: Wired) -> Response:
    """The statement as a file that can be changed and uploaded again."""
    found = await partnership.vacancies.statements.get(district_id, school_year, caller.scope())
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow((*VACANCY_COLUMNS, *OPTIONAL_COLUMNS))
    for each in found.vacancies:
        values = (school_year, each.licence_field, each.grade_span, each.kind, each.count, each.school_id)
        writer.writerow(harmless(value) for value in values)
    headers = {"content-disposition": f'attachment; filename="vacancies-{school_year}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def _known(
    district_id: str, school_year: int, caller: Caller, partnership: Partnership
) -> VacancyStatement | None:
    caller.scope().require_district(district_id)
    refuse_unlikely_year(school_year, partnership.clock().date())
    if await partnership.directory.organizations.get(district_id) is None:
        raise NotFound("There is no such district.")
    return await partnership.vacancies.statements.known(district_id, school_year)


async def _list(
    request: Request,
    caller: Caller,
    partnership: Partnership,
    part: Sliced,
    *,
    report: VacancyReport | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    kept, scope = partnership.vacancies.statements, caller.scope()
    found = await kept.page(scope, district_id=None, school_year=None, limit=part.size, skip=part.skip)
    this = school_year_of(partnership.clock().date())
    if caller.role == "district":
        own = await partnership.directory.names(caller.organizations)
        districts = [Option(code, own.get(code, code)) for code in sorted(caller.organizations)]
    else:
        listed = await partnership.directory.list_organizations(kind="district", text="", limit=0, skip=0)
        districts = [Option(each.id, each.name) for each in listed]
    return partnership.page(
        request,
        "vacancies.html",
        status=422 if errors else 200,
        statements=found,
        names=await partnership.directory.names(each.district_id for each in found),
        page=part.page,
        page_count=part.pages(await kept.count(scope, district_id=None, school_year=None)),
        may_state=caller.role != "operator",
        districts=districts,
        years=[Option(str(each), in_words(each)) for each in range(this - YEARS_BACK, this + YEARS_AHEAD + 1)],
        next_year=str(this + 1),
        in_words=in_words,
        report=report,
        errors=errors or {},
    )


async def _one(
    request: Request,
    district_id: str,
    school_year: int,
    caller: Caller,
    partnership: Partnership,
    *,
    known: VacancyStatement | None,
    typed: TypedRows,
) -> Response:
    schools = await partnership.directory.names(await partnership.directory.schools_of(district_id))
    context: dict[str, Any] = {
        "district_id": district_id,
        "names": await partnership.directory.names([district_id]),
        "school_year": school_year,
        "words": in_words(school_year),
        "statement": known,
        "replaced": await partnership.vacancies.statements.earlier(known, limit=MOST_REPLACED) if known else [],
        "typed": typed,
        "kinds": KINDS,
        "schools": [Option(code, name) for code, name in sorted(schools.items(), key=lambda each: each[1])],
        "school_names": schools,
        "may_type": caller.role != "operator" and len(known.vacancies if known else ()) <= MOST_TYPED,
        "is_full": len(typed.rows) >= MOST_TYPED,
        "is_saved": "saved" in request.query_params,
        "errors": typed.errors,
    }
    return partnership.page(request, "vacancy_statement.html", status=422 if typed.errors else 200, **context)
