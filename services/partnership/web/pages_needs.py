"""What our districts need: openings by licence field, beside a provider's completers, as a chart and a table."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from services.partnership.domain.district_needs import DistrictNeeds
from services.partnership.domain.school_years import in_words
from services.partnership.web.api_vacancies import Weighing
from services.partnership.web.need_chart import MOST_FIELDS, need_chart
from services.partnership.web.state import Partnership, Wired
from shared.access.callers import Caller

router = APIRouter(prefix="/needs", include_in_schema=False)


def _year(school_year: Annotated[str, Query()] = "") -> int | None:
    return int(school_year) if school_year.isascii() and school_year.isdigit() and len(school_year) == 4 else None


@router.get("")
async def choose(request: Request, caller: Weighing, partnership: Wired) -> Response:
    """A provider's own, or a list of providers."""
    if caller.role == "provider" and caller.only_organization:
        return RedirectResponse(f"/needs/{caller.only_organization}", status_code=303)
    found = await partnership.directory.list_organizations(kind="provider", text="", limit=0, skip=0)
    scope = caller.scope()
    providers = [each for each in found if scope.has_provider(each.id)]
    return partnership.page(request, "needs_of.html", providers=providers)


@router.get("/{provider_id}")
async def needs(
    request: Request, provider_id: str, caller: Weighing, partnership: Wired, school_year: Annotated[str, Query()] = ""
) -> Response:
    weighed = await _weighed(provider_id, school_year, caller, partnership)
    codes = (provider_id, *weighed.stating_districts, *weighed.silent_districts)
    return partnership.page(
        request,
        "needs.html",
        needs=weighed,
        names=await partnership.directory.names(codes),
        in_words=in_words,
        most_fields=MOST_FIELDS,
        is_own=caller.role == "provider",
    )


@router.get("/{provider_id}/chart.svg")
async def chart(
    provider_id: str, caller: Weighing, partnership: Wired, school_year: Annotated[str, Query()] = ""
) -> Response:
    weighed = await _weighed(provider_id, school_year, caller, partnership)
    drawn = await asyncio.to_thread(need_chart, weighed.fields)
    return Response(drawn, media_type="image/svg+xml")


async def _weighed(provider_id: str, school_year: str, caller: Caller, partnership: Partnership) -> DistrictNeeds:
    weighed: DistrictNeeds = await partnership.vacancies.weigh(
        provider_id, _year(school_year), scope=caller.scope(), now=partnership.clock()
    )
    return weighed
