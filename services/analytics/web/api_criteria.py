"""The Partner Survey's figures for machines."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.analytics.domain.criteria import CriteriaResults, ReviewFigures
from services.analytics.use_cases.read_results import read_criteria
from services.analytics.web.api_results import CampaignId
from services.analytics.web.places import Here
from shared.access.asking import Asking
from shared.errors import NotFound

router = APIRouter(prefix="/v1", tags=["criteria"])


@router.get("/criteria/{campaign_id}")
async def criteria(campaign_id: CampaignId, asking: Asking, here: Here) -> CriteriaResults:
    """All providers under review together, and each review of those that the caller may see, by criterion.

    `favourable` is the share of the two highest answers to the items of a criterion; null where one is withheld.
    """
    return await read_criteria(
        campaign_id, asking.scope(), model=await here.generations.serving(), threshold=here.smallest_group
    )


@router.get("/criteria/{campaign_id}/reviews/{review_id}")
async def review_criteria(
    campaign_id: CampaignId, review_id: Annotated[str, Path(max_length=100)], asking: Asking, here: Here
) -> ReviewFigures:
    """One review's figures. Not found: nobody was asked for it, or it is not the caller's."""
    found = await criteria(campaign_id, asking, here)
    for review in found.reviews:
        if review.review_id == review_id:
            return review
    raise NotFound("There are no results of such a review.", hint="Look at the results of the campaign.")
