"""A file of vacancies as districts upload it: CSV, a row for each opening or group of openings alike."""

from collections.abc import Collection, Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, ValidationError

from services.partnership.domain.findings import FindingKind as Kind
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.grade_spans import EXPECTED, NoSpan, spelt_span
from services.partnership.domain.import_file import TWICE, Row, RowRefused, take_rows
from services.partnership.domain.licence_fields import normal_field
from services.partnership.domain.school_years import read_school_year
from services.partnership.domain.vacancies import MOST_OPENINGS, MOST_ROWS, Vacancy, is_likely_year
from shared.events.partnerships import VacancyKind

VACANCY_COLUMNS = ("school_year", "licence_field", "grade_span", "kind", "count")
OPTIONAL_COLUMNS = ("school_id",)
CODE_DIGITS = 8

YEAR = Kind("vacancy.school_year", "error", "This is no school year.", "Write it as 2026-27, or as 2027 for the same.")
YEAR_UNLIKELY = Kind(
    "vacancy.year_unlikely",
    "error",
    "This school year is long past, or too far ahead.",
    "Name last year, this one, or one of the next ten.",
)
FIELD = Kind(
    "vacancy.licence_field", "error", "This is no name of a licence field.", "Write one of up to 80 letters: Biology."
)
SPAN = Kind("vacancy.grade_span", "error", "This is no span of grades.", EXPECTED)
SPAN_IS_DATE = Kind(
    "vacancy.grade_span_date",
    "error",
    "A spreadsheet has made a date of the span of grades.",
    "Format the column as text before you type 5-8 into it, then save the file again.",
)
KIND = Kind("vacancy.kind", "error", "The kind is neither current nor projected.", "Write current or projected.")
COUNT = Kind(
    "vacancy.count", "error", "This is no number of openings.", f"Write a whole number from 0 to {MOST_OPENINGS:,}."
)
SCHOOL = Kind(
    "vacancy.school",
    "error",
    "The district has no school with this code.",
    "Use the code of the directory, such as 00350105, or leave it blank.",
)
ZEROS_RESTORED = Kind(
    "vacancy.school_zeros_restored",
    "warning",
    "The code of the school had lost its leading zeros; they were put back.",
    "Format the column as text.",
)
TOO_MANY = Kind(
    "vacancy.too_many", "error", f"One school year has more than {MOST_ROWS:,} rows.", "Join rows of the same field."
)
NO_ROWS = Kind("vacancy.none", "error", "The file has a header and no rows.", "Add a row for each field with openings.")


class VacancyReport(BaseModel):
    """What became of an upload. A file with an error is not taken at all: a statement without the rows that were
    wrong would say less than was meant."""

    model_config = ConfigDict(frozen=True)

    district_id: str
    is_taken: bool
    rows_read: int
    school_years: tuple[int, ...] = ()
    findings: tuple[dict[str, str | int | None], ...] = ()
    finding_counts: Mapping[str, int] = {}


def read_vacancy_file(
    name: str, content: bytes, *, schools: Collection[str], today: date, findings: Findings
) -> tuple[int, dict[int, tuple[Vacancy, ...]]]:
    """How many rows there were, and school year → its vacancies. ImportRejected if it is no such file at all."""
    seen: set[tuple[object, ...]] = set()

    def take(row: Row) -> tuple[int, Vacancy]:
        year = _year(row, today)
        vacancy = _vacancy(row, name, schools, findings)
        if (key := (year, *vacancy.identity)) in seen:
            raise RowRefused(TWICE, "licence_field", public=vacancy.licence_field)
        seen.add(key)
        return year, vacancy

    taken = take_rows(name, content, VACANCY_COLUMNS, take, findings)
    years: dict[int, list[Vacancy]] = {}
    for line, (year, vacancy) in taken.lines:
        rows = years.setdefault(year, [])
        rows.append(vacancy)
        if len(rows) == MOST_ROWS + 1:
            findings.note(TOO_MANY, Place(name, line, "school_year"), public=str(year))
    if not taken.rows_read:
        findings.note(NO_ROWS, Place(name, 1))
    return taken.rows_read, {year: tuple(rows) for year, rows in sorted(years.items())}


def _year(row: Row, today: date) -> int:
    written = row.required("school_year")
    year = read_school_year(written)
    if year is None:
        raise RowRefused(YEAR, "school_year", public=written)
    if not is_likely_year(year, today):
        raise RowRefused(YEAR_UNLIKELY, "school_year", public=written)
    return year


def _vacancy(row: Row, name: str, schools: Collection[str], findings: Findings) -> Vacancy:
    field, kind = row.required("licence_field"), row.required("kind").casefold()
    if not normal_field(field):
        raise RowRefused(FIELD, "licence_field", public=field)
    if kind not in list(VacancyKind):
        raise RowRefused(KIND, "kind", public=row.text("kind"))
    span, count, school = _span(row), _count(row), _school(row, name, schools, findings)
    try:
        return Vacancy(
            licence_field=field, grade_span=span, kind=VacancyKind(kind), count=count, school_id=school or None
        )
    except ValidationError:
        raise RowRefused(FIELD, "licence_field", public=field) from None


def _span(row: Row) -> str:
    try:
        return spelt_span(row.required("grade_span"))
    except NoSpan as refused:
        raise RowRefused(
            SPAN_IS_DATE if refused.is_date else SPAN, "grade_span", public=row.text("grade_span")
        ) from None


def _count(row: Row) -> int:
    written = row.required("count")
    if not (written.isascii() and written.isdigit() and len(written) < CODE_DIGITS and int(written) <= MOST_OPENINGS):
        raise RowRefused(COUNT, "count", public=written)
    return int(written)


def _school(row: Row, name: str, schools: Collection[str], findings: Findings) -> str:
    code = row.text("school_id")
    if not code or code in schools:
        return code
    if code.isascii() and code.isdigit() and (restored := code.zfill(CODE_DIGITS)) in schools:
        findings.note(ZEROS_RESTORED, Place(name, row.line, "school_id"), public=code)
        return restored
    raise RowRefused(SCHOOL, "school_id", public=code)
