"""Providers under review, and the decisions whether to ask their partners."""

from datetime import datetime

from services.survey.domain.review import Review
from shared.errors import StaleRevision
from shared.mongo import Document, Index
from shared.outbox import Documents


class Reviews:
    """One document per review."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def ensure_indexes(self) -> None:
        await self._documents.collection.ensure_indexes(Index(keys=["opened.contacts.contact_key"]))

    async def get(self, review_id: str) -> Review:
        """What is known of this review, which may be nothing yet (revision 0)."""
        kept = await self._documents.get(review_id)
        return _read(kept) if kept is not None else Review(review_id=review_id)

    async def save(self, review: Review, *, at: datetime) -> None:
        """Keep the next revision; StaleRevision if somebody else did so first."""
        body = review.model_dump(exclude={"review_id"})
        body["revision"] = review.revision + 1
        if review.revision > 0:
            await self._documents.update(review.review_id, body, at=at)
        elif not await self._documents.insert(review.review_id, body, at=at):
            raise StaleRevision("Somebody else heard of this review at the same time.")

    async def with_contact(self, contact_key: str) -> list[Review]:
        """Reviews on whose partner list this contact is."""
        found = await self._documents.collection.find({"opened.contacts.contact_key": contact_key}, sort=[("_id", 1)])
        return [_read(kept) for kept in found]


def _read(kept: Document) -> Review:
    return Review.model_validate({**kept, "review_id": kept["_id"]})
