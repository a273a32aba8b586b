"""A document and the events that announce it are one write."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from shared.errors import StaleRevision, TooLarge
from shared.events.partnership import OrganizationChanged, OrganizationKind
from shared.mongo import Mongo
from shared.outbox import ABOARD, Documents, OutboxEntry

NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)


class Seen:
    """Keeps what is offered."""

    def __init__(self) -> None:
        self.entries: list[OutboxEntry] = []
        self.are_all: list[bool] = []

    def offer(self, documents: Documents, document_id: str, entries: Sequence[OutboxEntry], *, is_all: bool) -> None:
        self.entries.extend(entries)
        self.are_all.append(is_all)


def renamed(name: str) -> OrganizationChanged:
    return OrganizationChanged(organization_id="00350000", kinds=(OrganizationKind.DISTRICT,), name=name)


def documents(mongo: Mongo, seen: Seen | None = None) -> Documents:
    return Documents(mongo.collection("organizations"), source="partnership", relay=seen)


async def test_a_new_document_carries_its_event(mongo: Mongo) -> None:
    seen = Seen()
    organizations = documents(mongo, seen)
    assert await organizations.insert("00350000", {"revision": 1, "name": "Boston"}, renamed("Boston"), at=NOW)
    kept = await mongo.collection("organizations").find_one({"_id": "00350000"})
    assert kept is not None
    assert [OutboxEntry.of(entry) for entry in kept[ABOARD]] == seen.entries
    assert seen.entries[0].key == "00350000"
    assert dict(seen.entries[0].headers)["ce_sequence"] == b"0000000001"


async def test_the_second_insert_of_a_fact_changes_nothing_and_announces_nothing(mongo: Mongo) -> None:
    seen = Seen()
    organizations = documents(mongo, seen)
    await organizations.insert("00350000", {"revision": 1, "name": "Boston"}, renamed("Boston"), at=NOW)
    assert not await organizations.insert("00350000", {"revision": 1, "name": "Other"}, renamed("Other"), at=NOW)
    assert await organizations.get("00350000") == {"_id": "00350000", "revision": 1, "name": "Boston"}
    assert len(seen.entries) == 1


async def test_of_two_who_change_the_same_revision_one_is_too_late(mongo: Mongo) -> None:
    organizations = documents(mongo)
    await organizations.insert("00350000", {"revision": 1, "name": "Boston"}, at=NOW)
    results = await asyncio.gather(
        organizations.update("00350000", {"revision": 2, "name": "first"}, renamed("first"), at=NOW),
        organizations.update("00350000", {"revision": 2, "name": "second"}, renamed("second"), at=NOW),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "StaleRevision"]
    kept = await mongo.collection("organizations").find_one({"_id": "00350000"})
    assert kept is not None
    assert len(kept[ABOARD]) == 1


async def test_an_update_keeps_what_is_still_aboard_in_order(mongo: Mongo) -> None:
    organizations = documents(mongo)
    await organizations.insert("00350000", {"revision": 1, "name": "a"}, renamed("a"), at=NOW)
    await organizations.update("00350000", {"revision": 2, "name": "b"}, renamed("b"), at=NOW)
    kept = await mongo.collection("organizations").find_one({"_id": "00350000"})
    assert kept is not None
    assert [dict(OutboxEntry.of(entry).headers)["ce_sequence"][-1:] for entry in kept[ABOARD]] == [b"1", b"2"]


async def test_a_value_that_looks_like_an_operator_is_kept_as_it_is(mongo: Mongo) -> None:
    organizations = documents(mongo)
    await organizations.insert("a", {"revision": 1, "name": "$name"}, at=NOW)
    await organizations.update("a", {"revision": 2, "name": "$$NOW"}, at=NOW)
    assert await organizations.get("a") == {"_id": "a", "revision": 2, "name": "$$NOW"}


async def test_an_event_that_could_never_leave_is_refused_before_anything_is_written(mongo: Mongo) -> None:
    organizations = documents(mongo)
    with pytest.raises(TooLarge, match="larger than"):
        await organizations.insert("a", {"revision": 1}, renamed("x" * 300_000), at=NOW)
    assert await organizations.get("a") is None


async def test_a_stale_update_says_so(mongo: Mongo) -> None:
    organizations = documents(mongo)
    await organizations.insert("a", {"revision": 1}, at=NOW)
    with pytest.raises(StaleRevision):
        await organizations.update("a", {"revision": 5}, at=NOW)


async def test_an_event_is_all_there_is_only_if_the_document_was_read_with_nothing_aboard(mongo: Mongo) -> None:
    seen = Seen()
    mine, theirs = documents(mongo, seen), documents(mongo)
    await theirs.insert("a", {"revision": 1}, renamed("1"), at=NOW)
    await mine.get("a")
    await mine.update("a", {"revision": 2}, renamed("2"), at=NOW)
    await mine.collection.update_one({"_id": "a"}, {"$set": {ABOARD: []}})
    assert await mine.get("a") == {"_id": "a", "revision": 2}
    await mine.update("a", {"revision": 3}, renamed("3"), at=NOW)
    await mine.update("a", {"revision": 4}, renamed("4"), at=NOW)
    assert seen.are_all == [False, True, False]
