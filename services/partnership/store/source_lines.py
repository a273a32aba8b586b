"""What each feed's source last said about its staff, in packed lines, so that its next delta can be read on top of it.

Staff only. A set's lines are written before it is complete, under its attempt's own ids, so that a process that dies
leaves nothing that counts; those that are not needed any more go when a later set has been applied.
"""

import zlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from services.partnership.domain.snapshot import Snapshot
from shared.mongo import Collection, Filter, Index

FASTEST = 1


class SourceLines:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(Index(["connection_id", "received_at"]), Index(["snapshot_id"]))

    async def keep(self, snapshot: Snapshot, number: int, lines: Sequence[str]) -> None:
        """Keep a piece of what an attempt read."""
        piece = {
            "snapshot_id": snapshot.snapshot_id,
            "connection_id": snapshot.connection_id,
            "received_at": snapshot.received_at,
            "packed": zlib.compress("\n".join(lines).encode(), FASTEST),
        }
        await self._collection.update_one({"_id": _piece(snapshot, number)}, {"$set": piece}, upsert=True)

    async def of(self, snapshot: Snapshot) -> AsyncIterator[list[str]]:
        """The pieces, in order; each line is JSON. Ask first whether they are whole."""
        for number in range(snapshot.line_pieces or 0):
            piece = await self._collection.find_one({"_id": _piece(snapshot, number)})
            yield zlib.decompress(piece["packed"]).decode().split("\n") if piece else []

    async def are_whole(self, snapshot: Snapshot) -> bool:
        """Whether all of its pieces are there."""
        return snapshot.line_pieces is not None and await self._collection.count(_of(snapshot)) == snapshot.line_pieces

    async def discard_older(self, snapshot: Snapshot, kept: Sequence[Snapshot]) -> None:
        """Of its connection, all that was received before it but what these snapshots keep."""
        await self._collection.delete_many(
            {
                "connection_id": snapshot.connection_id,
                "received_at": {"$lte": snapshot.received_at},
                "snapshot_id": {"$nin": [each.snapshot_id for each in kept]},
            }
        )

    async def forget(self, before: datetime) -> int:
        """Of the connections that have delivered nothing since then; how many pieces."""
        newest = {"$group": {"_id": "$connection_id", "received_at": {"$max": "$received_at"}}}
        silent = await self._collection.aggregate([newest, {"$match": {"received_at": {"$lt": before}}}])
        return await self._collection.delete_many({"connection_id": {"$in": [each["_id"] for each in silent]}})

    async def discard_attempt(self, snapshot: Snapshot) -> None:
        await self._collection.delete_many(_of(snapshot))


def _of(snapshot: Snapshot) -> Filter:
    return {"snapshot_id": snapshot.snapshot_id, "received_at": snapshot.received_at}


def _piece(snapshot: Snapshot, number: int) -> str:
    return f"{snapshot.snapshot_id}:{snapshot.received_at.isoformat()}:{number}"
