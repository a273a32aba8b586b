"""What survey tells: issued, delivered, answered or not. Coded answers only, never free text, names or addresses."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.events.envelope import Event

SURVEYS = "prepbridge.surveys"


class DeclineReason(StrEnum):
    """Why a person who is asked does not answer. About a provider: the last three."""

    NOT_MINE = "not_mine"
    LEFT = "left"
    NEVER_HERE = "never_here"
    WRONG_PROGRAM = "wrong_program"
    TOO_LITTLE_CONTACT = "too_little_contact"
    REFUSED = "refused"
    WRONG_PERSON = "wrong_person"


class WithdrawalReason(StrEnum):
    HIRE_WITHDRAWN = "hire_withdrawn"
    EMPLOYMENT_ENDED = "employment_ended"
    REVIEW_CLOSED = "review_closed"


class About(StrEnum):
    """What a survey asks about: one completer, or a provider as a whole."""

    COMPLETER = "completer"
    PROVIDER = "provider"


class ScalePoint(BaseModel):
    """One code of a scale and what it is called; codes rise with the thing that is measured."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: int
    label: str


class InstrumentItem(BaseModel):
    """A question whose answer is a code. `is_headline` marks the one that sums the others up.

    `criterion` is the criterion of a review that it speaks to.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    item_id: str
    label: str
    scale: tuple[ScalePoint, ...]
    is_headline: bool = False
    criterion: str | None = None


class InstrumentPublished(Event):
    """A version of an instrument is in use from now on, and will never change."""

    wire_name: ClassVar[str] = "survey.instrument_published.v1"
    topic: ClassVar[str] = SURVEYS

    instrument_id: str
    version: int
    title: str
    about: About = About.COMPLETER
    items: tuple[InstrumentItem, ...]

    @property
    def subject(self) -> str:
        return self.instrument_id


class SurveyEvent(Event):
    """Something about one survey. Each carries where it counts, so that a reader can place it without the others.

    `program_id` is there when it asks about a completer, `review_id` when it asks about a provider under review.
    """

    topic: ClassVar[str] = SURVEYS

    survey_id: str
    campaign_id: str
    wave: str
    instrument_id: str
    instrument_version: int
    school_year: int
    provider_id: str
    program_id: str | None = None
    review_id: str | None = None
    licence_field: str | None = None
    district_id: str
    school_id: str | None = None
    is_provider_the_employer: bool = False

    @property
    def subject(self) -> str:
        return self.survey_id


class SurveyIssued(SurveyEvent):
    """Somebody is to be asked. `closes_on` is the last day on which an answer is taken.

    `hire_id` is there when it asks about a completer.
    """

    wire_name: ClassVar[str] = "survey.survey_issued.v1"

    hire_id: str | None = None
    recipient_role: str
    closes_on: date


class InvitationDelivered(SurveyEvent):
    """The mail server took the message that announces this survey."""

    wire_name: ClassVar[str] = "survey.invitation_delivered.v1"

    mail_kind: str
    mail_number: int


class InvitationBounced(SurveyEvent):
    """The message that announces this survey could not be delivered."""

    wire_name: ClassVar[str] = "survey.invitation_bounced.v1"

    mail_kind: str
    mail_number: int
    status_class: str


class SurveyStarted(SurveyEvent):
    """The first answer was saved."""

    wire_name: ClassVar[str] = "survey.survey_started.v1"


class SurveySubmitted(SurveyEvent):
    """The form was sent in, complete. `answers`: item id → code on the item's scale (1 is the lowest)."""

    wire_name: ClassVar[str] = "survey.survey_submitted.v1"

    answers: dict[str, int]
    submitted_at: datetime


class SurveyDeclined(SurveyEvent):
    """The person who was asked does not answer."""

    wire_name: ClassVar[str] = "survey.survey_declined.v1"

    reason: DeclineReason


class SurveyWithdrawn(SurveyEvent):
    """The question is void: there is nothing to answer any more."""

    wire_name: ClassVar[str] = "survey.survey_withdrawn.v1"

    reason: WithdrawalReason


class SurveyExpired(SurveyEvent):
    """The window closed without an answer."""

    wire_name: ClassVar[str] = "survey.survey_expired.v1"

    was_started: bool
