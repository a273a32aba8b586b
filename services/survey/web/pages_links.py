"""The links in a mail: to the list of forms, and to no further mail. Following one changes nothing: scanners do it."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.survey.domain.link import Seat, token_hash
from services.survey.domain.sitting import Sitting
from services.survey.use_cases.custody import roles_held
from services.survey.use_cases.unsubscribe import unsubscribe
from services.survey.web.seat import link_is_dead, set_seat
from services.survey.web.wired import Behind, Wired
from shared.access.asking import limits_of
from shared.errors import NoLonger, NotFound

links = APIRouter(include_in_schema=False)

PUBLIC_PATHS = frozenset({"/s/{token}", "/unsubscribe/{sitting_id}/{mark}"})


@links.api_route("/s/{token}", methods=["GET", "HEAD"])
async def follow_link(request: Request, token: str, behind: Behind) -> Response:
    """Exchange the token for a cookie, so that no address that is shown, logged or bookmarked holds it."""
    sitting = await behind.sittings.by_token_hash(token_hash(token))
    if sitting is None:
        behind.metrics.link("unknown")
        limits_of(request).guessed_wrong(request)
        raise NotFound(
            "This link is not one of ours.",
            hint="Check that the whole link was copied, and use the one in the newest mail.",
        )
    if await _is_over(sitting, behind):
        behind.metrics.link("closed")
        raise NoLonger("This survey is closed. Thank you for your interest.", hint="There is nothing more to do.")
    if not await roles_held(sitting, behind.people):
        behind.metrics.link("closed")
        raise link_is_dead()
    behind.metrics.link("opened")
    response = RedirectResponse("/sitting", status_code=303)
    set_seat(response, Seat(sitting.sitting_id, sitting.link_version), behind)
    return response


async def _is_over(sitting: Sitting, behind: Wired) -> bool:
    """No day is left to answer anything. A review may give its partners more time than it said at first."""
    today = behind.clock().date()
    if today <= sitting.last_day:
        return False
    listed = await behind.surveys.on_the_list_of(sitting.sitting_id)
    return not any(survey.is_open and today <= survey.last_day for survey in listed)


@links.api_route("/unsubscribe/{sitting_id}/{mark}", methods=["GET", "HEAD"])
async def ask_to_unsubscribe(request: Request, sitting_id: str, mark: str, behind: Behind) -> Response:
    if not behind.link_key.may_unsubscribe(sitting_id, mark):
        limits_of(request).guessed_wrong(request)
        raise NotFound("This link is not one of ours.", hint="Check that the whole link was copied.")
    return behind.pages.render(
        request, "unsubscribe.html", service_nav=(), caller=None, is_done=False, action=request.url.path
    )


@links.post("/unsubscribe/{sitting_id}/{mark}")
async def stop_mail(request: Request, sitting_id: str, mark: str, behind: Behind) -> Response:
    """One click, from a mail program too: no cookie, no sign-in, no question (RFC 8058). It names its person itself."""
    await unsubscribe(sitting_id, mark, sittings=behind.sittings, link_key=behind.link_key, now=behind.clock())
    return behind.pages.render(request, "unsubscribe.html", service_nav=(), caller=None, is_done=True, action="")
