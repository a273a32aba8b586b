"""Somebody in a district to turn to who holds no role in the directory."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.partnership.domain.stated_hire import PLAIN, Code
from shared.events.partnership import Role
from shared.events.partnerships import PartnerContactChanged
from shared.ids import derived

ADDRESS = r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+$"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254, pattern=ADDRESS)]
CONTACT = "contact"


class NewPartnerContact(BaseModel):
    """Without an address nobody can be asked: it is required."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    district_id: Code
    name: Name
    email: Address

    @property
    def contact_key(self) -> str:
        return partner_contact_key(self.district_id, self.name, self.email)


class PartnerContact(BaseModel):
    """Its name and address leave with this document alone."""

    model_config = ConfigDict(frozen=True)

    contact_key: str
    organization_id: str
    name: str
    email: str
    verified_on: date | None = None
    source: str

    @property
    def id(self) -> str:
        return self.contact_key

    @classmethod
    def of(cls, new: NewPartnerContact, source: str, day: date) -> Self:
        return cls(
            contact_key=new.contact_key,
            organization_id=new.district_id,
            name=new.name,
            email=new.email,
            verified_on=day,
            source=source,
        )

    def is_reached_like(self, other: Self | None) -> bool:
        return other is not None and (self.name, self.email) == (other.name, other.email)

    def changed(self) -> PartnerContactChanged:
        return PartnerContactChanged(**self.model_dump())


def partner_contact_key(organization_id: str, name: str, email: str) -> str:
    """An address may serve many: only with the name, and where they work, it is somebody."""
    return (
        f"{organization_id}:{CONTACT}:{derived('partner_contact', organization_id, email.casefold(), name.casefold())}"
    )


def is_role(contact_key: str) -> bool:
    """Whether it names a role in the directory, such as 00350000:superintendent, and not a person."""
    return contact_key.rpartition(":")[2] in list(Role)
