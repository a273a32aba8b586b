"""State the vacancies of a school year, in place of what was stated before; as rows, or in a file."""

import asyncio
from datetime import datetime

from services.partnership.domain.findings import Findings
from services.partnership.domain.vacancies import (
    StatedVacancies,
    VacancyStatement,
    next_statement,
    refuse_doubles,
    refuse_foreign_schools,
    refuse_unlikely_year,
)
from services.partnership.domain.vacancy_file import VacancyReport, read_vacancy_file
from services.partnership.store.directory import Directory
from services.partnership.store.vacancies import VacancyStore
from shared.access.callers import Caller
from shared.errors import NotFound
from shared.events.partnership import OrganizationKind
from shared.rounds import on_a_fresh_reading


async def state_vacancies(
    district_id: str,
    school_year: int,
    stated: StatedVacancies,
    *,
    caller: Caller,
    directory: Directory,
    vacancies: VacancyStore,
    now: datetime,
) -> VacancyStatement:
    """The statement that holds now. Stated again word for word, nothing changes and nothing is told."""
    schools = await _schools_of(district_id, caller, directory)
    refuse_unlikely_year(school_year, now.date())
    refuse_foreign_schools(stated.vacancies, schools)
    refuse_doubles(stated.vacancies)

    async def attempt() -> VacancyStatement:
        known = await vacancies.known(district_id, school_year)
        following = next_statement(district_id, school_year, stated, known, by=caller.subject, now=now)
        if known is not None and following.says_the_same(known):
            return known
        await vacancies.save(following, known, now)
        return following

    return await on_a_fresh_reading(attempt)


async def take_vacancy_file(
    district_id: str,
    name: str,
    content: bytes,
    *,
    caller: Caller,
    directory: Directory,
    vacancies: VacancyStore,
    now: datetime,
) -> VacancyReport:
    """A statement for each school year that the file names; with an error anywhere in it, none."""
    schools = await _schools_of(district_id, caller, directory)
    findings = Findings()
    read, years = await asyncio.to_thread(
        read_vacancy_file, name, content, schools=schools, today=now.date(), findings=findings
    )
    is_taken = findings.count_of("error") == 0
    for year, rows in years.items() if is_taken else ():
        stated = StatedVacancies(vacancies=rows)
        await state_vacancies(
            district_id, year, stated, caller=caller, directory=directory, vacancies=vacancies, now=now
        )
    return VacancyReport(
        district_id=district_id,
        is_taken=is_taken,
        rows_read=read,
        school_years=tuple(years) if is_taken else (),
        findings=tuple(finding.as_dict() for finding in findings),
        finding_counts=dict(findings.counts),
    )


async def _schools_of(district_id: str, caller: Caller, directory: Directory) -> frozenset[str]:
    """NotFound unless the caller may speak for the district, and there is one."""
    caller.scope().require_district(district_id)
    known = (await directory.known_organizations([district_id])).get(district_id)
    if known is None or OrganizationKind.DISTRICT not in known.kinds:
        raise NotFound("There is no such district.", hint="Check the address, or ask the state agency to import it.")
    return await directory.schools_of(district_id)
