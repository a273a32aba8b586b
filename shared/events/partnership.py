"""What partnership tells: organizations, people's roles, completers' names, hires."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.events.envelope import Event

ORGANIZATIONS = "prepbridge.organizations"
PEOPLE = "prepbridge.people"
"""The only topic that holds personal data."""
HIRES = "prepbridge.hires"


class OrganizationKind(StrEnum):
    AGENCY = "agency"
    PROVIDER = "provider"
    DISTRICT = "district"
    SCHOOL = "school"


class Role(StrEnum):
    """A role at an organization; whoever holds it is asked."""

    PRINCIPAL = "principal"
    SUPERINTENDENT = "superintendent"
    DISTRICT_CONTACT = "district_contact"
    LIAISON = "liaison"


class HireVariant(StrEnum):
    HIRED = "hired"
    EMPLOYED_BEFORE_COMPLETION = "employed_before_completion"
    REHIRED = "rehired"


class HireDateBasis(StrEnum):
    """Where a hire date comes from, best first."""

    EXPLICIT = "explicit"
    ROLE_BEGIN = "role_begin"
    FIRST_SEEN = "first_seen"


class MatchBasis(StrEnum):
    """Which evidence tied the hired person to the completer."""

    STATE_ID = "state_id"
    LICENCE = "licence"
    LOCAL_ID = "local_id"
    EMAIL = "email"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"
    REVIEWER = "reviewer"


class Part(BaseModel):
    """A piece of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Identifier(Part):
    system: str
    value: str
    year: int | None = None


class LineageStep(Part):
    """What became of an organization, or where it came from."""

    change: str = Field(pattern="^(renamed_from|merged_into|split_from)$")
    name: str | None = None
    organization_id: str | None = None
    year: int | None = None


class OrganizationChanged(Event):
    """An organization is now as told here."""

    wire_name: ClassVar[str] = "partnership.organization_changed.v1"
    topic: ClassVar[str] = ORGANIZATIONS

    organization_id: str
    kinds: tuple[OrganizationKind, ...]
    name: str
    parent_id: str | None = None
    is_open: bool = True
    identifiers: tuple[Identifier, ...] = ()
    lineage: tuple[LineageStep, ...] = ()

    @property
    def subject(self) -> str:
        return self.organization_id


class ProgramChanged(Event):
    """A preparation program of a provider is now as told here."""

    wire_name: ClassVar[str] = "partnership.program_changed.v1"
    topic: ClassVar[str] = ORGANIZATIONS

    program_id: str
    provider_id: str
    name: str
    program_type: str | None = None
    licence_field: str | None = None

    @property
    def subject(self) -> str:
        return self.program_id


class FellowHolder(Part):
    """Another person who holds the same role."""

    person_id: str | None = None
    name: str | None = None
    email: str | None = None
    is_primary: bool = False


class RoleHolderChanged(Event):
    """Somebody else, or nobody, holds a role now. The one place where an address travels.

    `others`: whoever else the source names for the role; then nobody is asked unless one of them all is the primary
    one, or was asked before.
    """

    wire_name: ClassVar[str] = "partnership.role_holder_changed.v1"
    topic: ClassVar[str] = PEOPLE

    organization_id: str
    role: Role
    person_id: str | None = None
    name: str | None = None
    email: str | None = None
    verified_on: date | None = None
    source: str
    is_primary: bool = False
    others: tuple[FellowHolder, ...] = ()

    @property
    def role_key(self) -> str:
        """Names the role: organization and role, for example `00350105:principal`."""
        return f"{self.organization_id}:{self.role}"

    @property
    def subject(self) -> str:
        return self.role_key


class CompleterProfileChanged(Event):
    """The name under which a completer is asked about. A tombstone on the same key erases it."""

    wire_name: ClassVar[str] = "partnership.completer_profile_changed.v1"
    topic: ClassVar[str] = PEOPLE

    completer_id: str
    display_name: str

    @property
    def subject(self) -> str:
        return self.completer_id


class Completion(Part):
    """That a person finished a program."""

    completion_id: str
    provider_id: str
    program_id: str
    licence_field: str | None = None
    completed_on: date


class HireEvent(Event):
    """Something about one hire; ordered per completer."""

    topic: ClassVar[str] = HIRES

    hire_id: str
    completer_id: str

    @property
    def subject(self) -> str:
        return self.hire_id

    @property
    def partition_key(self) -> str:
        return self.completer_id


class CompleterHired(HireEvent):
    """A district hired a completer of one or more programs."""

    wire_name: ClassVar[str] = "partnership.completer_hired.v1"

    completions: tuple[Completion, ...] = Field(min_length=1)
    district_id: str
    school_id: str | None
    role: str
    hire_date: date
    hire_date_basis: HireDateBasis
    match_basis: MatchBasis
    match_confidence: float = Field(ge=0, le=1)
    variant: HireVariant = HireVariant.HIRED
    is_provider_the_employer: bool = False


class HireAmended(HireEvent):
    """A hire that was told before is otherwise: another school, or a better date."""

    wire_name: ClassVar[str] = "partnership.hire_amended.v1"

    district_id: str
    school_id: str | None
    role: str
    hire_date: date
    hire_date_basis: HireDateBasis


class HireWithdrawn(HireEvent):
    """A hire that was told before did not happen."""

    wire_name: ClassVar[str] = "partnership.hire_withdrawn.v1"

    reason: str


class EmploymentEnded(HireEvent):
    """The hired person no longer works in the district. `ended_on` is the first day without employment."""

    wire_name: ClassVar[str] = "partnership.employment_ended.v1"

    district_id: str
    ended_on: date
