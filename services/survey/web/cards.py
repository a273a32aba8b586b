"""What the pages behind a link show of each survey: about whom, where, how far; and how such a page is rendered."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from services.survey.domain.survey import Survey
from services.survey.web.wired import Wired
from shared.events.survey import About

FORM = "/sitting/surveys/{survey_id}"


async def cards_of(surveys: list[Survey], behind: Wired) -> list[dict[str, Any]]:
    """What is open comes first, then by place and name."""
    people = await behind.people.display_names(survey.completer_id for survey in surveys if survey.completer_id)
    places = await behind.names.of(
        one
        for survey in surveys
        for one in (survey.program_id, survey.target.provider_id, survey.target.school_id or survey.target.district_id)
    )
    cards = [_card(survey, people, places) for survey in surveys]
    return sorted(cards, key=lambda card: (not card["is_open"], str(card["place"]), str(card["name"])))


def _card(survey: Survey, people: dict[str, str], places: dict[str, str]) -> dict[str, Any]:
    provider = places[survey.target.provider_id]
    place = places[survey.target.school_id or survey.target.district_id]
    is_provider = survey.about is About.PROVIDER
    educator = people.get(survey.completer_id or "", "An educator whose name we do not have")
    program = "" if survey.program_id is None else f"{places[survey.program_id]}, {provider}"
    return {
        "survey_id": survey.survey_id,
        "address": form_address(survey.survey_id),
        "name": provider if is_provider else educator,
        "what": "this provider" if is_provider else "this educator",
        "is_provider": is_provider,
        "program": "Provider under review; you are asked as a partner" if is_provider else program,
        "place": place,
        "until": survey.closes_on,
        "state": survey.state.value,
        "is_open": survey.is_open,
        "receipt": survey.receipt,
        "closed_at": survey.closed_at,
    }


def form_address(survey_id: str) -> str:
    return FORM.format(survey_id=survey_id)


def page(request: Request, behind: Wired, name: str, *, status: int = 200, **context: Any) -> Response:
    """A page for whoever followed a link: nobody who has signed in."""
    return behind.pages.render(request, name, status=status, service_nav=(), caller=None, **context)
