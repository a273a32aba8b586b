"""The pulls of all feeds: which are due, who is at which, and how they ended."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from services.partnership.domain.pull import Pull
from shared.access.callers import EVERYTHING, Scope
from shared.errors import AlreadyThere, NotFound
from shared.mongo import Collection, Document, Index

CLAIM = timedelta(minutes=1)


class PullStore:
    """One open pull for each connection at most: an index holds that."""

    def __init__(self, pulls: Collection) -> None:
        self._pulls = pulls

    async def ensure_indexes(self) -> None:
        await self._pulls.ensure_indexes(
            Index(["connection_id"], unique=True, partial={"is_open": True}),
            Index(["is_open", "next_try_at"]),
            Index(["connection_id", ("wanted_at", -1)]),
        )

    async def add(self, pull: Pull) -> bool:
        """False if it is there already, or another one of the connection is open."""
        try:
            await self._pulls.insert_one({"_id": pull.pull_id, **_document(pull)})
        except AlreadyThere:
            return False
        return True

    async def pull(self, connection_id: str, pull_id: str, scope: Scope) -> Pull:
        query = {"_id": pull_id, "connection_id": connection_id, **scope.district_filter("district_id")}
        found = await self._pulls.find_one(query)
        if found is None:
            raise NotFound("There is no such pull.")
        return _pull(found)

    async def pulls(self, connection_id: str, scope: Scope, *, limit: int = 20) -> list[Pull]:
        """Newest first."""
        query = {"connection_id": connection_id, **scope.district_filter("district_id")}
        found = await self._pulls.find(query, sort=[("wanted_at", -1), ("_id", 1)], limit=limit)
        return [_pull(each) for each in found]

    async def latest_pulls(self, connection_ids: Iterable[str], *, limit: int = 10) -> dict[str, list[Pull]]:
        """Connection → its latest pulls, newest first."""
        wanted = list(connection_ids)
        found = await asyncio.gather(*(self.pulls(each, EVERYTHING, limit=limit) for each in wanted))
        return dict(zip(wanted, found, strict=True))

    async def open_one(self, connection_id: str) -> Pull | None:
        found = await self._pulls.find_one({"connection_id": connection_id, "is_open": True})
        return _pull(found) if found else None

    async def last_due_by_calendar(self) -> dict[str, datetime]:
        """Connection → when the latest pull that the calendar wanted was due."""
        return await self._latest_due({"wanted_by": None})

    async def last_good(self) -> dict[str, datetime]:
        """Connection → when the latest pull was due that brought something."""
        return await self._latest_due({"state": "delivered"})

    async def _latest_due(self, query: Document) -> dict[str, datetime]:
        latest = {"$group": {"_id": "$connection_id", "due_at": {"$max": "$due_at"}}}
        return {each["_id"]: each["due_at"] for each in await self._pulls.aggregate([{"$match": query}, latest])}

    async def claim(self, now: datetime) -> Pull | None:
        """The next one to work on: one that is due, or one whose process has not been heard of for a while."""
        due = {
            "is_open": True,
            "$or": [
                {"state": "waiting", "next_try_at": {"$lte": now}},
                {"state": "running", "until": {"$lte": now}},
            ],
        }
        change = {"$set": {"state": "running", "until": now + CLAIM}, "$inc": {"takes": 1}}
        found = await self._pulls.find_one_and_update(due, change, sort=[("next_try_at", 1)])
        return _pull(found) if found else None

    async def beat(self, pull: Pull, now: datetime) -> bool:
        """Keep it for another while; False if it is no longer this take's: somebody cancelled it or took it over."""
        return bool(await self._pulls.update_one(_mine(pull), {"$set": {"until": now + CLAIM}}))

    async def save(self, pull: Pull, now: datetime) -> bool:
        """How far it has come; False as in `beat`."""
        document = _document(pull) | ({"until": now + CLAIM} if pull.state == "running" else {})
        return bool(await self._pulls.update_one(_mine(pull), {"$set": document}))

    async def cancel(self, cancelled: Pull) -> bool:
        """Whoever works on it notices. False if it has ended meanwhile."""
        guard = {"_id": cancelled.pull_id, "is_open": True}
        changed = _document(cancelled)
        return bool(
            await self._pulls.update_one(
                guard, {"$set": {name: changed[name] for name in _OF_THE_END}, "$inc": {"takes": 1}}
            )
        )

    async def release(self, pull: Pull, now: datetime) -> None:
        """The process stops: another one may go on at once."""
        await self._pulls.update_one(_mine(pull), {"$set": {"until": now}})


_OF_THE_END = ("state", "ended_at", "next_try_at", "until", "cancelled_by", "is_open")


def _mine(pull: Pull) -> Document:
    return {"_id": pull.pull_id, "state": "running", "takes": pull.takes}


def _document(pull: Pull) -> Document:
    return pull.model_dump() | {"is_open": pull.is_open}


def _pull(document: Document) -> Pull:
    return Pull.model_validate({name: value for name, value in document.items() if name in Pull.model_fields})
