"""Whom the agency adds to a partner list: a role of the directory, or somebody by name and address."""

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from services.partnership.domain.partner_contact import Address, Name, NewPartnerContact
from services.partnership.domain.stated_hire import Code
from shared.events.partnership import Role


class AddedContact(BaseModel):
    """Either `role`, at the district or at `organization_id`, one of its schools; or `name` and `email`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    district_id: Code
    role: Role | None = None
    organization_id: Code | None = None
    name: Name | None = None
    email: Address | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.role is not None and (self.name is not None or self.email is not None):
            raise ValueError("should be a role, or a name with an address, not both")
        if self.role is None and (self.name is None or self.email is None):
            raise ValueError("should have a name and an e-mail address: without an address nobody can be asked")
        if self.role is None and self.organization_id is not None:
            raise ValueError("organization_id should only be there with a role")
        return self

    @property
    def place(self) -> str:
        """The organization at which the role is held."""
        return self.organization_id or self.district_id

    @property
    def person(self) -> NewPartnerContact | None:
        """Whoever holds no role."""
        if self.name is None or self.email is None:
            return None
        return NewPartnerContact(district_id=self.district_id, name=self.name, email=self.email)

    @property
    def contact_key(self) -> str:
        person = self.person
        return person.contact_key if person else f"{self.place}:{self.role}"
