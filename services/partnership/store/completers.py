"""Completers, each a person of one provider, found by what another record of them may share."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from services.partnership.domain.block_keys import block_keys
from services.partnership.domain.completer import Completer
from services.partnership.domain.import_report import Tally
from services.partnership.store.shelf import Shelf
from shared.access.callers import Scope
from shared.errors import NotFound
from shared.events import Event
from shared.mongo import Document, Index, Update
from shared.outbox import Documents

KEYS_AT_ONCE = 2000
BLOCKS_AT_ONCE = 100
"""Each leads to many; others have their turn in between."""


class CompleterStore:
    """`to_match` is saved with each change, so that looking for hires again survives any crash."""

    def __init__(self, documents: Documents) -> None:
        self._collection = documents.collection
        self._shelf = Shelf(documents, Completer, _announced, _found_by)

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(
            Index(["match_keys"]),
            Index(["block_keys"]),
            Index(["provider_id"]),
            Index(["to_match"], partial={"to_match": True}),
        )

    async def put_all(self, completers: Sequence[Completer], now: datetime) -> Tally:
        return await self._shelf.put_all(completers, now)

    async def by_ids(self, ids: Iterable[str]) -> dict[str, Completer]:
        return await self._shelf.by_ids(ids)

    async def sharing(self, keys: Iterable[str]) -> dict[str, list[Completer]]:
        """Match key → the completers that have it."""
        wanted = sorted(set(keys))
        found: dict[str, list[Completer]] = {}
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            chunk = wanted[start : start + KEYS_AT_ONCE]
            for document in await self._collection.find({"match_keys": {"$in": chunk}}, projection={"_outbox": 0}):
                completer = self._shelf.read(document)
                for key in document["match_keys"]:
                    found.setdefault(key, []).append(completer)
        return found

    async def resembling(self, keys: Iterable[str]) -> list[Completer]:
        """Those who have one of the keys by which likeness is looked for."""
        wanted = sorted(set(keys))
        found: dict[str, Completer] = {}
        for start in range(0, len(wanted), BLOCKS_AT_ONCE):
            chunk = {"$in": wanted[start : start + BLOCKS_AT_ONCE]}
            for document in await self._collection.find({"block_keys": chunk}, projection={"_outbox": 0}):
                found[document["_id"]] = self._shelf.read(document)
        return [found[completer_id] for completer_id in sorted(found)]

    async def sample(self, limit: int) -> list[Completer]:
        """Some of them, the same ones each time; ids follow from facts, and are in no order that means anything."""
        found = await self._collection.find({}, projection={"_outbox": 0}, sort=[("_id", 1)], limit=limit)
        return [self._shelf.read(document) for document in found]

    async def completed_fields(self, provider_id: str, first: date, last: date) -> list[tuple[str, str | None]]:
        """Who completed a program within these days, and in which licence field: pairs of a completer and a field."""
        within = {"$gte": first.isoformat(), "$lte": last.isoformat()}
        pairs: list[Document] = [
            {"$match": {"provider_id": provider_id, "enrolments.completed_on": within}},
            {"$unwind": "$enrolments"},
            {"$match": {"enrolments.completed_on": within}},
            {"$group": {"_id": {"completer": "$_id", "field": "$enrolments.licence_field"}}},
        ]
        found = [each["_id"] for each in await self._collection.aggregate(pairs)]
        return sorted(
            ((each["completer"], each.get("field")) for each in found), key=lambda pair: (pair[0], pair[1] or "")
        )

    async def to_match(self, limit: int) -> list[tuple[Completer, int]]:
        """Completers that changed since hires were last looked for, with their revisions."""
        found = await self._collection.find({"to_match": True}, limit=limit)
        return [(self._shelf.read(document), document["revision"]) for document in found]

    async def matched(self, read: Sequence[tuple[Completer, int]]) -> None:
        """Hires have been looked for; those that have changed again since they were read stay to be matched."""
        done = {"$set": {"to_match": False}}
        updates = [Update({"_id": completer.id, "revision": revision}, done) for completer, revision in read]
        for fault in await self._collection.bulk(updates):
            if fault is not None:
                raise fault

    async def get(self, completer_id: str, scope: Scope) -> Completer:
        found = await self._collection.find_one({"_id": completer_id, **_visible(scope)})
        if found is None:
            raise NotFound("There is no such completer.")
        return self._shelf.read(found)

    async def page(self, scope: Scope, *, limit: int, skip: int) -> list[Completer]:
        return await self._shelf.page(_visible(scope), sort="candidate_identifier", limit=limit, skip=skip)

    async def count(self, scope: Scope) -> int:
        return await self._collection.count(_visible(scope))


def _visible(scope: Scope) -> Document:
    return scope.provider_filter("provider_id")


def _announced(new: Completer, old: Completer | None) -> list[Event]:
    if old is not None and old.display_name == new.display_name:
        return []
    return [new.profile_changed()]


def _found_by(completer: Completer) -> Document:
    known = completer.known
    return {"match_keys": list(known.match_keys()), "block_keys": list(block_keys(known)), "to_match": True}
