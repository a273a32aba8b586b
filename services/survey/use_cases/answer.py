"""A person answers: saves for later, sends in, or declines. Each is one read and one write of one survey."""

from collections.abc import Callable, Mapping
from datetime import datetime

from services.survey.domain.survey import Change, Survey
from services.survey.store.library import Library
from services.survey.store.surveys import Surveys
from shared.errors import NotFound
from shared.events.survey import DeclineReason
from shared.fault import fault
from shared.rounds import on_a_fresh_reading


async def survey_on_the_list(survey_id: str, sitting_id: str, *, surveys: Surveys) -> Survey:
    """A survey of this sitting; NotFound for everybody else's, as for one that does not exist."""
    survey = await surveys.get(survey_id)
    if survey is None or survey.sitting_id != sitting_id:
        raise NotFound("There is no such form on your list.", hint="Go back to your list of forms.")
    return survey


async def save_answers(
    survey_id: str,
    sitting_id: str,
    answers: Mapping[str, int],
    comment: str | None,
    *,
    surveys: Surveys,
    library: Library,
    now: datetime,
) -> Survey:
    """Keep what there is, for later. NotAcceptable, AlreadySubmitted, NotAskedAnyMore."""

    def save(survey: Survey) -> Change:
        instrument = library.instrument(survey.instrument_id, survey.instrument_version)
        return survey.save(answers, comment, instrument, now)

    return await _change(survey_id, sitting_id, save, surveys, now)


async def submit_survey(
    survey_id: str,
    sitting_id: str,
    answers: Mapping[str, int],
    comment: str | None,
    *,
    surveys: Surveys,
    library: Library,
    now: datetime,
) -> Survey:
    """Send in, once. NotAcceptable, AlreadySubmitted (with the first receipt), NotAskedAnyMore."""

    def submit(survey: Survey) -> Change:
        instrument = library.instrument(survey.instrument_id, survey.instrument_version)
        return survey.submit(answers, comment, instrument, now)

    return await _change(survey_id, sitting_id, submit, surveys, now)


async def decline_survey(
    survey_id: str, sitting_id: str, reason: DeclineReason, *, surveys: Surveys, now: datetime
) -> Survey:
    """Do not answer, and say why. AlreadySubmitted, NotAskedAnyMore."""
    return await _change(survey_id, sitting_id, lambda survey: survey.decline(reason, now), surveys, now)


async def _change(
    survey_id: str, sitting_id: str, verb: Callable[[Survey], Change], surveys: Surveys, now: datetime
) -> Survey:
    async def attempt() -> Survey:
        survey = await survey_on_the_list(survey_id, sitting_id, surveys=surveys)
        after, events = verb(survey)
        if after is not survey:
            fault("submission.read_not_saved")
            await surveys.save(after, events, at=now)
            fault("submission.saved_not_answered")
        return after

    return await on_a_fresh_reading(attempt)
