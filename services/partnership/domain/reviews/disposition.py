"""What became of asking somebody for a review, from what survey tells: the same in whatever order it is heard."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

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


class Disposition(StrEnum):
    NOT_ASKED = "not_asked"
    ASKED = "asked"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    STARTED = "started"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    HANDED_ON = "handed_on"


FINAL = (Disposition.SUBMITTED, Disposition.DECLINED, Disposition.WITHDRAWN, Disposition.EXPIRED)
HEARD: Mapping[type[SurveyEvent], Disposition] = {
    SurveyIssued: Disposition.ASKED,
    InvitationDelivered: Disposition.DELIVERED,
    InvitationBounced: Disposition.BOUNCED,
    SurveyStarted: Disposition.STARTED,
    SurveySubmitted: Disposition.SUBMITTED,
    SurveyDeclined: Disposition.DECLINED,
    SurveyWithdrawn: Disposition.WITHDRAWN,
    SurveyExpired: Disposition.EXPIRED,
}


class Asked(BaseModel):
    """One survey for a review. `heard`: disposition → the highest sequence with which it was told. `recipients`:
    sequence → the contact who was asked from then on."""

    model_config = ConfigDict(frozen=True)

    survey_id: str
    review_id: str
    district_id: str
    heard: dict[Disposition, int] = {}
    recipients: dict[int, str] = {}
    reasons: dict[Disposition, str] = {}

    @property
    def recipient(self) -> str | None:
        """Who is asked last; None: nothing has been told of that yet."""
        return self.recipients[max(self.recipients)] if self.recipients else None

    @property
    def disposition(self) -> Disposition:
        """Of what was told since the last recipient was asked: an end, else a start, else what became of the mail. A
        reminder that arrives does not undo that the form was begun."""
        begun = max(self.recipients, default=0)
        since = {each: at for each, at in self.heard.items() if at >= begun}
        for kinds in (FINAL, (Disposition.STARTED,), (Disposition.DELIVERED, Disposition.BOUNCED)):
            told = [each for each in kinds if each in since]
            if told:
                return max(told, key=lambda each: since[each])
        return Disposition.ASKED

    @property
    def reason(self) -> str | None:
        return self.reasons.get(self.disposition)


class Standing(BaseModel):
    """How it stands with one contact."""

    model_config = ConfigDict(frozen=True)

    contact_key: str
    disposition: Disposition = Disposition.NOT_ASKED
    reason: str | None = None
    handed_to: str | None = None


def standing_of(contact_key: str, asked: Iterable[Asked]) -> Standing:
    """Of several surveys the one that was told of last."""
    own = [each for each in asked if contact_key in each.recipients.values()]
    if not own:
        return Standing(contact_key=contact_key)
    latest = max(own, key=lambda each: (each.recipient == contact_key, max(each.heard.values(), default=0)))
    if latest.recipient != contact_key:
        return Standing(contact_key=contact_key, disposition=Disposition.HANDED_ON, handed_to=latest.recipient)
    return Standing(contact_key=contact_key, disposition=latest.disposition, reason=latest.reason)
