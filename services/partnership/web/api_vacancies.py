"""Vacancies for machines: state them, read them, and see what they mean to a provider."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from services.partnership.domain.district_needs import DistrictNeeds
from services.partnership.domain.stated_hire import Code
from services.partnership.domain.vacancies import StatedVacancies, Vacancy, VacancyStatement
from services.partnership.domain.vacancy_file import VacancyReport
from services.partnership.web.state import Sliced, Wired
from services.partnership.web.uploads import named_file
from shared.access.asking import requires
from shared.access.callers import Caller
from shared.idempotency import IdempotencyKey, fingerprint
from shared.openapi import uploads

router = APIRouter(prefix="/v1/vacancies", tags=["vacancies"])
Stating = Annotated[Caller, Depends(requires("district", "agency"))]
Reading = Annotated[Caller, Depends(requires("district", "agency", "operator"))]
Weighing = Annotated[Caller, Depends(requires("provider", "agency", "operator"))]
SchoolYear = Annotated[int, Path(ge=1900, le=2200, description="The year in which it ends.")]
WantedYear = Annotated[int | None, Query(ge=1900, le=2200)]
MOST_REPLACED = 100


class ShownStatement(BaseModel):
    """The vacancies of a district for one school year."""

    district_id: str
    school_year: int
    as_of: date
    stated_at: datetime
    revision: int
    current_openings: int
    projected_openings: int
    vacancies: list[Vacancy]


class Statements(BaseModel):
    items: list[ShownStatement]
    total: int
    page: int
    size: int


@router.get("")
async def statements(
    caller: Reading, partnership: Wired, part: Sliced, district_id: Code | None = None, school_year: WantedYear = None
) -> Statements:
    """What holds now: a district's own statements, or all."""
    kept, scope = partnership.vacancies.statements, caller.scope()
    found = await kept.page(scope, district_id=district_id, school_year=school_year, limit=part.size, skip=part.skip)
    total = await kept.count(scope, district_id=district_id, school_year=school_year)
    return Statements(items=[_shown(each) for each in found], total=total, page=part.page, size=part.size)


@router.get("/needs")
async def needs(
    caller: Weighing, partnership: Wired, provider_id: Annotated[Code, Query()], school_year: WantedYear = None
) -> DistrictNeeds:
    """What the districts of a provider need, by licence field, beside its completers of the last completed year.
    Fewer completers than the threshold are not told as a number."""
    weighed: DistrictNeeds = await partnership.vacancies.weigh(
        provider_id, school_year, scope=caller.scope(), now=partnership.clock()
    )
    return weighed


@router.post("/{district_id}/file", response_model=VacancyReport, openapi_extra=uploads("CSV.", "text/csv"))
async def take_file(
    request: Request, district_id: str, caller: Stating, partnership: Wired, key: IdempotencyKey = ""
) -> Response:
    """Upload CSV with the columns school_year, licence_field, grade_span, kind, count, and perhaps school_id. Each
    school year that it names is stated anew. `is_taken` false: the findings say what is wrong, and nothing changed."""
    name, content = await named_file(request)

    async def take() -> Response:
        report = await partnership.vacancies.take_file(
            district_id, name, content, caller=caller, now=partnership.clock()
        )
        return JSONResponse(report.model_dump(mode="json"))

    asked = fingerprint("vacancies", district_id, name, content) if key else ""
    return await partnership.idempotency.answer(key, caller.subject, asked, take)


@router.put("/{district_id}/{school_year}")
async def state(
    district_id: str, school_year: SchoolYear, stated: StatedVacancies, caller: Stating, partnership: Wired
) -> ShownStatement:
    """State all openings of a school year, in place of what was stated before, which is kept. The same again changes
    nothing."""
    statement = await partnership.vacancies.state(
        district_id, school_year, stated, caller=caller, now=partnership.clock()
    )
    return _shown(statement)


@router.get("/{district_id}/{school_year}")
async def statement(district_id: str, school_year: SchoolYear, caller: Reading, partnership: Wired) -> ShownStatement:
    return _shown(await partnership.vacancies.statements.get(district_id, school_year, caller.scope()))


@router.get("/{district_id}/{school_year}/replaced")
async def replaced(
    district_id: str, school_year: SchoolYear, caller: Reading, partnership: Wired
) -> list[VacancyStatement]:
    """What was stated before, the latest first, with who stated it."""
    kept = partnership.vacancies.statements
    holding = await kept.get(district_id, school_year, caller.scope())
    return await kept.earlier(holding, limit=MOST_REPLACED)


def _shown(statement: VacancyStatement) -> ShownStatement:
    return ShownStatement.model_validate(statement.shown())
