"""One thing that happened to one survey, kept under the id of the event that told it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.analytics.domain.disposition import FactKind
from shared.events.envelope import Envelope
from shared.events.survey import (
    InvitationBounced,
    InvitationDelivered,
    SurveyDeclined,
    SurveyEvent,
    SurveyExpired,
    SurveyIssued,
    SurveyStarted,
    SurveySubmitted,
    SurveyWithdrawn,
)
from shared.ids import derived

KINDS: dict[type[SurveyEvent], FactKind] = {
    SurveyIssued: FactKind.ISSUED,
    InvitationDelivered: FactKind.DELIVERED,
    InvitationBounced: FactKind.BOUNCED,
    SurveyStarted: FactKind.STARTED,
    SurveySubmitted: FactKind.SUBMITTED,
    SurveyDeclined: FactKind.DECLINED,
    SurveyWithdrawn: FactKind.WITHDRAWN,
    SurveyExpired: FactKind.EXPIRED,
}


class Leaf(BaseModel):
    """The smallest group that figures are kept for. Every figure is a sum of leaves."""

    model_config = ConfigDict(frozen=True)

    campaign_id: str
    school_year: int
    instrument_id: str
    instrument_version: int
    provider_id: str
    program_id: str
    licence_field: str | None

    @property
    def leaf_id(self) -> str:
        return derived(
            "leaf",
            self.campaign_id,
            str(self.school_year),
            self.instrument_id,
            str(self.instrument_version),
            self.provider_id,
            self.program_id,
            self.licence_field or "",
        )


class Fact(BaseModel):
    """`sequence` orders the facts of one survey. `answers`: item id → code, of a submission. `reason`: of a refusal."""

    model_config = ConfigDict(frozen=True)

    fact_id: str
    survey_id: str
    kind: FactKind
    sequence: int
    at: datetime
    leaf: Leaf
    answers: dict[str, int] = {}
    reason: str | None = None


def fact_of(envelope: Envelope[SurveyEvent]) -> Fact:
    """The fact that an event tells."""
    event = envelope.event
    return Fact(
        fact_id=envelope.id,
        survey_id=event.survey_id,
        kind=KINDS[type(event)],
        sequence=envelope.sequence,
        at=envelope.time,
        leaf=Leaf(
            campaign_id=event.campaign_id,
            school_year=event.school_year,
            instrument_id=event.instrument_id,
            instrument_version=event.instrument_version,
            provider_id=event.provider_id,
            program_id=event.program_id,
            licence_field=event.licence_field,
        ),
        answers=event.answers if isinstance(event, SurveySubmitted) else {},
        reason=event.reason if isinstance(event, SurveyDeclined | SurveyWithdrawn) else None,
    )
