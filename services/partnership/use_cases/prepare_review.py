"""Prepare a review: draft it, change its plan, say whom the agency adds to the partner list, or discard it."""

from datetime import datetime

from services.partnership.domain.partner_contact import PartnerContact
from services.partnership.domain.reviews.added_contact import AddedContact
from services.partnership.domain.reviews.review import NewReview, Review, ReviewPlan, Status
from services.partnership.store.directory import Directory
from services.partnership.store.partner_contacts import PartnerContactStore
from services.partnership.store.reviews import ReviewStore
from shared.access.callers import Caller
from shared.errors import Conflict, InvalidInput
from shared.events.partnership import OrganizationKind
from shared.rounds import on_a_fresh_reading

BY_AGENCY = "agency"


async def draft_review(
    new: NewReview, *, caller: Caller, reviews: ReviewStore, directory: Directory, now: datetime
) -> Review:
    known = (await directory.known_organizations([new.provider_id])).get(new.provider_id)
    if known is None or OrganizationKind.PROVIDER not in known.kinds:
        raise InvalidInput(
            "There is no provider with this code.", hint="Use a code of the directory.", where="provider_id"
        )
    review = Review.drafted(new, by=caller.subject, now=now)
    if not await reviews.add(review, now):
        raise Conflict(
            "There is a review of this provider already by this process from this day on.", hint="Open that one."
        )
    return review


async def replan_review(
    review_id: str, plan: ReviewPlan, *, caller: Caller, reviews: ReviewStore, now: datetime
) -> Review:
    async def attempt() -> Review:
        replanned = (await reviews.get(review_id, caller.scope())).replanned(plan)
        await reviews.save(replanned, now=now)
        return replanned

    return await on_a_fresh_reading(attempt)


async def add_contact(
    review_id: str,
    added: AddedContact,
    *,
    caller: Caller,
    reviews: ReviewStore,
    contacts: PartnerContactStore,
    directory: Directory,
    now: datetime,
) -> Review:
    """A role of the directory, or somebody by name and address, who is then told to whoever sends the mail."""
    await _require_place(added, directory)

    async def attempt() -> Review:
        review = await reviews.get(review_id, caller.scope())
        extended = review.with_contact(added.contact_key, added.district_id, by=caller.subject, now=now)
        if extended is review:
            return review
        if added.person is not None:
            await contacts.put_all([PartnerContact.of(added.person, BY_AGENCY, now.date())], now)
        await reviews.save(extended, now=now)
        return extended

    return await on_a_fresh_reading(attempt)


async def remove_contact(
    review_id: str, contact_key: str, *, caller: Caller, reviews: ReviewStore, now: datetime
) -> Review:
    async def attempt() -> Review:
        shortened = (await reviews.get(review_id, caller.scope())).without_contact(contact_key)
        await reviews.save(shortened, now=now)
        return shortened

    return await on_a_fresh_reading(attempt)


async def discard_review(review_id: str, *, caller: Caller, reviews: ReviewStore) -> None:
    review = await reviews.get(review_id, caller.scope())
    if review.status is not Status.DRAFT:
        raise Conflict(f"The review is {review.status}, and is kept.", hint="Close it, if it is over.")
    await reviews.discard(review)


async def _require_place(added: AddedContact, directory: Directory) -> None:
    """InvalidInput unless there is such a district, and the role is one of it or of a school of it."""
    codes = {added.district_id, added.place}
    known = await directory.known_organizations(codes)
    district = known.get(added.district_id)
    if district is None or OrganizationKind.DISTRICT not in district.kinds:
        raise InvalidInput(
            "There is no district with this code.", hint="Use a code of the directory.", where="district_id"
        )
    place = known.get(added.place)
    if place is None or (place is not district and place.parent_id != added.district_id):
        raise InvalidInput(
            "The district has no school with this code.",
            hint="Use a code of the directory, or leave it blank.",
            where="organization_id",
        )
