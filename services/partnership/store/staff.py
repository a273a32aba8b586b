"""The staff of every connection, as last seen."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from services.partnership.domain.block_keys import block_keys
from services.partnership.domain.retention import forgotten, hidden_by, left_on
from services.partnership.domain.roll import Entry, Roll
from services.partnership.domain.staff import Staff
from services.partnership.domain.timeline import Timeline
from shared.access.callers import Scope
from shared.errors import AlreadyThere, NotFound, StaleRevision
from shared.mongo import Collection, Document, Index, Insert, Update

AT_ONCE = 1000
TIMELINE = TypeAdapter(Timeline).validate_python


class StaffStore:
    """Each write is guarded by the revision that was read, a snapshot's as well as a reviewer's.

    `secret` hides the keys of those who are forgotten; with another one their return is no return any more.
    """

    def __init__(self, collection: Collection, secret: str = "") -> None:
        self._collection = collection
        self._hide = hidden_by(secret)

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(
            Index(["connection_id", "status"]),
            Index(["match_keys"], partial={"may_be_hired": True}),
            Index(["connection_id", "exact_keys"]),
            Index(["district_id", "matching.state"], partial={"in_review": True}),
            Index(["district_id"], partial={"is_leading": True}),
            Index(["left_on"], partial={"left_on": {"$type": "string"}}),
            Index(["block_keys"], partial={"may_be_hired": True}),
            Index(["to_compare"], partial={"to_compare": True}),
            Index(["has_hires_to_tell"], partial={"has_hires_to_tell": True}),
        )

    async def by_ids(self, ids: Sequence[str]) -> dict[str, Staff]:
        found = await self._collection.find({"_id": {"$in": list(ids)}})
        return {document["_id"]: _staff(document) for document in found}

    async def roll(self, connection_id: str, before: int | None = None) -> Roll:
        """Everybody whom a feed ever showed, in brief; `before`: as they were when a late snapshot was taken."""
        of_feed = {"connection_id": connection_id}
        if before is None:
            brief = {"source_keys": 1, "status": 1, "school_id": 1, "digest": 1}
            found = await self._collection.find(of_feed, projection=brief)
            return Roll(
                (
                    Entry(each["_id"], tuple(each["source_keys"]), each["status"], each["school_id"], each["digest"])
                    for each in found
                ),
                self._hide,
            )
        found = await self._collection.find(of_feed, projection={"source_keys": 1, "timeline": 1, "digest": 1})
        return Roll(
            (
                Entry.before(
                    each["_id"], tuple(each["source_keys"]), TIMELINE(each["timeline"]), each["digest"], before
                )
                for each in found
            ),
            self._hide,
        )

    async def forget_who_left(self, before: date, limit: int = AT_ONCE) -> int:
        """Up to so many of those who left before a day and are no completers; how many there were.

        Whoever is changed meanwhile is looked at again the next time.
        """
        query = {"left_on": {"$type": "string", "$lt": before.isoformat()}}
        found = [_staff(document) for document in await self._collection.find(query, limit=limit)]
        changes = [
            Update({"_id": each.staff_id, "revision": each.revision}, {"$set": _fields(forgotten(each, self._hide))})
            for each in found
        ]
        for fault in await self._collection.bulk(changes):
            if fault is not None:
                raise fault
        return len(found)

    async def everybody(self, connection_id: str) -> AsyncIterator[list[Staff]]:
        """All people of a connection, in pieces."""
        after = ""
        while found := await self._collection.find(
            {"connection_id": connection_id, "_id": {"$gt": after}}, sort=[("_id", 1)], limit=AT_ONCE
        ):
            yield [_staff(document) for document in found]
            after = found[-1]["_id"]

    async def sharing(self, connection_id: str, keys: Sequence[str]) -> list[Staff]:
        """People of a connection, there or gone, with one of these exact keys."""
        query = {"connection_id": connection_id, "exact_keys": {"$in": list(keys)}}
        return [_staff(document) for document in await self._collection.find(query)]

    async def leading(self, district_id: str) -> list[Staff]:
        """Who leads a school or the district, as its feeds say."""
        found = await self._collection.find({"district_id": district_id, "is_leading": True})
        return [_staff(document) for document in found]

    async def unhired_sharing(self, keys: Iterable[str]) -> list[Staff]:
        """Appointed people, not known to be a completer yet, with one of these match keys."""
        query = {"match_keys": {"$in": list(keys)}, "may_be_hired": True}
        return [_staff(document) for document in await self._collection.find(query)]

    async def to_compare(self, limit: int) -> list[Staff]:
        """New colleagues of whom exact evidence leaves open who they are, and likeness has not been asked yet."""
        found = await self._collection.find({"to_compare": True}, sort=[("_id", 1)], limit=limit)
        return [_staff(document) for document in found]

    async def compare_again(self, keys: Iterable[str]) -> None:
        """Likeness is asked again about those who have one of its keys, for a completer has changed who has it, too."""
        query = {
            "block_keys": {"$in": list(keys)},
            "may_be_hired": True,
            "matching.state": {"$in": ["none", "review"]},
            "matching.compared_by": {"$ne": None},
        }
        again = {"$set": {"matching.compared_by": None, "to_compare": True}, "$inc": {"revision": 1}}
        await self._collection.update_many(query, again)

    async def sample(self, limit: int) -> list[Staff]:
        """Some of them, the same ones each time, whether or not it is known who they are."""
        found = await self._collection.find({}, sort=[("_id", 1)], limit=limit)
        return [_staff(document) for document in found]

    async def with_hires_to_tell(self, limit: int, connection_id: str | None = None) -> list[Staff]:
        of_one = {"connection_id": connection_id} if connection_id else {}
        found = await self._collection.find({"has_hires_to_tell": True, **of_one}, sort=[("_id", 1)], limit=limit)
        return [_staff(document) for document in found]

    async def hires_told(self, staff: Sequence[Staff]) -> None:
        """Their hires have been told; unless there is something else to tell meanwhile."""
        told = {"$set": {"hires_are_told": True, "has_hires_to_tell": False}}
        await self._collection.bulk([Update({"_id": each.staff_id, "revision": each.revision}, told) for each in staff])

    async def add_all(self, staff: Sequence[Staff]) -> None:
        """Save people who are new; whoever is there already was saved by an earlier attempt."""
        for start in range(0, len(staff), AT_ONCE):
            await self._collection.insert_many([_document(each) for each in staff[start : start + AT_ONCE]])

    async def follow_all(self, staff: Sequence[Staff], read: Mapping[str, Staff]) -> None:
        """Save people after a snapshot; `read` is how they were read. StaleRevision if somebody else was faster."""
        operations: list[Insert | Update] = [
            Update(
                {"_id": each.staff_id, "revision": read[each.staff_id].revision},
                {"$set": _fields(each)},
                upsert=True,  # so that a guard that does not hold is told apart: it meets the document's own id
            )
            for each in staff
        ]
        for start in range(0, len(operations), AT_ONCE):
            for fault in await self._collection.bulk(operations[start : start + AT_ONCE]):
                if isinstance(fault, AlreadyThere):
                    raise StaleRevision("Somebody's record was changed while a snapshot was applied.")
                if fault is not None:
                    raise fault

    async def replace(self, staff: Staff) -> None:
        """Save a decision; StaleRevision if somebody else, or a snapshot, was there in between."""
        guard = {"_id": staff.staff_id, "revision": staff.revision - 1}
        if not await self._collection.update_one(guard, {"$set": _fields(staff)}):
            raise StaleRevision("This person's record has changed since it was read.")

    async def get(self, staff_id: str, scope: Scope) -> Staff:
        found = await self._collection.find_one({"_id": staff_id, **scope.district_filter("district_id")})
        if found is None:
            raise NotFound("There is nobody of that kind to decide on.")
        return _staff(found)

    async def in_review(
        self, scope: Scope, *, limit: int, skip: int, chosen: Mapping[str, str] | None = None
    ) -> list[Staff]:
        """`chosen`: of a `district_id`, a `school_id`, or with a `matching.reason`."""
        query = _in_review(scope, chosen)
        order = [("first_seen_on", 1), ("_id", 1)]
        return [_staff(each) for each in await self._collection.find(query, sort=order, limit=limit, skip=skip)]

    async def count_in_review(self, scope: Scope, chosen: Mapping[str, str] | None = None) -> int:
        return await self._collection.count(_in_review(scope, chosen))

    async def review_kinds(self, scope: Scope) -> list[Document]:
        """How many wait for review at each school for each reason: `district_id`, `school_id`, `reason`, `count`."""
        kind = {"district_id": "$district_id", "school_id": "$school_id", "reason": "$matching.reason"}
        groups: list[Document] = [
            {"$match": _in_review(scope, None)},
            {"$group": {"_id": kind, "count": {"$sum": 1}}},
        ]
        found = await self._collection.aggregate(groups)
        return [{"school_id": None, "reason": None, **each["_id"], "count": each["count"]} for each in found]

    async def count_of(self, connection_id: str) -> dict[str, int]:
        """How many people of a connection are in each state."""
        groups: list[Document] = [
            {"$match": {"connection_id": connection_id}},
            {"$group": {"_id": "$status", "count": {"$sum": 1}}},
        ]
        return {each["_id"]: each["count"] for each in await self._collection.aggregate(groups)}


def _in_review(scope: Scope, chosen: Mapping[str, str] | None) -> Document:
    return {"$and": [{"in_review": True}, scope.district_filter("district_id"), dict(chosen or {})]}


def _staff(document: Document) -> Staff:
    return Staff.model_validate(document)


def _fields(staff: Staff) -> dict[str, Any]:
    """What is kept, and what it is found by."""
    return staff.model_dump(mode="json") | {
        "school_id": staff.school_id,
        "first_seen_on": str(staff.now.first_seen_on) if staff.episodes else None,
        "exact_keys": list(staff.known.exact_keys()),
        "match_keys": list(staff.known.match_keys()) if staff.may_be_hired else [],
        "block_keys": list(block_keys(staff.known)) if staff.may_be_hired else [],
        "may_be_hired": staff.may_be_hired,
        "to_compare": staff.may_be_hired and staff.status != "exited" and staff.matching.is_to_compare,
        "has_hires_to_tell": not staff.hires_are_told,
        "in_review": staff.is_in_review,
        "left_on": left_on(staff),
        "is_leading": bool(staff.leads) and staff.status != "exited",
    }


def _document(staff: Staff) -> Document:
    return {"_id": staff.staff_id, **_fields(staff)}
