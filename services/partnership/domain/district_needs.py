"""What districts need, beside what a provider prepares: openings and completers by licence field."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.licence_fields import normal_field
from services.partnership.domain.vacancies import VacancyStatement
from shared.events.partnerships import VacancyKind


class Completers(BaseModel):
    """How many there are; `count` None: some, and fewer than may be told."""

    model_config = ConfigDict(frozen=True)

    count: int | None = 0
    is_withheld: bool = False

    @classmethod
    def counted(cls, people: int, smallest_group: int) -> "Completers":
        """That there is nobody tells of nobody."""
        is_withheld = 0 < people < smallest_group
        return cls(count=None if is_withheld else people, is_withheld=is_withheld)


class FieldNeed(BaseModel):
    """One licence field. `is_sought`: a district names it; `is_offered`: a program of the provider leads to it. What
    only one side names is shown as that: no two fields are taken for one because they look alike."""

    model_config = ConfigDict(frozen=True)

    licence_field: str
    current_openings: int = 0
    projected_openings: int = 0
    districts: int = 0
    completers: Completers = Completers()
    is_sought: bool
    is_offered: bool


class DistrictNeeds(BaseModel):
    """`completed_year`: whose completers are counted. `silent_districts` have stated nothing for the school year."""

    model_config = ConfigDict(frozen=True)

    provider_id: str
    school_year: int
    school_years: tuple[int, ...]
    completed_year: int
    smallest_group: int
    fields: tuple[FieldNeed, ...]
    without_field: Completers
    stating_districts: tuple[str, ...]
    silent_districts: tuple[str, ...]


def by_field(
    statements: Sequence[VacancyStatement],
    completed: Iterable[tuple[str, str | None]],
    offered: Iterable[str | None],
    smallest_group: int,
) -> tuple[tuple[FieldNeed, ...], Completers]:
    """Each field, the most sought first; and those who completed a program that names no field. `completed` are pairs
    of a completer and a field; whoever completed two programs of one field is one completer of it."""
    labels: dict[str, str] = {}
    people: defaultdict[str, set[str]] = defaultdict(set)
    for name in offered:
        if name:
            labels.setdefault(normal_field(name), name)
    own = set(labels)
    for completer_id, field in completed:
        key = normal_field(field or "")
        people[key].add(completer_id)
        labels.setdefault(key, field or "")
    openings: defaultdict[str, dict[VacancyKind, int]] = defaultdict(lambda: dict.fromkeys(VacancyKind, 0))
    naming: defaultdict[str, set[str]] = defaultdict(set)
    for statement in statements:
        for vacancy in statement.vacancies:
            key = normal_field(vacancy.licence_field)
            openings[key][vacancy.kind] += vacancy.count
            naming[key].add(statement.district_id)
            labels.setdefault(key, vacancy.licence_field)
    fields = [
        FieldNeed(
            licence_field=labels[key],
            current_openings=openings[key][VacancyKind.CURRENT] if key in openings else 0,
            projected_openings=openings[key][VacancyKind.PROJECTED] if key in openings else 0,
            districts=len(naming.get(key, ())),
            completers=Completers.counted(len(people.get(key, ())), smallest_group),
            is_sought=key in naming,
            is_offered=key in own or bool(people.get(key)),
        )
        for key in sorted({*own, *people, *naming} - {""})
    ]
    fields.sort(key=lambda each: (-each.current_openings - each.projected_openings, each.licence_field.casefold()))
    return tuple(fields), Completers.counted(len(people.get("", ())), smallest_group)
