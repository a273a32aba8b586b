"""A provider under review, and what the agency may do about it.

    draft ── open ──▶ open, in its first stage ── advance ──▶ … ── close ──▶ closed

A draft can be changed, and the agency adds contacts to it. Opening fixes the partner list, closing the evidence.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from services.partnership.domain.reviews.disposition import Standing
from services.partnership.domain.reviews.partner_list import MOST_CONTACTS, ListedContact, Named, joined
from services.partnership.domain.reviews.process import (
    PROCESSES,
    PlannedStage,
    Process,
    ProcessName,
    SizeClass,
    refuse_bad_plan,
)
from services.partnership.domain.stated_hire import Code, Day
from shared.errors import Conflict, InvalidInput, NotFound
from shared.events.partnerships import ContactOrigin, ReviewAdvanced, ReviewClosed, ReviewOpened, StagePlanned
from shared.ids import derived


class Status(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class ReviewPlan(BaseModel):
    """By which process a provider is reviewed, and when. `answers_until` is the last day for partners' answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    process: ProcessName
    size_class: SizeClass
    stages: tuple[PlannedStage, ...] = Field(min_length=1, max_length=10)
    answers_until: Day


class NewReview(ReviewPlan):
    """A review that is being prepared."""

    provider_id: Code


class Reached(BaseModel):
    """That the review came to a stage, when, and who said so."""

    model_config = ConfigDict(frozen=True)

    stage: str
    reached_on: date
    by: str
    at: datetime


class Review(BaseModel):
    """`contacts`: in a draft those that the agency added, from then on the partner list. `evidence`: how it stood with
    each of them when the review was closed."""

    model_config = ConfigDict(frozen=True)

    review_id: str
    provider_id: str
    plan: ReviewPlan
    status: Status = Status.DRAFT
    contacts: tuple[ListedContact, ...] = ()
    reached: tuple[Reached, ...] = ()
    evidence: tuple[Standing, ...] = ()
    drafted_by: str
    drafted_at: datetime
    opened_on: date | None = None
    closed_on: date | None = None
    closed_by: str | None = None
    revision: int = 1

    @classmethod
    def drafted(cls, new: NewReview, *, by: str, now: datetime) -> Self:
        refuse_bad_plan(PROCESSES[new.process], new.stages, new.answers_until)
        plan = ReviewPlan(**new.model_dump(exclude={"provider_id"}))
        return cls(
            review_id=review_id(new.provider_id, plan),
            provider_id=new.provider_id,
            plan=plan,
            drafted_by=by,
            drafted_at=now,
        )

    @property
    def process(self) -> Process:
        return PROCESSES[self.plan.process]

    @property
    def stage(self) -> str | None:
        return self.reached[-1].stage if self.reached else None

    @property
    def stages_ahead(self) -> tuple[str, ...]:
        """What it can be advanced to."""
        if self.status is not Status.OPEN or self.stage is None:
            return ()
        return tuple(each.stage for each in self.process.stages[self.process.place_of(self.stage) + 1 :])

    def replanned(self, plan: ReviewPlan) -> Self:
        self._require_draft("Its plan cannot be changed any more.")
        refuse_bad_plan(PROCESSES[plan.process], plan.stages, plan.answers_until)
        return self._changed(plan=plan)

    def with_contact(self, contact_key: str, district_id: str, *, by: str, now: datetime) -> Self:
        """The agency adds somebody; who is there already stays as they were added."""
        self._require_draft("The partner list was fixed when it was opened.")
        added = ListedContact(
            contact_key=contact_key,
            district_id=district_id,
            named=(Named(origin=ContactOrigin.AGENCY, by=by, at=now),),
        )
        if added.identity in {each.identity for each in self.contacts}:
            return self
        if len(self.contacts) >= MOST_CONTACTS:
            raise Conflict(f"A review has at most {MOST_CONTACTS:,} contacts.")
        return self._changed(contacts=joined((*self.contacts, added)))

    def without_contact(self, contact_key: str) -> Self:
        self._require_draft("The partner list was fixed when it was opened.")
        rest = tuple(each for each in self.contacts if each.contact_key != contact_key)
        if len(rest) == len(self.contacts):
            raise NotFound("The agency has added no such contact.")
        return self._changed(contacts=rest)

    def opened(self, named: Sequence[ListedContact], *, by: str, now: datetime) -> tuple[Self, ReviewOpened]:
        """With all whom provider, districts and agency name, each once."""
        self._require_draft("It has been opened already.")
        today = now.date()
        if self.plan.answers_until < today:
            raise Conflict(
                "The last day for answers is over.", hint="Change the dates of the review before you open it."
            )
        contacts = joined((*named, *self.contacts))
        if not contacts:
            raise Conflict("There is nobody to ask.", hint="Add a contact to the partner list first.")
        if len(contacts) > MOST_CONTACTS:
            raise Conflict(f"A review has at most {MOST_CONTACTS:,} contacts; these are {len(contacts):,}.")
        first = self.plan.stages[0].stage
        opened = self._changed(
            status=Status.OPEN,
            contacts=contacts,
            opened_on=today,
            reached=(Reached(stage=first, reached_on=today, by=by, at=now),),
        )
        return opened, ReviewOpened(
            review_id=self.review_id,
            provider_id=self.provider_id,
            process=self.plan.process,
            size_class=self.plan.size_class,
            opened_on=today,
            answers_until=self.plan.answers_until,
            stages=tuple(StagePlanned(**each.model_dump()) for each in self.plan.stages),
            contacts=tuple(each.told() for each in contacts),
        )

    def advanced(self, stage: str, reached_on: date | None, *, by: str, now: datetime) -> tuple[Self, ReviewAdvanced]:
        """On to a later stage; one may be left out, none is gone back to."""
        self._require_open()
        day = reached_on or now.date()
        self.process.place_of(stage)
        if stage not in self.stages_ahead:
            raise Conflict("The review has reached this stage already, or passed it.")
        if day > now.date():
            raise InvalidInput("This day is still to come.", where="reached_on")
        if day < self.reached[-1].reached_on:
            raise InvalidInput(
                "The stage before was reached after this day.",
                hint=f"Name a day from {self.reached[-1].reached_on} on.",
                where="reached_on",
            )
        reached = Reached(stage=stage, reached_on=day, by=by, at=now)
        event = ReviewAdvanced(review_id=self.review_id, provider_id=self.provider_id, stage=stage, reached_on=day)
        return self._changed(reached=(*self.reached, reached)), event

    def closed(self, evidence: Sequence[Standing], *, by: str, now: datetime) -> tuple[Self, ReviewClosed]:
        """With how it stands with each contact now, for good."""
        self._require_open()
        day = now.date()
        closed = self._changed(status=Status.CLOSED, closed_on=day, closed_by=by, evidence=tuple(evidence))
        return closed, ReviewClosed(review_id=self.review_id, provider_id=self.provider_id, closed_on=day)

    def _require_draft(self, otherwise: str) -> None:
        if self.status is not Status.DRAFT:
            raise Conflict(f"The review is {self.status}. {otherwise}")

    def _require_open(self) -> None:
        if self.status is not Status.OPEN:
            hint = "Open it first." if self.status is Status.DRAFT else ""
            raise Conflict(f"The review is {'a draft' if self.status is Status.DRAFT else 'closed'}.", hint=hint)

    def _changed(self, **changes: object) -> Self:
        return self.model_copy(update={**changes, "revision": self.revision + 1})


def review_id(provider_id: str, plan: ReviewPlan) -> str:
    """The same process from the same day on is the same review, however often it is drafted."""
    return derived("review", provider_id, plan.process, plan.stages[0].begins_on.isoformat())
