"""What partnership tells of agreements between providers and districts, of vacancies, and of reviews.

Codes, dates and figures only: what people wrote, their names and addresses stay in partnership. `way` is text, so that
a twelfth way of working together is no new version of an event.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from shared.events.envelope import Event
from shared.events.partnership import PEOPLE, Part

PARTNERSHIPS = "prepbridge.partnerships"


class Side(StrEnum):
    """Who of the two speaks."""

    PROVIDER = "provider"
    DISTRICT = "district"


class PartnershipStatus(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    ACTIVE = "active"
    UNDER_REVIEW = "under_review"
    EXPIRED = "expired"
    TERMINATED = "terminated"


class Claim(StrEnum):
    """What a side may attest or dispute."""

    TERMS = "terms"
    ACTIVITY = "activity"
    MEASUREMENT = "measurement"


class Verdict(StrEnum):
    ATTESTED = "attested"
    DISPUTED = "disputed"


class VacancyKind(StrEnum):
    CURRENT = "current"
    PROJECTED = "projected"


class ContactOrigin(StrEnum):
    """Who put a contact on the partner list of a review."""

    PROVIDER = "provider"
    DISTRICT = "district"
    AGENCY = "agency"


class PartnershipEvent(Event):
    """Something about one partnership; ordered per partnership."""

    topic: ClassVar[str] = PARTNERSHIPS

    partnership_id: str
    provider_id: str
    district_id: str

    @property
    def subject(self) -> str:
        return self.partnership_id

    @property
    def partition_key(self) -> str:
        return self.partnership_id


class GoalAgreed(Part):
    """What the two want to reach: `metric` in `unit`, from `baseline` to `target`, by `due_on`."""

    goal_id: str
    way: str | None = None
    metric: str
    unit: str
    baseline: float | None = None
    target: float
    due_on: date
    owner: Side | None = None


class PartnershipChanged(PartnershipEvent):
    """A partnership is now as told here. `version` counts its terms; `attested_by` have attested this version."""

    wire_name: ClassVar[str] = "partnership.partnership_changed.v1"

    status: PartnershipStatus
    version: int
    ways: tuple[str, ...] = ()
    school_ids: tuple[str, ...] = ()
    program_ids: tuple[str, ...] = ()
    begins_on: date | None = None
    ends_on: date | None = None
    goals: tuple[GoalAgreed, ...] = ()
    attested_by: tuple[Side, ...] = ()
    is_disputed: bool = False


class ActivityRecorded(PartnershipEvent):
    """The two did something together, as one side says. `measures`: name → figure, as the way defines them."""

    wire_name: ClassVar[str] = "partnership.activity_recorded.v1"

    activity_id: str
    version: int
    way: str
    school_year: int
    happened_on: date
    measures: dict[str, float] = Field(default_factory=dict)
    stated_by: Side
    is_void: bool = False

    @property
    def subject(self) -> str:
        return self.activity_id


class GoalMeasured(PartnershipEvent):
    """How far a goal is, as one side says, or as the hires that were told show (`stated_by` is None)."""

    wire_name: ClassVar[str] = "partnership.goal_measured.v1"

    goal_id: str
    measurement_id: str
    measured_on: date
    value: float
    unit: str
    stated_by: Side | None = None

    @property
    def subject(self) -> str:
        return self.measurement_id


class AttestationGiven(PartnershipEvent):
    """A side attests or disputes a claim. Its later word on the same version of the same claim replaces this one.

    `claim_version` is that of the terms; activities and measurements have one version, 1. Who states something
    attests it by that, and no event tells so.
    """

    wire_name: ClassVar[str] = "partnership.attestation_given.v1"

    claim: Claim
    claim_id: str
    claim_version: int
    side: Side
    verdict: Verdict
    given_at: datetime

    @property
    def subject(self) -> str:
        return self.claim_id


class VacancyCount(Part):
    """Openings for one licence field in one grade span; at one school, or anywhere in the district."""

    licence_field: str
    grade_span: str
    count: int = Field(ge=0)
    kind: VacancyKind
    school_id: str | None = None


class VacanciesProjected(Event):
    """All vacancies that a district states for one school year; a later statement replaces this one."""

    wire_name: ClassVar[str] = "partnership.vacancies_projected.v1"
    topic: ClassVar[str] = PARTNERSHIPS

    district_id: str
    school_year: int
    as_of: date
    vacancies: tuple[VacancyCount, ...] = ()

    @property
    def subject(self) -> str:
        return f"{self.district_id}:{self.school_year}"

    @property
    def partition_key(self) -> str:
        return self.district_id


class ReviewEvent(Event):
    """Something about one review; ordered per provider."""

    topic: ClassVar[str] = PARTNERSHIPS

    review_id: str
    provider_id: str

    @property
    def subject(self) -> str:
        return self.review_id

    @property
    def partition_key(self) -> str:
        return self.provider_id


class StagePlanned(Part):
    stage: str
    begins_on: date
    ends_on: date


class ReviewContact(Part):
    """Somebody on the fixed partner list. `contact_key`: of a role holder or a partner contact on the people topic."""

    contact_key: str
    district_id: str
    origin: ContactOrigin
    partnership_id: str | None = None


class ReviewOpened(ReviewEvent):
    """A provider is under review. Each contact is asked once; `answers_until` is the last day for their answers."""

    wire_name: ClassVar[str] = "partnership.review_opened.v1"

    process: str
    size_class: str
    opened_on: date
    answers_until: date
    stages: tuple[StagePlanned, ...] = Field(min_length=1)
    contacts: tuple[ReviewContact, ...] = ()


class ReviewAdvanced(ReviewEvent):
    """A review came to another stage of its process."""

    wire_name: ClassVar[str] = "partnership.review_advanced.v1"

    stage: str
    reached_on: date


class ReviewClosed(ReviewEvent):
    """A review is over; from now on nobody is asked for it."""

    wire_name: ClassVar[str] = "partnership.review_closed.v1"

    closed_on: date


class PartnerContactChanged(Event):
    """How somebody on a partner list is reached, who holds no role in the directory. A tombstone erases it."""

    wire_name: ClassVar[str] = "partnership.partner_contact_changed.v1"
    topic: ClassVar[str] = PEOPLE

    contact_key: str
    organization_id: str
    name: str | None = None
    email: str | None = None
    verified_on: date | None = None
    source: str

    @property
    def subject(self) -> str:
        return self.contact_key
