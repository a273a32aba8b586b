"""List whom a provider and its districts name as their partners: the list that opening a review fixes."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.parties import Contact
from services.partnership.domain.organization import RoleHolder
from services.partnership.domain.partner_contact import PartnerContact
from services.partnership.domain.reviews.partner_list import ListedContact, Named
from services.partnership.store.directory import Directory
from services.partnership.store.partnerships import PartnershipStore
from shared.events.partnership import Role
from shared.events.partnerships import ContactOrigin, Side

FROM_PARTNERSHIP = "partnership"


@dataclass(frozen=True)
class Partners:
    """Whom a provider's partnerships and districts name; `people` are those of them who hold no role."""

    listed: Sequence[ListedContact]
    people: Sequence[PartnerContact] = ()


class ListPartners(Protocol):
    """Who would be on the list of a provider's review now, but for those whom the agency adds."""

    def __call__(self, provider_id: str, *, now: datetime) -> Awaitable[Partners]: ...


async def list_partners(
    provider_id: str, *, directory: Directory, partnerships: PartnershipStore, now: datetime
) -> Partners:
    """The districts' people of all partnerships that are not over, and each district's own contact in the directory."""
    found = await partnerships.partners_of(provider_id)
    listed, people = list[ListedContact](), list[PartnerContact]()
    for each in found:
        for contact in each.current_contacts(now.date(), Side.DISTRICT):
            listed.append(_listed(each, contact))
            people.append(
                PartnerContact(
                    contact_key=contact.contact_key,
                    organization_id=each.district_id,
                    name=contact.name,
                    email=contact.email,
                    source=FROM_PARTNERSHIP,
                )
            )
    holders = await directory.role_holders_at({each.district_id for each in found})
    return Partners([*listed, *own_contacts(holders, now)], people)


def _listed(partnership: Partnership, contact: Contact) -> ListedContact:
    named = Named(origin=contact.origin, by=contact.by, at=contact.at, partnership_id=partnership.partnership_id)
    return ListedContact(contact_key=contact.contact_key, district_id=partnership.district_id, named=(named,))


def own_contacts(holders: Mapping[str, RoleHolder], now: datetime) -> list[ListedContact]:
    """Whom districts themselves name in the directory as their contacts."""
    return [
        ListedContact(
            contact_key=holder.id,
            district_id=holder.organization_id,
            named=(Named(origin=ContactOrigin.DISTRICT, by=holder.organization_id, at=now),),
        )
        for holder in holders.values()
        if holder.role is Role.DISTRICT_CONTACT and (holder.name or holder.email)
    ]
