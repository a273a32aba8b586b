"""The first page: what is here for this role."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.partnership.web.state import Wired
from services.partnership.web.words import VARIANT_WORDS
from shared.access.asking import Asking

router = APIRouter(include_in_schema=False)
LATEST = 10


@router.get("/")
async def home(request: Request, caller: Asking, partnership: Wired) -> Response:
    scope = caller.scope()
    hires = await partnership.hires.page(scope, limit=LATEST, skip=0)
    names = await partnership.directory.names(code for each in hires for code in (each.district_id, each.school_id))
    counted = {
        "feeds": len(await partnership.feeds.connections(scope)),
        "hires": await partnership.hires.count(scope),
        "to_review": await partnership.staff.count_in_review(scope),
        "completers": await partnership.completers.count(scope),
        "organizations": await partnership.directory.counts(),
    }
    return partnership.page(
        request, "home.html", counted=counted, hires=hires, names=names, variant_words=VARIANT_WORDS
    )
