"""The Partner Survey's figures for people: a line per review, and each review beside all of them."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.analytics.domain.criteria import CriteriaResults, ReviewFigures
from services.analytics.web import criteria_tables, tables
from services.analytics.web.api_criteria import criteria
from services.analytics.web.api_results import CampaignId
from services.analytics.web.charts import item_chart
from services.analytics.web.pages_results import GroupId
from services.analytics.web.places import Here
from shared.access.asking import Asking
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)

ALL = "all"
"""Stands in an address where a review's id could."""


@router.get("/criteria/{campaign_id}")
async def reviews(campaign_id: CampaignId, request: Request, asking: Asking, here: Here) -> HTMLResponse:
    """All providers under review together, and a line for each review that the reader may see."""
    found = await criteria(campaign_id, asking, here)
    model = await here.generations.serving()
    return here.pages.render(
        request,
        "criteria.html",
        results=found,
        group=found.all_reviews,
        group_id=ALL,
        group_name="All providers under review",
        names=await model.names.of([review.provider_id for review in found.reviews]),
        campaigns=await model.leaves.campaigns(),
        tables=tables,
        criteria_tables=criteria_tables,
    )


@router.get("/criteria/{campaign_id}/reviews/{review_id}")
async def review(
    campaign_id: CampaignId, review_id: GroupId, request: Request, asking: Asking, here: Here
) -> HTMLResponse:
    """One review beside all of them."""
    found = await criteria(campaign_id, asking, here)
    group = _group(found, review_id)
    if group is None:
        raise NotFound("There are no results of such a review.", hint="Go back to the campaign's results.")
    names = await (await here.generations.serving()).names.of([group.provider_id])
    return here.pages.render(
        request,
        "review.html",
        results=found,
        group=group,
        group_id=review_id,
        group_name=names[group.provider_id],
        tables=tables,
        criteria_tables=criteria_tables,
    )


@router.get("/criteria/{campaign_id}/{group_id}/items/{item_id}.svg")
async def chart(campaign_id: CampaignId, group_id: GroupId, item_id: str, asking: Asking, here: Here) -> Response:
    """The chart of one item. Not found where the group's answers are withheld: there is nothing to draw."""
    found = await criteria(campaign_id, asking, here)
    group = found.all_reviews if group_id == ALL else _group(found, group_id)
    ours = next((item for item in group.items if item.item_id == item_id), None) if group else None
    beside = next((item for item in found.all_reviews.items if item.item_id == item_id), None)
    if group is None or ours is None or beside is None or not ours.choices:
        raise NotFound("There is no such chart.")
    name = criteria_tables.ALL_REVIEWS
    if group_id != ALL:
        names = await (await here.generations.serving()).names.of([group.provider_id])
        name = names[group.provider_id]
    drawn = await asyncio.to_thread(item_chart, name, ours, beside, criteria_tables.ALL_REVIEWS)
    return Response(drawn, media_type="image/svg+xml")


def _group(found: CriteriaResults, review_id: str) -> ReviewFigures | None:
    return next((review for review in found.reviews if review.review_id == review_id), None)
