"""Note what survey tells of asking somebody for a review."""

from services.partnership.domain.reviews.disposition import HEARD
from services.partnership.store.reviews import AskedStore
from shared.events.envelope import Envelope
from shared.events.survey import SurveyDeclined, SurveyEvent, SurveyIssued, SurveyWithdrawn


async def note_disposition(envelope: Envelope[SurveyEvent], *, asked: AskedStore) -> None:
    """Nothing, if it is about no review. Heard twice or late, the outcome is the same."""
    event = envelope.event
    if event.review_id is None:
        return
    await asked.note(
        event.survey_id,
        event.review_id,
        event.district_id,
        HEARD[type(event)],
        envelope.sequence,
        recipient=event.recipient_role if isinstance(event, SurveyIssued) else None,
        reason=event.reason.value if isinstance(event, (SurveyDeclined, SurveyWithdrawn)) else None,
    )
