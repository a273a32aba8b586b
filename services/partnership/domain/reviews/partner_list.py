"""The partner list of a review: whom the agency asks about a provider, and who put each of them there."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from shared.events.partnerships import ContactOrigin, ReviewContact

PRECEDENCE = (ContactOrigin.PROVIDER, ContactOrigin.DISTRICT, ContactOrigin.AGENCY)
"""Whom several named is told as named by the first of these. The reviewed provider's own list comes first: results of
contacts that somebody else added can only then be set apart from those that it chose itself."""
MOST_CONTACTS = 1000


class Named(BaseModel):
    """That somebody put a contact on the list: who, when, and from which partnership."""

    model_config = ConfigDict(frozen=True)

    origin: ContactOrigin
    by: str
    at: datetime
    partnership_id: str | None = None


class ListedContact(BaseModel):
    """One contact with all of its origins. Names and addresses are looked up by the key, and not kept here."""

    model_config = ConfigDict(frozen=True)

    contact_key: str
    district_id: str
    named: tuple[Named, ...]

    @property
    def first(self) -> Named:
        return min(self.named, key=lambda each: (PRECEDENCE.index(each.origin), each.at, each.by))

    @property
    def identity(self) -> tuple[str, str]:
        return (self.district_id, self.contact_key)

    def joined_with(self, other: Self) -> Self:
        return self.model_copy(update={"named": tuple(dict.fromkeys((*self.named, *other.named)))})

    def told(self) -> ReviewContact:
        first = self.first
        return ReviewContact(
            contact_key=self.contact_key,
            district_id=self.district_id,
            origin=first.origin,
            partnership_id=next((each.partnership_id for each in self._in_order() if each.partnership_id), None),
        )

    def _in_order(self) -> list[Named]:
        return sorted(self.named, key=lambda each: (PRECEDENCE.index(each.origin), each.at, each.by))


def joined(contacts: Iterable[ListedContact]) -> tuple[ListedContact, ...]:
    """Each (district, contact key) once, in an order that does not depend on who named it first."""
    found: dict[tuple[str, str], ListedContact] = {}
    for each in contacts:
        known = found.get(each.identity)
        found[each.identity] = each if known is None else known.joined_with(each)
    return tuple(found[identity] for identity in sorted(found))
