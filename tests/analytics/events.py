"""Builders of what survey tells."""

from datetime import date
from typing import Any

from shared.events.survey import (
    InstrumentItem,
    InstrumentPublished,
    ScalePoint,
    SurveyDeclined,
    SurveyIssued,
    SurveySubmitted,
)
from tests.analytics.facts import NOW, READINESS

SECOND_ITEM = InstrumentItem(
    item_id="lessons",
    label="Well-structured lessons",
    scale=tuple(ScalePoint(code=code, label=text) for code, text in enumerate(("Not well", "Well"), 1)),
)
PUBLISHED = InstrumentPublished(
    instrument_id="hiring_survey", version=1, title="Hiring Survey", items=(READINESS, SECOND_ITEM)
)


def where(survey_id: str, provider_id: str = "provider-1") -> dict[str, Any]:
    """Where a survey counts."""
    return {
        "survey_id": survey_id,
        "campaign_id": "hiring-2027",
        "wave": "2027",
        "instrument_id": "hiring_survey",
        "instrument_version": 1,
        "school_year": 2027,
        "provider_id": provider_id,
        "program_id": f"program of {provider_id}",
        "licence_field": "Mathematics",
        "district_id": "00350000",
        "school_id": "00350105",
    }


def issued(survey_id: str, provider_id: str = "provider-1") -> SurveyIssued:
    return SurveyIssued(
        **where(survey_id, provider_id),
        hire_id=f"hire of {survey_id}",
        recipient_role="00350105:principal",
        closes_on=date(2027, 6, 15),
    )


def submitted(survey_id: str, provider_id: str = "provider-1", readiness: int = 4) -> SurveySubmitted:
    return SurveySubmitted(
        **where(survey_id, provider_id),
        answers={"readiness": readiness, "lessons": 1 + readiness % 2},
        submitted_at=NOW,
    )


def declined(survey_id: str, provider_id: str = "provider-1") -> SurveyDeclined:
    return SurveyDeclined.model_validate({**where(survey_id, provider_id), "reason": "left"})
