"""The stores, on both drivers."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.partnership.domain.episodes import Chronicle, ExitRules
from services.partnership.domain.match_keys import Known
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.staff import Staff, first_seen
from services.partnership.domain.timeline import Snapped
from services.partnership.store.staff import StaffStore
from shared.access.callers import EVERYTHING, Scope
from shared.errors import NotFound, StaleRevision
from shared.mongo import Mongo

SEEN = Sighting(source_keys=("u-1",), known=Known(given="Mei", family="Lee"), role="teacher")

NOW = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture(params=["motor", "pymongo"])
def mongo_driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def staff(mongo: Mongo) -> StaffStore:
    store = StaffStore(mongo.collection("staff"))
    await store.ensure_indexes()
    await store.add_all([newcomer()])
    return store


def snapped(sequence: int) -> Snapped:
    return Snapped(sequence=sequence, day=date(2026, 9, 3) + timedelta(days=sequence))


def chronicle(*sequences: int) -> Chronicle:
    return Chronicle(tuple(snapped(each) for each in sequences), date(2026, 8, 20), ExitRules())


def newcomer() -> Staff:
    return first_seen("s-1", "feed", "00350000", SEEN, snapped(1), chronicle(0, 1))


def moved(person: Staff, sequence: int) -> Staff:
    elsewhere = SEEN.model_copy(update={"school_id": "00350105", "digest": "2"})
    return person.after(elsewhere, snapped(sequence), chronicle(0, 1, sequence))


async def test_a_person_survives_a_round_trip(staff: StaffStore) -> None:
    assert await staff.get("s-1", EVERYTHING) == newcomer()
    with pytest.raises(NotFound):
        await staff.get("s-1", Scope("district", frozenset({"00490000"})))


async def test_a_snapshot_applied_twice_is_saved_once(staff: StaffStore) -> None:
    await staff.follow_all([moved(newcomer(), 2)], {"s-1": newcomer()})
    with pytest.raises(StaleRevision):
        await staff.follow_all([moved(newcomer(), 2)], {"s-1": newcomer()})
    kept = await staff.get("s-1", EVERYTHING)
    assert (kept.school_id, kept.revision) == ("00350105", 2)
    assert moved(kept, 2) is kept


async def test_a_decision_in_between_is_not_overwritten(staff: StaffStore) -> None:
    decided = newcomer().with_matching(newcomer().matching.without("c-1", by="reviewer", reason="no", now=NOW))
    await staff.replace(decided)
    with pytest.raises(StaleRevision):
        await staff.follow_all([moved(newcomer(), 2)], {"s-1": newcomer()})
    with pytest.raises(StaleRevision):
        await staff.replace(decided)
