"""One survey: about one completer of one program in one wave, or about a provider in one review.

            ┌─── another hire, or review reopened ─┐
            ▼                                      │
    issued ──first answer──▶ started      withdrawn┤
      │                        │               ▲   │
      └──────────┬─────────────┴─ hire is void ┘   │
                 ├─ complete ──▶ submitted         │
                 ├─ reason ────▶ declined          │
                 └─ window over ▶ expired

Submitted, declined and expired are final, whatever is told about the hire or the review afterwards.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from services.survey.domain.decision import Target
from services.survey.domain.instrument import Fault, Instrument
from services.survey.domain.receipt import receipt_of
from services.survey.domain.recipient import Chosen, recommended
from services.survey.domain.shape import Day, Kept
from shared.errors import Conflict, InvalidInput, NoLonger
from shared.events.survey import (
    About,
    DeclineReason,
    InvitationBounced,
    InvitationDelivered,
    SurveyDeclined,
    SurveyEvent,
    SurveyExpired,
    SurveyIssued,
    SurveyStarted,
    SurveySubmitted,
    SurveyWithdrawn,
    WithdrawalReason,
)


class State(StrEnum):
    ISSUED = "issued"
    STARTED = "started"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


MOST_KEPT = 20  # of the people to whom one survey went
OPEN = frozenset({State.ISSUED, State.STARTED})
REASONS = {
    About.COMPLETER: frozenset(DeclineReason) - {DeclineReason.WRONG_PERSON},
    About.PROVIDER: frozenset({DeclineReason.WRONG_PERSON, DeclineReason.TOO_LITTLE_CONTACT, DeclineReason.REFUSED}),
}
"""Why somebody may decline."""


class NotAcceptable(InvalidInput):
    """Answers that cannot be taken; `faults` says why, field by field."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("The form is not complete, or an answer is not one of those offered.")
        self.faults = faults


class AlreadySubmitted(Conflict):
    """The form was sent in before; the first answers count."""

    def __init__(self, receipt: str) -> None:
        super().__init__("This form was sent in before. The first answers count.")
        self.receipt = receipt


class NotAskedAnyMore(NoLonger):
    """The survey was declined, withdrawn or has expired."""


class AlreadyHandedOver(Conflict):
    """Somebody was named in a partner's place before; it goes on to nobody else."""


class Survey(Kept):
    """`awaiting_since`: nobody has been told of it yet. `sitting_id`: whose list it is on. `mails`: fate known.

    `asked_instead_of`: roles whose holder it is about, or who named somebody else. `went_to`: to whom it went in turn,
    and why. About a completer it has `completer_id` and `program_id`, about a provider `review_id`.
    """

    survey_id: str
    revision: int = 1
    campaign_id: str
    wave: str
    school_year: int
    instrument_id: str
    instrument_version: int
    completer_id: str | None = None
    program_id: str | None = None
    review_id: str | None = None
    target: Target
    closes_on: Day
    last_day: Day
    state: State = State.ISSUED
    issued_at: datetime
    awaiting_since: datetime | None
    sitting_id: str | None = None
    mails: tuple[str, ...] = ()
    answers: dict[str, int] = Field(default_factory=dict)
    comment: str | None = None
    started_at: datetime | None = None
    closed_at: datetime | None = None
    receipt: str | None = None
    decline_reason: DeclineReason | None = None
    asked_instead_of: tuple[str, ...] = ()
    went_to: tuple[Chosen, ...] = ()

    @property
    def about(self) -> About:
        return About.COMPLETER if self.review_id is None else About.PROVIDER

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def save(self, answers: Mapping[str, int], comment: str | None, instrument: Instrument, now: datetime) -> "Change":
        """Keep answers for later, as many as there are. The first one ever starts the survey."""
        self._must_be_open(now.date())
        if faults := instrument.faults_of_draft(answers, comment):
            raise NotAcceptable(faults)
        if dict(answers) == self.answers and comment == self.comment:
            return self, []
        saved = self._next(answers=dict(answers), comment=comment)
        if self.state is State.STARTED or not (answers or comment):
            return saved, []
        started = saved.model_copy(update={"state": State.STARTED, "started_at": now})
        return started, [SurveyStarted(**started._place())]

    def submit(
        self, answers: Mapping[str, int], comment: str | None, instrument: Instrument, now: datetime
    ) -> "Change":
        """Send the form in, complete; once."""
        self._must_be_open(now.date())
        if faults := instrument.faults(answers, comment):
            raise NotAcceptable(faults)
        receipt, started_at = receipt_of(self.survey_id, now), self.started_at or now
        kept = {"answers": dict(answers), "comment": comment, "receipt": receipt, "started_at": started_at}
        submitted = self._closed(State.SUBMITTED, now, **kept)
        return submitted, [SurveySubmitted(**submitted._place(), answers=dict(answers), submitted_at=now)]

    def decline(self, reason: DeclineReason, now: datetime) -> "Change":
        """The person does not answer, and says why. What was saved so far is forgotten."""
        self._must_be_open(now.date())
        if reason not in REASONS[self.about]:
            raise InvalidInput("This is no reason not to answer such a form.", where="reason")
        declined = self._closed(State.DECLINED, now, answers={}, comment=None, decline_reason=reason)
        return declined, [SurveyDeclined(**declined._place(), reason=reason)]

    def expire(self, now: datetime) -> "Change":
        """The window is over. What was saved but never sent in is forgotten."""
        if not self.is_open or now.date() <= self.last_day:
            return self, []
        expired = self._closed(State.EXPIRED, now, answers={}, comment=None)
        return expired, [SurveyExpired(**expired._place(), was_started=self.state is State.STARTED)]

    def withdraw(self, reason: WithdrawalReason, now: datetime) -> "Change":
        """There is nothing to answer any more."""
        withdrawn = self._closed(State.WITHDRAWN, now, answers={}, comment=None, sitting_id=None)
        return withdrawn, [SurveyWithdrawn(**withdrawn._place(), reason=reason)]

    def aim(self, target: Target, now: datetime) -> "Change":
        """Ask about another hire, or somebody else. Who was asked before must not see what another then answers.

        The licence field stays what it was when the survey was issued: with it, it is counted in one group for ever.
        """
        target = target.model_copy(update={"licence_field": self.target.licence_field})
        if target.recipient_role in self.asked_instead_of:
            target = target.model_copy(update={"recipient_role": self.target.recipient_role})
        if self.is_open and target == self.target:
            return self, []
        if self.is_open and target.recipient_role == self.target.recipient_role:
            aimed = self._next(target=target)
        else:
            aimed = self._next(target=target, **_UNTOLD, awaiting_since=now)
        return aimed, [aimed.as_issued()]

    def ask_instead(self, recipient_role: str, now: datetime) -> "Change":
        """Who holds the role is the very person that the survey is about: somebody else is asked, and stays asked."""
        instead_of = (*self.asked_instead_of, self.target.recipient_role)
        aimed, events = self.aim(self.target.model_copy(update={"recipient_role": recipient_role}), now)
        return aimed.model_copy(update={"asked_instead_of": instead_of}), events

    def recommend(self, now: datetime) -> "Change":
        """A partner says who should be asked in their place. Once: whoever is named cannot pass it on."""
        self._must_be_open(now.date())
        if self.about is not About.PROVIDER or self.target.recipient_role == recommended(self.survey_id):
            raise AlreadyHandedOver("This form cannot be handed over to somebody else.")
        return self.ask_instead(recommended(self.survey_id), now)

    def hand_over(self, now: datetime) -> "Survey":
        """Somebody else holds the role now: this survey awaits being announced to them."""
        return self._next(**_UNTOLD, awaiting_since=now)

    def unannounced(self, now: datetime) -> "Survey":
        """Its person could not be written to: it stays on their list, and awaits being announced again."""
        return self._next(awaiting_since=now)

    def announced(self, sitting_id: str, chosen: Chosen | None = None) -> "Survey":
        """It is on this person's list, and needs no further announcement."""
        went_to = (*self.went_to, *filter(None, [chosen]))[-MOST_KEPT:]
        return self._next(sitting_id=sitting_id, awaiting_since=None, went_to=went_to)

    def invitation_delivered(self, sitting_id: str, mail_kind: str, mail_number: int) -> "Change":
        """The mail server took the message that announces this survey."""
        told = self._with_mail(sitting_id, mail_kind, mail_number)
        if told is self:
            return self, []
        return told, [InvitationDelivered(**told._place(), mail_kind=mail_kind, mail_number=mail_number)]

    def invitation_bounced(self, sitting_id: str, mail_kind: str, mail_number: int, status_class: str) -> "Change":
        """The mail server refused the message that announces this survey."""
        told = self._with_mail(sitting_id, mail_kind, mail_number)
        if told is self:
            return self, []
        place = told._place() | {"mail_kind": mail_kind, "mail_number": mail_number}
        return told, [InvitationBounced(**place, status_class=status_class)]

    def _with_mail(self, sitting_id: str, mail_kind: str, mail_number: int) -> "Survey":
        mail = f"{sitting_id}/{mail_kind}/{mail_number}"
        return self if mail in self.mails else self._next(mails=(*self.mails, mail))

    def _must_be_open(self, today: date) -> None:
        if self.state is State.SUBMITTED and self.receipt is not None:
            raise AlreadySubmitted(self.receipt)
        if not self.is_open:
            raise NotAskedAnyMore("There is nothing to answer here any more.", hint=f"The survey was {self.state}.")
        if today > self.last_day:
            raise NotAskedAnyMore(f"Answers were taken until {self.last_day.isoformat()}.")

    def _closed(self, state: State, now: datetime, **changes: Any) -> "Survey":
        return self._next(state=state, closed_at=now, awaiting_since=None, **changes)

    def _next(self, **changes: Any) -> "Survey":
        return self.model_copy(update={"revision": self.revision + 1, **changes})

    def _place(self) -> dict[str, Any]:
        return {
            "survey_id": self.survey_id,
            "campaign_id": self.campaign_id,
            "wave": self.wave,
            "instrument_id": self.instrument_id,
            "instrument_version": self.instrument_version,
            "school_year": self.school_year,
            "provider_id": self.target.provider_id,
            "program_id": self.program_id,
            "review_id": self.review_id,
            "licence_field": self.target.licence_field,
            "district_id": self.target.district_id,
            "school_id": self.target.school_id,
            "is_provider_the_employer": self.target.is_provider_the_employer,
        }

    def as_issued(self) -> SurveyIssued:
        """That somebody is to be asked, as it is told."""
        return SurveyIssued(
            **self._place(),
            hire_id=self.target.hire_id,
            recipient_role=self.target.recipient_role,
            closes_on=self.closes_on,
        )


Change = tuple[Survey, list[SurveyEvent]]
"""The survey as it is afterwards (the same one, if nothing changes) and what there is to tell about it."""

_UNTOLD: dict[str, Any] = {
    "state": State.ISSUED,
    "sitting_id": None,
    "answers": {},
    "comment": None,
    "started_at": None,
    "closed_at": None,
}
