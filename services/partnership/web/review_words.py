"""What the pages call the states of a review, and of those whom it asks."""

from services.partnership.domain.partner_contact import is_role
from services.partnership.domain.reviews.disposition import Disposition
from services.partnership.domain.reviews.review import Status
from shared.events.partnership import Role
from shared.events.partnerships import ContactOrigin

STATUS_WORDS: dict[Status, tuple[str, str]] = {
    Status.DRAFT: ("being prepared", "empty"),
    Status.OPEN: ("open", "good"),
    Status.CLOSED: ("closed", ""),
}
"""State → (in words, the kind of its tag)."""
ORIGIN_WORDS: dict[ContactOrigin, str] = {
    ContactOrigin.PROVIDER: "the provider",
    ContactOrigin.DISTRICT: "the district",
    ContactOrigin.AGENCY: "the agency",
}
DISPOSITION_WORDS: dict[Disposition, tuple[str, str]] = {
    Disposition.NOT_ASKED: ("not asked yet", "empty"),
    Disposition.ASKED: ("about to be asked", "empty"),
    Disposition.DELIVERED: ("asked", "empty"),
    Disposition.BOUNCED: ("mail came back", "bad"),
    Disposition.STARTED: ("has begun", "warning"),
    Disposition.SUBMITTED: ("answered", "good"),
    Disposition.DECLINED: ("declined", "warning"),
    Disposition.WITHDRAWN: ("no longer asked", "empty"),
    Disposition.EXPIRED: ("did not answer", "empty"),
    Disposition.HANDED_ON: ("somebody else is asked", "warning"),
}
REASON_WORDS: dict[str, str] = {
    "refused": "does not want to",
    "wrong_person": "is not the right person",
    "too_little_contact": "has too little to do with the provider",
    "review_closed": "the review was closed",
}
ROLE_WORDS: dict[str, str] = {
    Role.SUPERINTENDENT: "Superintendent",
    Role.DISTRICT_CONTACT: "District contact",
    Role.LIAISON: "Liaison",
    Role.PRINCIPAL: "Principal of a school",
}


def role_of(contact_key: str) -> str:
    """The role in words; nothing for a person."""
    return ROLE_WORDS.get(contact_key.rpartition(":")[2], "") if is_role(contact_key) else ""
