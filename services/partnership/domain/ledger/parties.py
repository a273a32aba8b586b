"""Who belongs to a partnership: its two organizations, the people to turn to, and the papers that they keep."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.partnership.domain.ledger.terms import Line, Named
from services.partnership.domain.partner_contact import partner_contact_key
from services.partnership.domain.stated_hire import Day
from shared.errors import InvalidInput
from shared.events.partnerships import ContactOrigin, Side

ContactRole = Literal[
    "lead", "liaison", "superintendent", "principal", "supervising_practitioner", "faculty", "data", "other"
]
MOST_CONTACTS, MOST_DOCUMENTS = 200, 50
LARGEST_DOCUMENT = 10 * 1024 * 1024
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "csv": "text/csv",
    "txt": "text/plain",
}


class NewContact(BaseModel):
    """A person of one side. `from_on` and `until_on`: when they are, or were, the one to turn to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    side: Side
    role: ContactRole = "lead"
    name: Named
    email: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+$")
    ]
    from_on: Day | None = None
    until_on: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_on and self.until_on and self.until_on < self.from_on:
            raise ValueError("until_on should not be before from_on")
        return self


class Contact(NewContact):
    """`contact_key` names the person on partner lists; `origin` says whose word it is that this is a contact."""

    contact_key: str
    origin: ContactOrigin
    by: str
    at: datetime

    def is_current(self, today: date) -> bool:
        return (self.from_on is None or self.from_on <= today) and (self.until_on is None or today <= self.until_on)

    @property
    def said(self) -> NewContact:
        return NewContact(**self.model_dump(include=set(NewContact.model_fields)))


def contact_key(organization_id: str, new: NewContact) -> str:
    """An address may serve many: only with the name, and where they work, it is somebody."""
    return partner_contact_key(organization_id, new.name, new.email)


class Document(BaseModel):
    """A paper: its bytes lie beside the partnership, under their hash."""

    model_config = ConfigDict(frozen=True)

    name: Line
    sha256: str
    size: int = Field(ge=1)
    media_type: str
    added_by: Side
    by: str
    at: datetime


def media_type_of(name: str) -> str:
    """By the end of its name; InvalidInput for what we do not keep."""
    ending = name.rpartition(".")[2].casefold()
    if "." not in name or ending not in MEDIA_TYPES:
        raise InvalidInput(
            "This kind of file is not kept.", hint=f"Send one of {', '.join(MEDIA_TYPES)}.", where="file"
        )
    return MEDIA_TYPES[ending]
