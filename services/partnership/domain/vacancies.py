"""What openings a district has and expects: one statement for each school year, which a later one replaces."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from services.partnership.domain.grade_spans import spelt_span
from services.partnership.domain.licence_fields import normal_field
from services.partnership.domain.school_years import in_words, school_year_of
from services.partnership.domain.stated_hire import PLAIN, Code, Day
from shared.errors import Conflict, InvalidInput
from shared.events.partnerships import VacanciesProjected, VacancyCount, VacancyKind
from shared.ids import derived

MOST_ROWS = 2000
MOST_OPENINGS = 10_000
YEARS_BACK, YEARS_AHEAD = 1, 10


def _with_letters(name: str) -> str:
    if not normal_field(name):
        raise ValueError("should be the name of a licence field, such as Mathematics")
    return name


Label = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=PLAIN), AfterValidator(_with_letters)]
Span = Annotated[str, StringConstraints(min_length=1, max_length=20), AfterValidator(spelt_span)]


class Vacancy(BaseModel):
    """Openings of one licence field in one span of grades; without a school, anywhere in the district."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    licence_field: Label
    grade_span: Span
    kind: VacancyKind
    count: int = Field(ge=0, le=MOST_OPENINGS, strict=True)
    school_id: Code | None = None

    @field_validator("school_id", mode="before")
    @classmethod
    def _none_if_blank(cls, code: object) -> object:
        return None if code == "" else code

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Of several rows that share it, one is meant, and nobody knows which."""
        return (normal_field(self.licence_field), self.grade_span, self.kind, self.school_id or "")


class StatedVacancies(BaseModel):
    """All that a district says about one school year. `as_of`: when it was so; without it, today. `replaces`: the
    revision that was read before; the statement is refused if another one has come since."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: Day | None = None
    replaces: int | None = Field(None, ge=0, le=1_000_000_000)
    vacancies: tuple[Vacancy, ...] = Field((), max_length=MOST_ROWS)


class VacancyStatement(BaseModel):
    """`stated_by` is who entered or uploaded it."""

    model_config = ConfigDict(frozen=True)

    district_id: str
    school_year: int
    as_of: date
    vacancies: tuple[Vacancy, ...] = ()
    stated_by: str
    stated_at: datetime
    revision: int = 1

    @property
    def id(self) -> str:
        return statement_id(self.district_id, self.school_year)

    def openings(self, kind: VacancyKind) -> int:
        return sum(each.count for each in self.vacancies if each.kind == kind)

    def says_the_same(self, other: Self) -> bool:
        return (self.as_of, self.vacancies) == (other.as_of, other.vacancies)

    def projected(self) -> VacanciesProjected:
        return VacanciesProjected(
            district_id=self.district_id,
            school_year=self.school_year,
            as_of=self.as_of,
            vacancies=tuple(VacancyCount(**each.model_dump()) for each in self.vacancies),
        )

    def shown(self) -> dict[str, Any]:
        """All that others than the district may read of it."""
        sums = {f"{kind}_openings": self.openings(kind) for kind in VacancyKind}
        return self.model_dump(mode="json", exclude={"stated_by"}) | sums


def statement_id(district_id: str, school_year: int) -> str:
    return derived("vacancies", district_id, str(school_year))


def next_statement(
    district_id: str,
    school_year: int,
    stated: StatedVacancies,
    known: VacancyStatement | None,
    *,
    by: str,
    now: datetime,
) -> VacancyStatement:
    """The statement that is to take the place of `known`."""
    revision = known.revision if known else 0
    if stated.replaces is not None and stated.replaces != revision:
        raise Conflict(
            f"The vacancies of {in_words(school_year)} have been stated anew since you opened them.",
            hint="Open them again, and make your change to what is there now.",
        )
    as_of = stated.as_of or now.date()
    if as_of > now.date():
        raise InvalidInput("This day is still to come.", hint="Say since when it is so.", where="as_of")
    if known is not None and as_of < known.as_of:
        raise Conflict(
            f"There is a later statement for {in_words(school_year)}, as of {known.as_of}.",
            hint="State what is so on that day or later.",
        )
    ordered = sorted(stated.vacancies, key=lambda each: (*each.identity, each.count))
    return VacancyStatement(
        district_id=district_id,
        school_year=school_year,
        as_of=as_of,
        vacancies=tuple(ordered),
        stated_by=by,
        stated_at=now,
        revision=revision + 1,
    )


def refuse_unlikely_year(school_year: int, today: date) -> None:
    if not is_likely_year(school_year, today):
        raise InvalidInput(
            "Nobody can say much about this school year.",
            hint=f"Name the year in which it ends, {_likely(today)}.",
            where="school_year",
        )


def is_likely_year(school_year: int, today: date) -> bool:
    this = school_year_of(today)
    return this - YEARS_BACK <= school_year <= this + YEARS_AHEAD


def refuse_doubles(vacancies: Iterable[Vacancy]) -> None:
    """InvalidInput if two rows speak of the same openings."""
    seen: dict[tuple[str, str, str, str], int] = {}
    for number, each in enumerate(vacancies):
        if (first := seen.setdefault(each.identity, number)) != number:
            raise InvalidInput(
                f"This row speaks of the same openings as row {first + 1}.",
                hint="Keep one row for each field, span, kind and school.",
                where=f"vacancies.{number}.licence_field",
            )


def refuse_foreign_schools(vacancies: Iterable[Vacancy], schools: Collection[str]) -> None:
    for number, each in enumerate(vacancies):
        if each.school_id is not None and each.school_id not in schools:
            raise InvalidInput(
                "The district has no school with this code.",
                hint="Use the code of the directory, such as 00350105, or leave it blank.",
                where=f"vacancies.{number}.school_id",
            )


def _likely(today: date) -> str:
    this = school_year_of(today)
    return f"{this - YEARS_BACK} to {this + YEARS_AHEAD}"
