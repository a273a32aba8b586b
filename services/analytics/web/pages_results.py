"""Figures for people."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.analytics.domain.results import ItemAnswers, Results
from services.analytics.use_cases.read_results import AboutProviders
from services.analytics.web import tables
from services.analytics.web.api_results import CampaignId, results
from services.analytics.web.charts import item_chart
from services.analytics.web.places import Here
from shared.access.asking import Asking
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)

STATE = "state"
"""Stands in an address where a provider's id could."""

GroupId = Annotated[str, Path(max_length=100)]


@router.get("/")
async def home(request: Request, here: Here) -> Response:
    """The newest campaign, or word that there is none yet."""
    campaigns = await (await here.generations.serving()).leaves.campaigns()
    if campaigns:
        return RedirectResponse(f"/campaigns/{campaigns[0]}", status_code=303)
    return here.pages.render(request, "nothing_yet.html")


@router.get("/campaigns/{campaign_id}")
async def campaign(campaign_id: CampaignId, request: Request, asking: Asking, here: Here) -> Response:
    """The state's figures, and a line for each provider that the reader may see. About providers: by criterion."""
    try:
        found = await results(campaign_id, asking, here)
    except AboutProviders:
        return RedirectResponse(f"/criteria/{campaign_id}", status_code=303)
    model = await here.generations.serving()
    return here.pages.render(
        request,
        "campaign.html",
        results=found,
        tables=tables,
        names=await model.names.of(list(found.providers)),
        campaigns=await model.leaves.campaigns(),
        group_id=STATE,
        group=found.state,
        group_name="The state",
    )


@router.get("/campaigns/{campaign_id}/providers/{provider_id}")
async def provider(
    campaign_id: CampaignId, provider_id: GroupId, request: Request, asking: Asking, here: Here
) -> HTMLResponse:
    """One provider beside the state."""
    found = await results(campaign_id, asking, here)
    if provider_id not in found.providers:
        raise NotFound("There are no results of such a provider.", hint="Go back to the campaign's results.")
    return here.pages.render(
        request,
        "provider.html",
        results=found,
        tables=tables,
        group_id=provider_id,
        group=found.providers[provider_id],
        group_name=(await _names(here, provider_id))[provider_id],
    )


@router.get("/campaigns/{campaign_id}/{group_id}/items/{item_id}.svg")
async def chart(campaign_id: CampaignId, group_id: GroupId, item_id: str, asking: Asking, here: Here) -> Response:
    """The chart of one item. Not found where the group's answers are withheld: there is nothing to draw."""
    found = await results(campaign_id, asking, here)
    ours, state = _item(found, group_id, item_id), _item(found, STATE, item_id)
    if ours is None or state is None or not ours.choices:
        raise NotFound("There is no such chart.")
    name = "State" if group_id == STATE else (await _names(here, group_id))[group_id]
    drawn = await asyncio.to_thread(item_chart, name, ours, state)
    return Response(drawn, media_type="image/svg+xml")


async def _names(here: Here, *organization_ids: str) -> dict[str, str]:
    return await (await here.generations.serving()).names.of(organization_ids)


def _item(found: Results, group_id: str, item_id: str) -> ItemAnswers | None:
    group = found.state if group_id == STATE else found.providers.get(group_id)
    return next((item for item in group.items if item.item_id == item_id), None) if group is not None else None
