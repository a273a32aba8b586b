"""Figures for machines: the same numbers as on the pages."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.analytics.domain.results import GroupFigures, Results
from services.analytics.use_cases.read_results import read_results
from services.analytics.web.places import Here
from shared.access.asking import Asking
from shared.errors import NotFound

router = APIRouter(prefix="/v1", tags=["results"])

CampaignId = Annotated[str, Path(max_length=100)]


@router.get("/campaigns")
async def campaigns(here: Here) -> list[str]:
    """The campaigns that something is known of, newest first."""
    return await (await here.generations.serving()).leaves.campaigns()


@router.get("/results/{campaign_id}")
async def results(campaign_id: CampaignId, asking: Asking, here: Here) -> Results:
    """The state's figures and those of each provider that the caller may see.

    `choices` is null where answers are withheld, and `withheld` says why: too_few, too_alike or protects_another.
    """
    return await read_results(
        campaign_id, asking.scope(), model=await here.generations.serving(), threshold=here.smallest_group
    )


@router.get("/results/{campaign_id}/providers/{provider_id}")
async def provider_results(
    campaign_id: CampaignId, provider_id: Annotated[str, Path(max_length=100)], asking: Asking, here: Here
) -> GroupFigures:
    """One provider's figures. Not found: nothing is known of it in this campaign, or it is not the caller's."""
    found = await results(campaign_id, asking, here)
    if provider_id not in found.providers:
        raise NotFound("There are no results of such a provider.", hint="Look at the results of the campaign.")
    return found.providers[provider_id]
