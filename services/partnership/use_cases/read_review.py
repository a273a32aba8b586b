"""Read a review: its partner list with names, where each contact came from, and how it stands with them."""

from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from pydantic import BaseModel

from services.partnership.domain.organization import RoleHolder
from services.partnership.domain.partner_contact import PartnerContact, is_role
from services.partnership.domain.reviews.disposition import Disposition, Standing
from services.partnership.domain.reviews.partner_list import ListedContact, Named, joined
from services.partnership.domain.reviews.process import PlannedStage, ProcessName, SizeClass
from services.partnership.domain.reviews.review import Reached, Review, Status
from services.partnership.store.directory import Directory
from services.partnership.store.partner_contacts import PartnerContactStore
from services.partnership.store.reviews import AskedStore, ReviewStore
from services.partnership.use_cases.carry_review import standings
from services.partnership.use_cases.list_partners import ListPartners
from shared.access.callers import Scope
from shared.events.partnerships import ContactOrigin


class ShownContact(BaseModel):
    """Addresses, who exactly added them, and how it stands with a single person are the agency's alone: a provider
    reads the names, and whose word it is that they are partners."""

    contact_key: str
    district_id: str
    name: str | None
    email: str | None = None
    is_reachable: bool
    is_role: bool
    named: list[Named]
    disposition: Disposition | None = None
    reason: str | None = None
    handed_to: str | None = None


class ReviewLine(BaseModel):
    """A review in a list."""

    review_id: str
    provider_id: str
    process: ProcessName
    size_class: SizeClass
    status: Status
    stage: str | None
    answers_until: date
    drafted_at: datetime
    opened_on: date | None
    closed_on: date | None


class ShownReview(ReviewLine):
    """`contacts` of a draft: those who would be on the list if it were opened now. `dispositions`: how many contacts
    each way."""

    stages: list[PlannedStage]
    reached: list[Reached]
    contacts: list[ShownContact]
    dispositions: dict[Disposition, int]


class ReadReview(Protocol):
    """A review as a caller may see it."""

    def __call__(self, review_id: str, *, scope: Scope, now: datetime) -> Awaitable[tuple[Review, ShownReview]]: ...


async def read_review(
    review_id: str,
    *,
    scope: Scope,
    reviews: ReviewStore,
    asked: AskedStore,
    contacts: PartnerContactStore,
    directory: Directory,
    list_partners: ListPartners,
    now: datetime,
) -> tuple[Review, ShownReview]:
    review = await reviews.get(review_id, scope)
    listed, people = review.contacts, dict[str, PartnerContact]()
    if review.status is Status.DRAFT:
        partners = await list_partners(review.provider_id, now=now)
        listed = joined((*partners.listed, *listed))
        people = {each.contact_key: each for each in partners.people}
    stands = {each.contact_key: each for each in await standings(review, asked)}
    keys = [each.contact_key for each in listed]
    people |= await contacts.by_keys(key for key in keys if not is_role(key))
    holders = await directory.role_holders.by_ids(key for key in keys if is_role(key))
    shown = [_contact(each, {**people, **holders}, stands, sees_all=scope.sees_all) for each in listed]
    return review, _review(review, shown, [stands.get(key) for key in keys])


def _contact(
    listed: ListedContact,
    known: Mapping[str, PartnerContact | RoleHolder],
    stands: Mapping[str, Standing],
    *,
    sees_all: bool,
) -> ShownContact:
    person = known.get(listed.contact_key)
    stand = stands.get(listed.contact_key, Standing(contact_key=listed.contact_key)) if sees_all else None
    named = [each if sees_all or each.origin is ContactOrigin.PROVIDER else _by_its_side(each) for each in listed.named]
    return ShownContact(
        contact_key=listed.contact_key,
        district_id=listed.district_id,
        name=person.name if person else None,
        email=person.email if person and sees_all else None,
        is_reachable=bool(person and person.email),
        is_role=is_role(listed.contact_key),
        named=named,
        disposition=stand.disposition if stand else None,
        reason=stand.reason if stand else None,
        handed_to=stand.handed_to if stand else None,
    )


def _by_its_side(named: Named) -> Named:
    """Which side it was, and not which of its people."""
    return named.model_copy(update={"by": named.origin.value})


def _review(review: Review, contacts: list[ShownContact], stands: Sequence[Standing | None]) -> ShownReview:
    counted = Counter(each.disposition if each else Disposition.NOT_ASKED for each in stands)
    return ShownReview(
        **line(review).model_dump(),
        stages=list(review.plan.stages),
        reached=[each.model_copy(update={"by": "agency"}) for each in review.reached],
        contacts=contacts,
        dispositions={each: counted[each] for each in Disposition if counted[each]},
    )


def line(review: Review) -> ReviewLine:
    return ReviewLine(
        review_id=review.review_id,
        provider_id=review.provider_id,
        process=review.plan.process,
        size_class=review.plan.size_class,
        status=review.status,
        stage=review.stage,
        answers_until=review.plan.answers_until,
        drafted_at=review.drafted_at,
        opened_on=review.opened_on,
        closed_on=review.closed_on,
    )
