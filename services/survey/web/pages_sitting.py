"""The pages behind a link: the list of forms, a form, its receipt."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.survey.domain.link import Seat
from services.survey.domain.survey import AlreadySubmitted, NotAcceptable, State, Survey
from services.survey.use_cases.answer import save_answers, submit_survey, survey_on_the_list
from services.survey.use_cases.custody import roles_held
from services.survey.web import answers_form
from services.survey.web.cards import FORM, cards_of, form_address, page
from services.survey.web.seat import Seated, link_is_dead, seat_in
from services.survey.web.wired import Behind, Wired, wired
from shared.direct import DirectRoute
from shared.errors import NoLonger
from shared.events.survey import About

sitting_pages = APIRouter(prefix="/sitting", include_in_schema=False)

PUBLIC_PATHS = frozenset({"/sitting", FORM, f"{FORM}/answers", f"{FORM}/decline", f"{FORM}/receipt"})
BODY_LIMIT = 64 * 1024


@sitting_pages.get("")
async def list_of_forms(request: Request, seat: Seated, behind: Behind) -> Response:
    """Everything that this person is asked, with how far they have come."""
    sitting = await behind.sittings.get(seat.sitting_id)
    if sitting is None or sitting.link_version != seat.link_version or not await roles_held(sitting, behind.people):
        raise link_is_dead()
    surveys = await behind.surveys.on_the_list_of(seat.sitting_id)
    today = behind.clock().date()
    asked = [survey for survey in surveys if survey.state is not State.WITHDRAWN and today <= survey.last_day]
    titles = {behind.library.campaign(survey.campaign_id).title for survey in asked}
    left = [survey for survey in asked if survey.is_open]
    return page(
        request,
        behind,
        "sitting.html",
        title=titles.pop() if len(titles) == 1 else "Your forms",
        closes_on=min((survey.closes_on for survey in left), default=None),
        is_one_day=len({survey.closes_on for survey in left}) == 1,
        educators=sum(survey.about is About.COMPLETER for survey in asked),
        providers=sum(survey.about is About.PROVIDER for survey in asked),
        cards=await cards_of(asked, behind),
        done=sum(not survey.is_open for survey in asked),
        total=len(asked),
    )


@sitting_pages.get("/surveys/{survey_id}")
async def show_form(request: Request, survey_id: str, seat: Seated, behind: Behind) -> Response:
    survey = await survey_on_the_list(survey_id, seat.sitting_id, surveys=behind.surveys)
    if survey.state is State.SUBMITTED:
        return RedirectResponse(f"{form_address(survey_id)}/receipt", status_code=303)
    if not survey.is_open:
        raise NoLonger("There is nothing to answer here any more.", hint="Go back to your list of forms.")
    return await _form(request, survey, behind, answers_form.kept(survey.answers, survey.comment))


async def send_form(request: Request) -> Response:
    """Save for later or send in, as the button says. What was entered is never lost to an error."""
    survey_id, seat, behind = await _asked(request)
    form = await answers_form.form_in(request)
    try:
        sent = answers_form.read_answers(form)
        if sent.action == "save":
            await _save(survey_id, seat, sent, behind)
            return RedirectResponse("/sitting", status_code=303)
        return await _submit(survey_id, seat, sent, behind)
    except NotAcceptable as refusal:
        behind.metrics.submitted("refused")
        survey = await survey_on_the_list(survey_id, seat.sitting_id, surveys=behind.surveys)
        errors = answers_form.errors_of(refusal.faults)
        return await _form(request, survey, behind, answers_form.entered(form), errors)
    except AlreadySubmitted:
        behind.metrics.submitted("repeated")
        return RedirectResponse(f"{form_address(survey_id)}/receipt", status_code=303)


async def save_as_you_go(request: Request) -> Response:
    """The same form, sent by a script after each change. One without any field is not ours: mail scanners send such."""
    survey_id, seat, behind = await _asked(request)
    if form := await answers_form.form_in(request):
        await _save(survey_id, seat, answers_form.read_answers(form), behind)
    return Response(status_code=204)


ANSWERS = (
    DirectRoute(FORM, send_form, methods=["POST"]),
    DirectRoute(f"{FORM}/answers", save_as_you_go, methods=["POST"]),
)


@sitting_pages.get("/surveys/{survey_id}/receipt")
async def show_receipt(request: Request, survey_id: str, seat: Seated, behind: Behind) -> Response:
    survey = await survey_on_the_list(survey_id, seat.sitting_id, surveys=behind.surveys)
    if survey.state is not State.SUBMITTED:
        return RedirectResponse("/sitting", status_code=303)
    cards = await cards_of(await behind.surveys.on_the_list_of(seat.sitting_id), behind)
    return page(
        request,
        behind,
        "receipt.html",
        card=next(card for card in cards if card["survey_id"] == survey_id),
        left=sum(card["is_open"] for card in cards),
    )


async def _asked(request: Request) -> tuple[str, Seat, Wired]:
    """What FastAPI would hand to a route."""
    behind = await wired(request)
    return request.path_params["survey_id"], seat_in(request, behind), behind


async def _save(survey_id: str, seat: Seat, sent: answers_form.Sent, behind: Wired) -> None:
    await save_answers(
        survey_id,
        seat.sitting_id,
        sent.answers,
        sent.comment,
        surveys=behind.surveys,
        library=behind.library,
        now=behind.clock(),
    )


async def _submit(survey_id: str, seat: Seat, sent: answers_form.Sent, behind: Wired) -> Response:
    await submit_survey(
        survey_id,
        seat.sitting_id,
        sent.answers,
        sent.comment,
        surveys=behind.surveys,
        library=behind.library,
        now=behind.clock(),
    )
    behind.metrics.submitted("accepted")
    return RedirectResponse(f"{form_address(survey_id)}/receipt", status_code=303)


async def _form(
    request: Request, survey: Survey, behind: Wired, values: dict[str, str], errors: dict[str, str] | None = None
) -> Response:
    instrument = behind.library.instrument(survey.instrument_id, survey.instrument_version)
    card = (await cards_of([survey], behind))[0]
    return page(
        request,
        behind,
        "form.html",
        status=422 if errors else 200,
        instrument=instrument,
        sections=answers_form.sections_of(instrument),
        card=card,
        values=values,
        errors=errors or {},
    )
