"""The agency's look over all districts: with whom each has partnerships, and which have none."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.partnership.use_cases.look_over_districts import DistrictPartnerships
from services.partnership.web.state import Wired
from shared.access.asking import requires
from shared.access.callers import Caller
from shared.events.partnerships import PartnershipStatus

router = APIRouter(tags=["partnerships"])
Overseeing = Annotated[Caller, Depends(requires("agency", "operator"))]


@router.get("/v1/districts/partnerships")
async def districts(caller: Overseeing, partnership: Wired) -> list[DistrictPartnerships]:
    """Every district of the directory, by name, with its partnerships; also those without any."""
    found: list[DistrictPartnerships] = await partnership.reviews.look_over_districts(scope=caller.scope())
    return found


@router.get("/districts", include_in_schema=False)
async def page(
    request: Request, caller: Overseeing, partnership: Wired, show: Annotated[str, Query()] = ""
) -> Response:
    found: list[DistrictPartnerships] = await partnership.reviews.look_over_districts(scope=caller.scope())
    without = [each for each in found if not each.has_any]
    return partnership.page(
        request,
        "districts.html",
        districts=without if show == "without" else found,
        count=len(found),
        count_without=len(without),
        show=show,
        names=await partnership.directory.names(code for each in found for code in each.providers),
        statuses=[each for each in PartnershipStatus if any(each in one.by_status for one in found)],
    )
