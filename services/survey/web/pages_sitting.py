"""The pages behind a link: the list of forms, a form, its receipt, declining."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.survey.domain.link import Seat
from services.survey.domain.survey import AlreadySubmitted, NotAcceptable, State, Survey
from services.survey.use_cases.answer import decline_survey, save_answers, submit_survey, survey_on_the_list
from services.survey.use_cases.custody import roles_held
from services.survey.web import answers_form
from services.survey.web.seat import Seated, link_is_dead, seat_in
from services.survey.web.wired import Behind, Wired, wired
from shared.direct import DirectRoute
from shared.errors import NoLonger
from shared.events.survey import DeclineReason
from shared.pages import Option

sitting_pages = APIRouter(prefix="/sitting", include_in_schema=False)

FORM = "/sitting/surveys/{survey_id}"
PUBLIC_PATHS = frozenset({"/sitting", FORM, f"{FORM}/answers", f"{FORM}/decline", f"{FORM}/receipt"})
BODY_LIMIT = 64 * 1024

REASONS = (
    Option(DeclineReason.TOO_LITTLE_CONTACT, "I have seen too little of this educator's work"),
    Option(DeclineReason.NOT_MINE, "This educator works here, but somebody else should be asked"),
    Option(DeclineReason.LEFT, "This educator has left"),
    Option(DeclineReason.NEVER_HERE, "This educator never worked here"),
    Option(DeclineReason.WRONG_PROGRAM, "This educator did not attend this program"),
    Option(DeclineReason.REFUSED, "I do not want to answer"),
)


@sitting_pages.get("")
async def list_of_forms(request: Request, seat: Seated, behind: Behind) -> Response:
    """Everything that this person is asked, with how far they have come."""
    sitting = await behind.sittings.get(seat.sitting_id)
    if sitting is None or sitting.link_version != seat.link_version or not await roles_held(sitting, behind.people):
        raise link_is_dead()
    surveys = await behind.surveys.on_the_list_of(seat.sitting_id)
    asked = [survey for survey in surveys if survey.state is not State.WITHDRAWN]
    campaign = behind.library.campaign(sitting.campaign_id)
    return _page(
        request,
        behind,
        "sitting.html",
        title=campaign.title,
        closes_on=campaign.closes_on,
        cards=await _cards(asked, behind),
        done=sum(not survey.is_open for survey in asked),
        total=len(asked),
    )


@sitting_pages.get("/surveys/{survey_id}")
async def show_form(request: Request, survey_id: str, seat: Seated, behind: Behind) -> Response:
    survey = await survey_on_the_list(survey_id, seat.sitting_id, surveys=behind.surveys)
    if survey.state is State.SUBMITTED:
        return RedirectResponse(f"{_address(survey_id)}/receipt", status_code=303)
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
        return RedirectResponse(f"{_address(survey_id)}/receipt", status_code=303)


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
    cards = await _cards(await behind.surveys.on_the_list_of(seat.sitting_id), behind)
    return _page(
        request,
        behind,
        "receipt.html",
        card=next(card for card in cards if card["survey_id"] == survey_id),
        left=sum(card["is_open"] for card in cards),
    )


@sitting_pages.get("/surveys/{survey_id}/decline")
async def ask_for_reason(request: Request, survey_id: str, seat: Seated, behind: Behind) -> Response:
    survey = await survey_on_the_list(survey_id, seat.sitting_id, surveys=behind.surveys)
    return await _decline_form(request, survey, behind)


@sitting_pages.post("/surveys/{survey_id}/decline")
async def decline(request: Request, survey_id: str, seat: Seated, behind: Behind) -> Response:
    form = await request.form()
    survey = await survey_on_the_list(survey_id, seat.sitting_id, surveys=behind.surveys)
    reason = form.get("reason")
    if reason not in list(DeclineReason):
        return await _decline_form(request, survey, behind, {"reason": "Choose the reason that fits best."})
    try:
        await decline_survey(
            survey_id, seat.sitting_id, DeclineReason(str(reason)), surveys=behind.surveys, now=behind.clock()
        )
    except AlreadySubmitted:
        return RedirectResponse(f"{_address(survey_id)}/receipt", status_code=303)
    behind.metrics.declined.inc()
    return RedirectResponse("/sitting", status_code=303)


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
    return RedirectResponse(f"{_address(survey_id)}/receipt", status_code=303)


async def _form(
    request: Request, survey: Survey, behind: Wired, values: dict[str, str], errors: dict[str, str] | None = None
) -> Response:
    instrument = behind.library.instrument(survey.instrument_id, survey.instrument_version)
    card = (await _cards([survey], behind))[0]
    return _page(
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


async def _decline_form(
    request: Request, survey: Survey, behind: Wired, errors: dict[str, str] | None = None
) -> Response:
    if survey.state is State.SUBMITTED:
        return RedirectResponse(f"{_address(survey.survey_id)}/receipt", status_code=303)
    card = (await _cards([survey], behind))[0]
    return _page(
        request,
        behind,
        "decline.html",
        status=422 if errors else 200,
        card=card,
        reasons=REASONS,
        errors=errors or {},
    )


async def _cards(surveys: list[Survey], behind: Wired) -> list[dict[str, Any]]:
    """What a page shows of each survey: who, from which program, where, how far."""
    people = await behind.people.display_names(survey.completer_id for survey in surveys)
    places = await behind.names.of(
        one
        for survey in surveys
        for one in (survey.program_id, survey.target.provider_id, survey.target.school_id or survey.target.district_id)
    )
    cards = [
        {
            "survey_id": survey.survey_id,
            "address": _address(survey.survey_id),
            "name": people.get(survey.completer_id, "An educator whose name we do not have"),
            "program": places[survey.program_id],
            "provider": places[survey.target.provider_id],
            "place": places[survey.target.school_id or survey.target.district_id],
            "state": survey.state.value,
            "is_open": survey.is_open,
            "receipt": survey.receipt,
            "closed_at": survey.closed_at,
        }
        for survey in surveys
    ]
    return sorted(cards, key=lambda card: (not card["is_open"], str(card["place"]), str(card["name"])))


def _address(survey_id: str) -> str:
    return FORM.format(survey_id=survey_id)


def _page(request: Request, behind: Wired, name: str, *, status: int = 200, **context: Any) -> Response:
    return behind.pages.render(request, name, status=status, service_nav=(), caller=None, **context)
