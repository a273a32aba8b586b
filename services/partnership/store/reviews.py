"""Reviews of providers, each with the events that tell of it; and how it stands with whom they ask."""

from collections.abc import Iterable
from datetime import datetime

from services.partnership.domain.reviews.disposition import Asked, Disposition
from services.partnership.domain.reviews.review import Review, Status
from shared.access.callers import Scope
from shared.errors import NotFound
from shared.events.partnerships import ReviewEvent
from shared.mongo import Collection, Document, Index
from shared.outbox import Documents


class ReviewStore:
    """An index sees to it that a provider has one open review at most, whoever is fastest."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._collection = documents.collection

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(
            Index(["provider_id"], unique=True, partial={"status": Status.OPEN.value}),
            Index([("drafted_at", -1)]),
        )

    async def add(self, review: Review, now: datetime) -> bool:
        """False: it is there already."""
        return await self._documents.insert(review.review_id, review.model_dump(mode="json"), at=now)

    async def save(self, review: Review, *events: ReviewEvent, now: datetime) -> None:
        """StaleRevision if it has changed since it was read, or another one has been opened for its provider."""
        await self._documents.update(review.review_id, review.model_dump(mode="json"), *events, at=now)

    async def discard(self, review: Review) -> None:
        """A draft, of which nobody was told."""
        await self._collection.delete_many(
            {"_id": review.review_id, "status": Status.DRAFT.value, "revision": review.revision}
        )

    async def get(self, review_id: str, scope: Scope) -> Review:
        found = await self._collection.find_one({"_id": review_id, **_visible(scope)}, projection={"_outbox": 0})
        if found is None:
            raise NotFound("There is no such review.")
        return Review.model_validate(found)

    async def is_under_review(self, provider_id: str) -> bool:
        query = {"provider_id": provider_id, "status": Status.OPEN.value}
        return await self._collection.find_one(query, projection={"_id": 1}) is not None

    async def page(self, scope: Scope, *, status: Status | None, limit: int, skip: int) -> list[Review]:
        order = [("drafted_at", -1), ("_id", 1)]
        query = _wanted(scope, status)
        found = await self._collection.find(query, projection={"_outbox": 0}, sort=order, limit=limit, skip=skip)
        return [Review.model_validate(each) for each in found]

    async def count(self, scope: Scope, *, status: Status | None) -> int:
        return await self._collection.count(_wanted(scope, status))


class AskedStore:
    """One document for each survey that asks for a review. What is noted twice, or late, is noted once."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(Index(["review_id"]))

    async def note(
        self,
        survey_id: str,
        review_id: str,
        district_id: str,
        disposition: Disposition,
        sequence: int,
        *,
        recipient: str | None = None,
        reason: str | None = None,
    ) -> None:
        known: Document = {"review_id": review_id, "district_id": district_id}
        if recipient is not None:
            known[f"recipients.{sequence}"] = recipient
        if reason is not None:
            known[f"reasons.{disposition.value}"] = reason
        change = {"$set": known, "$max": {f"heard.{disposition.value}": sequence}}
        await self._collection.update_one({"_id": survey_id}, change, upsert=True)

    async def of_reviews(self, review_ids: Iterable[str]) -> list[Asked]:
        found = await self._collection.find({"review_id": {"$in": list(review_ids)}}, sort=[("_id", 1)])
        return [Asked.model_validate({**each, "survey_id": each["_id"]}) for each in found]


def _visible(scope: Scope) -> Document:
    """A draft is the agency's own business."""
    if scope.sees_all:
        return {}
    return {**scope.provider_filter(), "status": {"$ne": Status.DRAFT.value}}


def _wanted(scope: Scope, status: Status | None) -> Document:
    return {"$and": [_visible(scope), {"status": status.value} if status is not None else {}]}
