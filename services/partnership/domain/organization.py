"""Agency, providers, districts and schools, keyed by code as text; and the programs and roles that they have."""

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict

from shared.events.partnership import (
    FellowHolder,
    Identifier,
    LineageStep,
    OrganizationChanged,
    OrganizationKind,
    ProgramChanged,
    Role,
    RoleHolderChanged,
)
from shared.ids import derived


class Organization(BaseModel):
    """`organization_id` is the code; leading zeros are part of it. A district that prepares teachers has two kinds."""

    model_config = ConfigDict(frozen=True)

    organization_id: str
    kinds: tuple[OrganizationKind, ...]
    name: str
    parent_id: str | None = None
    town: str = ""
    zip_code: str = ""
    org_type: str = ""
    is_open: bool = True
    identifiers: tuple[Identifier, ...] = ()
    lineage: tuple[LineageStep, ...] = ()

    @property
    def id(self) -> str:
        return self.organization_id

    def joined_with(self, known: Self | None) -> Self:
        """What this file says, on top of what another kind of file said: providers and districts come in two files."""
        if known is None:
            return self
        kinds = tuple(kind for kind in OrganizationKind if kind in (*known.kinds, *self.kinds))
        return self.model_copy(
            update={
                "kinds": kinds,
                "parent_id": self.parent_id or known.parent_id,
                "town": self.town or known.town,
                "zip_code": self.zip_code or known.zip_code,
                "org_type": self.org_type or known.org_type,
                "identifiers": self.identifiers or known.identifiers,
                "lineage": self.lineage or known.lineage,
            }
        )

    def changed(self) -> OrganizationChanged:
        return OrganizationChanged(
            organization_id=self.organization_id,
            kinds=self.kinds,
            name=self.name,
            parent_id=self.parent_id,
            is_open=self.is_open,
            identifiers=self.identifiers,
            lineage=self.lineage,
        )


class Program(BaseModel):
    """A preparation program of one provider; its name is its identity there, and its type where several share one."""

    model_config = ConfigDict(frozen=True)

    program_id: str
    provider_id: str
    name: str
    program_type: str | None = None
    licence_field: str | None = None

    @property
    def id(self) -> str:
        return self.program_id

    def changed(self) -> ProgramChanged:
        return ProgramChanged(
            program_id=self.program_id,
            provider_id=self.provider_id,
            name=self.name,
            program_type=self.program_type,
            licence_field=self.licence_field,
        )


def program_id(provider_id: str, name: str, program_type: str | None = None) -> str:
    """`program_type` only for the second and further programs of one name (in Ed-Fi the type is part of the key)."""
    return derived("program", provider_id, name, *([program_type] if program_type else []))


class RoleHolder(BaseModel):
    """Who holds a role at an organization today, how to reach them, and who says so."""

    model_config = ConfigDict(frozen=True)

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
    def id(self) -> str:
        return f"{self.organization_id}:{self.role}"

    def changed(self) -> RoleHolderChanged:
        return RoleHolderChanged(**self.model_dump())

    def verified_at_least(self, known: Self | None) -> Self:
        """A snapshot that comes late verifies nothing that a newer one has."""
        days = [day for day in (self.verified_on, known.verified_on if known else None) if day is not None]
        return self.model_copy(update={"verified_on": max(days, default=None)})

    def says_the_same(self, other: Self | None) -> bool:
        """The same person, seen on another day."""
        return other is not None and self.model_copy(update={"verified_on": other.verified_on}) == other
