"""Connections and their snapshots, with what is staged until it is applied."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.partnership.domain.connection import Connection
from services.partnership.domain.episodes import Chronicle
from services.partnership.domain.pull_settings import PullSettings
from services.partnership.domain.roll import Change
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.snapshot import Snapshot
from services.partnership.domain.timeline import Snapped
from services.partnership.store.source_lines import SourceLines
from shared.access.callers import Scope
from shared.errors import AlreadyThere, Conflict, NotFound, StaleRevision
from shared.mongo import Collection, Document, Index

CLAIM = timedelta(minutes=10)
UNREAD = ["staging", "rejected", "refused", "retracted"]
TAKEN = {"state": {"$in": ["complete", "applied"]}}
DECISIONS = {"released_by", "release_reason", "refused_by", "refuse_reason", "decided_at"}
MOVING = {"state", "applied_at", "retracted_by", "retract_reason", "retracted_at"} | DECISIONS


class FeedStore:
    """Nothing here is told to other services; what follows from a snapshot is."""

    def __init__(
        self, connections: Collection, snapshots: Collection, staged: Collection, source_lines: Collection
    ) -> None:
        self.lines = SourceLines(source_lines)
        self._connections = connections
        self._snapshots = snapshots
        self._staged = staged

    async def ensure_indexes(self) -> None:
        await self._connections.ensure_indexes(Index(["district_id"]))
        await self._snapshots.ensure_indexes(
            Index(["connection_id", ("sequence", -1)]), Index(["state"]), Index(["district_id"])
        )
        await self._staged.ensure_indexes(Index(["snapshot_id"]))
        await self.lines.ensure_indexes()

    async def connect(self, connection: Connection) -> None:
        """Conflict if the name is taken."""
        try:
            await self._connections.insert_one({"_id": connection.connection_id, **connection.model_dump(mode="json")})
        except AlreadyThere:
            raise Conflict("A feed of this name is connected already.", where="connection_id") from None

    async def change_mapping(self, connection: Connection) -> None:
        changed = connection.model_dump(mode="json", include={"mapping", "mapping_changed_by", "mapping_changed_at"})
        await self._connections.update_one({"_id": connection.connection_id}, {"$set": changed})

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

    async def change_pull(self, connection_id: str, settings: PullSettings) -> None:
        await self._connections.update_one({"_id": connection_id}, {"$set": {"pull": settings.model_dump(mode="json")}})

    async def pulled(self) -> list[Connection]:
        """Those whose systems we ask ourselves."""
        found = await self._connections.find({"pull": {"$ne": None}}, sort=[("_id", 1)])
        return [Connection.model_validate(_without(each, "_id", "receiving")) for each in found]

    async def claim(self, connection_id: str, content_hash: str, now: datetime) -> None:
        """One upload of a feed at a time; a claim that nobody gave back ends by itself, or with the same upload."""
        free = {
            "_id": connection_id,
            "$or": [
                {"receiving": None},
                {"receiving.content_hash": content_hash},
                {"receiving.until": {"$lte": now}},
            ],
        }
        claim = {"$set": {"receiving": {"content_hash": content_hash, "until": now + CLAIM}}}
        if not await self._connections.update_one(free, claim):
            raise Conflict(
                "Another snapshot of this feed is being read.", hint="Wait until it is done, then upload again."
            )

    async def give_back(self, connection_id: str, content_hash: str) -> None:
        await self._connections.update_one(
            {"_id": connection_id, "receiving.content_hash": content_hash}, {"$set": {"receiving": None}}
        )

    async def last_taken(self, connection_id: str) -> Snapshot | None:
        """The newest snapshot that was, or is being, applied."""
        query = {"connection_id": connection_id, **TAKEN}
        found = await self._snapshots.find(query, sort=[("sequence", -1)], limit=1)
        return _snapshot(found[0]) if found else None

    async def chronicle(self, connection: Connection) -> Chronicle:
        """The connection's snapshots that were, or are being, applied, in their order, with its rules."""
        query = {"connection_id": connection.connection_id, **TAKEN}
        brief = {"sequence": 1, "observed_at": 1, "is_delta": 1}
        found = await self._snapshots.find(query, projection=brief, sort=[("sequence", 1)])
        taken = tuple(
            Snapped(sequence=each["sequence"], day=connection.day_of(each["observed_at"]), is_delta=each["is_delta"])
            for each in found
        )
        return Chronicle(taken, connection.live_since, connection.exits)

    async def has_earlier_since(self, snapshot: Snapshot) -> bool:
        """Whether the feed's history before this snapshot has changed since it was received."""
        query = {
            "connection_id": snapshot.connection_id,
            "sequence": {"$lt": snapshot.sequence},
            "$or": [{moved: {"$gt": snapshot.received_at}} for moved in ("applied_at", "retracted_at")],
        }
        return await self._snapshots.count(query) > 0

    async def knowing(self, connection_id: str, *, limit: int = 1) -> list[Snapshot]:
        """The snapshots received last, and taken, of which is kept what the source said."""
        query = {"connection_id": connection_id, **TAKEN, "line_pieces": {"$ne": None}}
        order = [("received_at", -1), ("sequence", -1)]
        return [_snapshot(each) for each in await self._snapshots.find(query, sort=order, limit=limit)]

    async def held(self, connection_id: str) -> list[Snapshot]:
        """Snapshots that wait for a person."""
        query = {"connection_id": connection_id, "state": "held"}
        return [_snapshot(each) for each in await self._snapshots.find(query, projection={"findings": 0})]

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
            query, projection={"findings": 0}, sort=[("received_at", -1), ("sequence", -1)], limit=limit
        )
        return [_snapshot(each) for each in found]

    async def latest_runs(self, connection_ids: Iterable[str], *, limit: int = 10) -> dict[str, list[Snapshot]]:
        """Connection → its latest runs by the time of observation, newest first, without their findings."""

        async def of(connection_id: str) -> list[Snapshot]:
            found = await self._snapshots.find(
                {"connection_id": connection_id}, projection={"findings": 0}, sort=[("sequence", -1)], limit=limit
            )
            return [_snapshot(each) for each in found]

        wanted = list(connection_ids)
        return dict(zip(wanted, await asyncio.gather(*map(of, wanted)), strict=True))

    async def at(self, connection_id: str, sequences: Iterable[int]) -> dict[int, Snapshot]:
        """The snapshots at these places of the connection's order, without their findings."""
        query = {"connection_id": connection_id, "sequence": {"$in": list(sequences)}, **TAKEN}
        found = await self._snapshots.find(query, projection={"findings": 0})
        return {each["sequence"]: _snapshot(each) for each in found}

    async def applied_before(self, run: Snapshot) -> Snapshot | None:
        """The one that was applied before this one, with its findings."""
        query = {"connection_id": run.connection_id, "sequence": {"$lt": run.sequence}, "state": "applied"}
        found = await self._snapshots.find(query, sort=[("sequence", -1)], limit=1)
        return _snapshot(found[0]) if found else None

    async def save(self, snapshot: Snapshot) -> bool:
        """One write: whatever state it says is then so. False if another upload of the same got further already."""
        guard = {"_id": snapshot.snapshot_id, "state": {"$in": UNREAD}}
        try:
            await self._snapshots.update_one(guard, {"$set": snapshot.model_dump()}, upsert=True)
        except AlreadyThere:  # the guard did not hold, and the upsert met the document's own id
            return False
        return True

    async def move(self, snapshot: Snapshot, *, was: str) -> bool:
        """Save the state of a snapshot that was in another; False if it no longer is."""
        guard = {"_id": snapshot.snapshot_id, "state": was}
        return await self._snapshots.update_one(guard, {"$set": snapshot.model_dump(include=MOVING)}) == 1

    async def stage(self, snapshot: Snapshot, number: int, changes: Sequence[Change]) -> None:
        """Keep a piece of what an upload changes. Two attempts at one upload do not write into each other's pieces."""
        people = [[staff_id, None if seen is None else seen.model_dump(mode="json")] for staff_id, seen in changes]
        piece = {"snapshot_id": snapshot.snapshot_id, "received_at": snapshot.received_at, "people": people}
        await self._staged.update_one({"_id": _piece(snapshot, number)}, {"$set": piece}, upsert=True)

    async def staged(self, snapshot: Snapshot) -> AsyncIterator[list[Change]]:
        """The pieces, in order. StaleRevision if one is gone: somebody else has applied them all."""
        for number in range(snapshot.chunks):
            piece = await self._staged.find_one({"_id": _piece(snapshot, number)})
            if piece is None:
                raise StaleRevision("What this snapshot changes is not staged any more.")
            yield [(staff_id, kept and Sighting.model_validate(kept)) for staff_id, kept in piece["people"]]

    async def discard_staged(self, snapshot_id: str) -> None:
        await self._staged.delete_many({"snapshot_id": snapshot_id})

    async def discard_lines_before(self, snapshot: Snapshot) -> None:
        """Keep what the source said last, and the time before, in case the last is taken back; and what waits."""
        kept = [*await self.knowing(snapshot.connection_id, limit=2), *await self.held(snapshot.connection_id)]
        await self.lines.discard_older(snapshot, kept)

    async def discard_attempt(self, snapshot: Snapshot) -> None:
        """Forget what an attempt staged that another one at the same upload made needless."""
        await self.lines.discard_attempt(snapshot)
        await self._staged.delete_many({"snapshot_id": snapshot.snapshot_id, "received_at": snapshot.received_at})

    async def unfinished(self, connection_id: str | None = None) -> list[Snapshot]:
        """What is to be applied, or taken back, in the order in which it has to be; without findings."""
        of_one = {"connection_id": connection_id} if connection_id else {}
        found = await self._snapshots.find(
            {"state": {"$in": ["complete", "retracting"]}, **of_one},
            projection={"findings": 0},
            sort=[("connection_id", 1), ("sequence", 1)],
        )
        return [_snapshot(each) for each in found]

    async def held_since_before(self, moment: datetime) -> list[Snapshot]:
        """On hold, and received before then; without findings."""
        query = {"state": "held", "received_at": {"$lt": moment}}
        return [_snapshot(each) for each in await self._snapshots.find(query, projection={"findings": 0})]

    async def discard_orphans(self, before: datetime) -> int:
        """Delete what was staged before then for runs that are not read, held or applied any more."""
        groups: list[Document] = [
            {"$match": {"received_at": {"$lt": before}}},
            {"$group": {"_id": "$snapshot_id"}},
        ]
        staged = [each["_id"] for each in await self._staged.aggregate(groups)]
        waiting = {"_id": {"$in": staged}, "state": {"$in": ["staging", "held", "complete"]}}
        needed = {each["_id"] for each in await self._snapshots.find(waiting, projection={"_id": 1})}
        orphans = [each for each in staged if each not in needed]
        return await self._staged.delete_many({"snapshot_id": {"$in": orphans}, "received_at": {"$lt": before}})

    async def forget_findings(self, before: datetime) -> int:
        """Of runs received before then the places go; how often each was found stays."""
        query = {"received_at": {"$lt": before}, "findings.0": {"$exists": True}}
        return await self._snapshots.update_many(query, {"$set": {"findings": []}})

    async def count_held(self) -> int:
        """Snapshots that wait for a person to release them."""
        return await self._snapshots.count({"state": "held"})

    async def is_applied(self, snapshot_id: str) -> bool:
        return await self._snapshots.count({"_id": snapshot_id, "state": {"$in": ["applied", "retracted"]}}) == 1

    async def discard_abandoned(self, now: datetime) -> int:
        """Forget uploads that broke off while they were read; the same file can be sent again."""
        abandoned = await self._snapshots.find({"state": "staging", "received_at": {"$lt": now - CLAIM}})
        for each in abandoned:
            await self.discard_staged(each["_id"])
        return await self._snapshots.delete_many(
            {"_id": {"$in": [each["_id"] for each in abandoned]}, "state": "staging"}
        )


def _piece(snapshot: Snapshot, number: int) -> str:
    return f"{snapshot.snapshot_id}:{snapshot.received_at.isoformat()}:{number}"


def _snapshot(document: Document) -> Snapshot:
    return Snapshot.model_validate(document)


def _without(document: Document, *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}
