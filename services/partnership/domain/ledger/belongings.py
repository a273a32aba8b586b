"""What each side adds to a partnership by its own word: the people to turn to, and papers."""

from datetime import date, datetime

from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.parties import (
    MOST_CONTACTS,
    MOST_DOCUMENTS,
    Contact,
    Document,
    NewContact,
    contact_key,
)
from shared.errors import Conflict, NotFound
from shared.events.partnerships import ContactOrigin, Side


def with_contact(partnership: Partnership, new: NewContact, *, stated_by: Side, by: str, now: datetime) -> Partnership:
    """With this person in this role; itself, if it says so already."""
    key = contact_key(partnership.organization(new.side), new)
    known = next((each for each in partnership.contacts if (each.contact_key, each.role) == (key, new.role)), None)
    if known is not None and known.said == new:
        return partnership
    if known is None and len(partnership.contacts) >= MOST_CONTACTS:
        raise Conflict(f"A partnership keeps at most {MOST_CONTACTS} contacts.")
    origin = known.origin if known is not None else ContactOrigin(stated_by.value)
    contact = Contact(**new.model_dump(), contact_key=key, origin=origin, by=by, at=now)
    others = tuple(each for each in partnership.contacts if each is not known)
    return partnership.after(now.date(), contacts=(*others, contact))


def without_contact(partnership: Partnership, key: str, until_on: date, now: datetime) -> Partnership:
    """Nobody is erased: they were the one to turn to until this day."""
    if key not in {each.contact_key for each in partnership.contacts}:
        raise NotFound("There is no such contact.")
    ended = tuple(
        each.model_copy(update={"until_on": until_on, "from_on": min(each.from_on, until_on) if each.from_on else None})
        if each.contact_key == key and each.is_current(now.date())
        else each
        for each in partnership.contacts
    )
    return partnership if ended == partnership.contacts else partnership.after(now.date(), contacts=ended)


def with_document(partnership: Partnership, document: Document, now: datetime) -> Partnership:
    """With this paper; itself, if the same bytes are there under the same name."""
    there = {(each.sha256, each.name) for each in partnership.documents}
    if (document.sha256, document.name) in there:
        return partnership
    if len(there) >= MOST_DOCUMENTS:
        raise Conflict(f"A partnership keeps at most {MOST_DOCUMENTS} documents.")
    return partnership.after(now.date(), documents=(*partnership.documents, document))
