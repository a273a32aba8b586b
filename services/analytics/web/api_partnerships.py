"""Partnerships for machines: how terms, goals and activities stand between the two sides."""

from fastapi import APIRouter

from services.analytics.domain.partnership import PartnershipView
from services.analytics.use_cases.read_partnerships import read_partnerships
from services.analytics.web.places import Here
from shared.access.asking import Asking

router = APIRouter(prefix="/v1", tags=["partnerships"])


@router.get("/partnerships")
async def partnerships(asking: Asking, here: Here) -> list[PartnershipView]:
    """Those of which the caller is a party; the agency sees all. A claim is open, one_sided, attested or disputed."""
    return await read_partnerships(asking.scope(), model=await here.generations.serving())
