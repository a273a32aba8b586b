"""Pages for staff: how campaigns stand."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.survey.web.api_campaigns import Counting, status_of_campaigns
from services.survey.web.wired import Behind

staff_pages = APIRouter(include_in_schema=False)


@staff_pages.get("/")
async def home() -> Response:
    return RedirectResponse("/campaigns", status_code=303)


@staff_pages.get("/campaigns")
async def campaigns(request: Request, caller: Counting, behind: Behind) -> Response:
    return behind.pages.render(
        request,
        "campaigns.html",
        service_nav=behind.navigation(caller),
        campaigns=await status_of_campaigns(caller.scope(), behind),
        sees_all=caller.scope().sees_all,
    )
