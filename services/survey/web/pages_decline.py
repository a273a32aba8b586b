"""The page behind a link on which somebody says that they do not answer, why, and perhaps who should be asked."""

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.survey.domain.link import Seat
from services.survey.domain.recipient import recommended
from services.survey.domain.survey import REASONS, AlreadyHandedOver, AlreadySubmitted, State, Survey
from services.survey.use_cases.answer import decline_survey, survey_on_the_list
from services.survey.use_cases.recommend_another import recommend_another
from services.survey.web.cards import cards_of, form_address, page
from services.survey.web.seat import Seated
from services.survey.web.wired import Behind, Wired
from shared.errors import InvalidInput
from shared.events.survey import About, DeclineReason
from shared.pages import Option

decline_pages = APIRouter(prefix="/sitting", include_in_schema=False)

WORDS = {
    About.COMPLETER: (
        Option(DeclineReason.TOO_LITTLE_CONTACT, "I have seen too little of this educator's work"),
        Option(DeclineReason.NOT_MINE, "This educator works here, but somebody else should be asked"),
        Option(DeclineReason.LEFT, "This educator has left"),
        Option(DeclineReason.NEVER_HERE, "This educator never worked here"),
        Option(DeclineReason.WRONG_PROGRAM, "This educator did not attend this program"),
        Option(DeclineReason.REFUSED, "I do not want to answer"),
    ),
    About.PROVIDER: (
        Option(DeclineReason.TOO_LITTLE_CONTACT, "I have had too little contact with this provider"),
        Option(DeclineReason.WRONG_PERSON, "I am the wrong person to ask"),
        Option(DeclineReason.REFUSED, "I do not want to answer"),
    ),
}
FIELDS = ("reason", "name", "email")


@decline_pages.get("/surveys/{survey_id}/decline")
async def ask_for_reason(request: Request, survey_id: str, seat: Seated, behind: Behind) -> Response:
    survey = await survey_on_the_list(survey_id, seat.sitting_id, surveys=behind.surveys)
    return await _decline_form(request, survey, behind)


@decline_pages.post("/surveys/{survey_id}/decline")
async def decline(request: Request, survey_id: str, seat: Seated, behind: Behind) -> Response:
    """A wrong person who names somebody hands the form over; everybody else ends it."""
    form = await request.form()
    survey = await survey_on_the_list(survey_id, seat.sitting_id, surveys=behind.surveys)
    reason = form.get("reason")
    if reason not in REASONS[survey.about]:
        return await _decline_form(request, survey, behind, form, {"reason": "Choose the reason that fits best."})
    try:
        if reason == DeclineReason.WRONG_PERSON and (_text(form, "name") or _text(form, "email")):
            return await _hand_over(request, survey, seat, behind, form)
        await decline_survey(
            survey_id, seat.sitting_id, DeclineReason(str(reason)), surveys=behind.surveys, now=behind.clock()
        )
    except AlreadySubmitted:
        return RedirectResponse(f"{form_address(survey_id)}/receipt", status_code=303)
    behind.metrics.declined.inc()
    return RedirectResponse("/sitting", status_code=303)


async def _hand_over(request: Request, survey: Survey, seat: Seat, behind: Wired, form: FormData) -> Response:
    try:
        await recommend_another(
            survey.survey_id,
            seat.sitting_id,
            _text(form, "name"),
            _text(form, "email"),
            people=behind.people,
            surveys=behind.surveys,
            clock=behind.clock,
        )
    except InvalidInput as refusal:
        errors = {refusal.where: f"{refusal.message} {refusal.hint}".strip()}
        return await _decline_form(request, survey, behind, form, errors)
    except AlreadyHandedOver as refusal:
        return await _decline_form(request, survey, behind, form, {"reason": refusal.message})
    return RedirectResponse("/sitting", status_code=303)


async def _decline_form(
    request: Request,
    survey: Survey,
    behind: Wired,
    form: FormData | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    if survey.state is State.SUBMITTED:
        return RedirectResponse(f"{form_address(survey.survey_id)}/receipt", status_code=303)
    return page(
        request,
        behind,
        "decline.html",
        status=422 if errors else 200,
        card=(await cards_of([survey], behind))[0],
        reasons=WORDS[survey.about],
        may_name=survey.about is About.PROVIDER and survey.target.recipient_role != recommended(survey.survey_id),
        entered={field: _text(form, field) for field in FIELDS} if form is not None else {},
        errors=errors or {},
    )


def _text(form: FormData, field: str) -> str:
    value = form.get(field)
    return value.strip() if isinstance(value, str) else ""
