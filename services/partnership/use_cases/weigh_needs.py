"""Weigh what the districts of a provider need against those who completed its programs."""

from datetime import datetime

from services.partnership.domain.district_needs import DistrictNeeds, by_field
from services.partnership.domain.school_years import last_completed_year, school_year_of
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.partnerships import PartnershipStore
from services.partnership.store.vacancies import VacancyStore
from shared.access.callers import Scope
from shared.errors import NotFound
from shared.events.partnership import OrganizationKind


async def weigh_needs(
    provider_id: str,
    school_year: int | None,
    *,
    scope: Scope,
    directory: Directory,
    partnerships: PartnershipStore,
    completers: CompleterStore,
    vacancies: VacancyStore,
    smallest_group: int,
    now: datetime,
) -> DistrictNeeds:
    """The needs of the districts with which the provider has a partnership that is in force.

    Of this school year on, the one that is asked for, else the first for which a district has stated something.
    """
    known = (await directory.known_organizations([provider_id])).get(provider_id)
    if not scope.has_provider(provider_id) or known is None or OrganizationKind.PROVIDER not in known.kinds:
        raise NotFound("There is no such provider.", hint="Check the address, or sign in with another account.")
    this_year = school_year_of(now.date())
    districts = frozenset(each.district_id for each in await partnerships.live_of(provider_id))
    stated = await vacancies.of_districts(districts, this_year)
    years = sorted({each.school_year for each in stated} | ({school_year} if school_year else set()))
    chosen = school_year or (years[0] if years else this_year)
    statements = [each for each in stated if each.school_year == chosen]
    stating = {each.district_id for each in statements}
    completed_year, first, last = last_completed_year(now.date())
    fields, without_field = by_field(
        statements,
        await completers.completed_fields(provider_id, first, last),
        [each.licence_field for each in await directory.programs_of(provider_id)],
        smallest_group,
    )
    return DistrictNeeds(
        provider_id=provider_id,
        school_year=chosen,
        school_years=tuple(years or [chosen]),
        completed_year=completed_year,
        smallest_group=smallest_group,
        fields=fields,
        without_field=without_field,
        stating_districts=tuple(sorted(stating)),
        silent_districts=tuple(sorted(districts - stating)),
    )
