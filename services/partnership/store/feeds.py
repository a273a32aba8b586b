"""Connections and their snapshots, with what is staged until it is applied."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.partnership.domain.connection import Connection
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.snapshot import Snapshot
from shared.access.callers import Scope
from shared.errors import AlreadyThere, Conflict, NotFound
from shared.mongo import Collection, Document, Index

CLAIM = timedelta(minutes=10)
TAKEN = {"state": {"$in": ["complete", "applied"]}}
MOVING = {"state", "released_by", "release_reason", "applied_at"}


class FeedStore:
    """Nothing here is told to other services; what follows from a snapshot is."""

    def __init__(self, connections: Collection, snapshots: Collection, staged: Collection) -> None:
        self._connections = connections
        self._snapshots = snapshots
        self._staged = staged

    async def ensure_indexes(self) -> None:
        await self._connections.ensure_indexes(Index(["district_id"]))
        await self._snapshots.ensure_indexes(
            Index(["connection_id", ("sequence", -1)]), Index(["state"]), Index(["district_id"])
        )
        await self._staged.ensure_indexes(Index(["snapshot_id", "number"]))

    async def connect(self, connection: Connection) -> None:
        """Conflict if the name is taken."""
        try:
            await self._connections.insert_one({"_id": connection.connection_id, **connection.model_dump(mode="json")})
        except AlreadyThere:
            raise Conflict("A feed of this name is connected already.", where="connection_id") from None

    async def connection(self, connection_id: str, scope: Scope) -> Connection:
        found = await self._connections.find_one({"_id": connection_id, **scope.district_filter("district_id")})
        if found is None:
            raise NotFound("There is no such feed.", hint="Connect it first, or check its name.")
        return Connection.model_validate(_without(found, "_id", "receiving"))

    async def connections(self, scope: Scope) -> list[Connection]:
        found = await self._connections.find(
            scope.district_filter("district_id"), sort=[("district_id", 1), ("_id", 1)]
        )
        return [Connection.model_validate(_without(each, "_id", "receiving")) for each in found]

    async def claim(self, connection_id: str, snapshot_id: str, now: datetime) -> None:
        """One upload of a feed at a time; a claim that nobody gave back ends by itself."""
        free = {
            "_id": connection_id,
            "$or": [
                {"receiving": None},
                {"receiving.snapshot_id": snapshot_id},
                {"receiving.until": {"$lte": now}},
            ],
        }
        claim = {"$set": {"receiving": {"snapshot_id": snapshot_id, "until": now + CLAIM}}}
        if not await self._connections.update_one(free, claim):
            raise Conflict(
                "Another snapshot of this feed is being read.", hint="Wait until it is done, then upload again."
            )

    async def give_back(self, connection_id: str, snapshot_id: str) -> None:
        await self._connections.update_one(
            {"_id": connection_id, "receiving.snapshot_id": snapshot_id}, {"$set": {"receiving": None}}
        )

    async def last_taken(self, connection_id: str) -> Snapshot | None:
        """The newest snapshot that was, or is being, applied."""
        query = {"connection_id": connection_id, **TAKEN}
        found = await self._snapshots.find(query, sort=[("sequence", -1)], limit=1)
        return _snapshot(found[0]) if found else None

    async def snapshot(self, snapshot_id: str) -> Snapshot | None:
        found = await self._snapshots.find_one({"_id": snapshot_id})
        return _snapshot(found) if found else None

    async def newest_of_content(self, connection_id: str, content_hash: str) -> Snapshot | None:
        query = {"connection_id": connection_id, "content_hash": content_hash}
        found = await self._snapshots.find(query, sort=[("sequence", -1)], limit=1)
        return _snapshot(found[0]) if found else None

    async def run(self, connection_id: str, snapshot_id: str, scope: Scope) -> Snapshot:
        query = {"_id": snapshot_id, "connection_id": connection_id, **scope.district_filter("district_id")}
        found = await self._snapshots.find_one(query)
        if found is None:
            raise NotFound("There is no such run.")
        return _snapshot(found)

    async def runs(self, scope: Scope, connection_id: str | None = None, *, limit: int = 50) -> list[Snapshot]:
        """Newest first, without their findings."""
        query = {**scope.district_filter("district_id"), **({"connection_id": connection_id} if connection_id else {})}
        found = await self._snapshots.find(
            query, projection={"findings": 0}, sort=[("received_at", -1), ("_id", 1)], limit=limit
        )
        return [_snapshot(each) for each in found]

    async def save(self, snapshot: Snapshot) -> None:
        """One write: whatever state it says is then so."""
        await self._snapshots.update_one({"_id": snapshot.snapshot_id}, {"$set": snapshot.model_dump()}, upsert=True)

    async def move(self, snapshot: Snapshot, *, was: str) -> bool:
        """Save the state of a snapshot that was in another; False if it no longer is."""
        guard = {"_id": snapshot.snapshot_id, "state": was}
        return await self._snapshots.update_one(guard, {"$set": snapshot.model_dump(include=MOVING)}) == 1

    async def stage(self, snapshot_id: str, number: int, sightings: Sequence[tuple[str, Sighting]]) -> None:
        """Keep a piece of what was read, (staff id, sighting) each; the same piece again replaces it."""
        people = [[staff_id, sighting.model_dump(mode="json")] for staff_id, sighting in sightings]
        piece = {"snapshot_id": snapshot_id, "number": number, "people": people}
        await self._staged.update_one({"_id": f"{snapshot_id}:{number}"}, {"$set": piece}, upsert=True)

    async def staged(self, snapshot: Snapshot) -> AsyncIterator[list[tuple[str, Sighting]]]:
        """The pieces, in order."""
        for number in range(snapshot.chunks):
            piece = await self._staged.find_one({"_id": f"{snapshot.snapshot_id}:{number}"})
            if piece is not None:
                yield [(staff_id, Sighting.model_validate(kept)) for staff_id, kept in piece["people"]]

    async def discard_staged(self, snapshot_id: str) -> None:
        await self._staged.delete_many({"snapshot_id": snapshot_id})

    async def unfinished(self, connection_id: str | None = None) -> list[Snapshot]:
        """Complete and not applied yet, in the order in which they have to be; without their findings."""
        of_one = {"connection_id": connection_id} if connection_id else {}
        found = await self._snapshots.find(
            {"state": "complete", **of_one}, projection={"findings": 0}, sort=[("connection_id", 1), ("sequence", 1)]
        )
        return [_snapshot(each) for each in found]

    async def discard_abandoned(self, now: datetime) -> int:
        """Forget uploads that broke off while they were read; the same file can be sent again."""
        abandoned = await self._snapshots.find({"state": "staging", "received_at": {"$lt": now - CLAIM}})
        for each in abandoned:
            await self.discard_staged(each["_id"])
        return await self._snapshots.delete_many(
            {"_id": {"$in": [each["_id"] for each in abandoned]}, "state": "staging"}
        )


def _snapshot(document: Document) -> Snapshot:
    return Snapshot.model_validate(document)


def _without(document: Document, *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}
