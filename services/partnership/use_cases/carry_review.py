"""Carry a review through: open it with its partner list, advance it, close it."""

from datetime import date, datetime

from services.partnership.domain.reviews.disposition import Standing, standing_of
from services.partnership.domain.reviews.review import Review
from services.partnership.store.partner_contacts import PartnerContactStore
from services.partnership.store.reviews import AskedStore, ReviewStore
from services.partnership.use_cases.list_partners import ListPartners
from shared.access.callers import Caller
from shared.errors import Conflict
from shared.rounds import on_a_fresh_reading


async def open_review(
    review_id: str,
    *,
    caller: Caller,
    reviews: ReviewStore,
    contacts: PartnerContactStore,
    list_partners: ListPartners,
    now: datetime,
) -> Review:
    """Conflict if the provider has an open review: answers could belong to either. How people on the list are reached
    is told before they are to be asked; told again, it changes nothing."""

    async def attempt() -> Review:
        review = await reviews.get(review_id, caller.scope())
        partners = await list_partners(review.provider_id, now=now)
        opened, event = review.opened(partners.listed, by=caller.subject, now=now)
        if await reviews.is_under_review(review.provider_id):
            raise Conflict("This provider is under review already.", hint="Close that review first.")
        await contacts.put_all(partners.people, now)
        await reviews.save(opened, event, now=now)
        return opened

    return await on_a_fresh_reading(attempt)


async def advance_review(
    review_id: str, stage: str, reached_on: date | None, *, caller: Caller, reviews: ReviewStore, now: datetime
) -> Review:
    async def attempt() -> Review:
        review = await reviews.get(review_id, caller.scope())
        advanced, event = review.advanced(stage, reached_on, by=caller.subject, now=now)
        await reviews.save(advanced, event, now=now)
        return advanced

    return await on_a_fresh_reading(attempt)


async def close_review(
    review_id: str, *, caller: Caller, reviews: ReviewStore, asked: AskedStore, now: datetime
) -> Review:
    """How it stands with each contact is kept in the review as it was heard until now."""

    async def attempt() -> Review:
        review = await reviews.get(review_id, caller.scope())
        closed, event = review.closed(await standings(review, asked), by=caller.subject, now=now)
        await reviews.save(closed, event, now=now)
        return closed

    return await on_a_fresh_reading(attempt)


async def standings(review: Review, asked: AskedStore) -> tuple[Standing, ...]:
    """How it stands with each contact: as it was frozen, or as it is now."""
    if review.evidence:
        return review.evidence
    heard = await asked.of_reviews([review.review_id])
    return tuple(standing_of(each.contact_key, heard) for each in review.contacts)
