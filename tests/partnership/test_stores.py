"""The stores, on both drivers."""

from datetime import date

import pytest

from services.partnership.domain.match_keys import Known
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.staff import ExitRules, Snapped, Staff, first_seen
from services.partnership.store.staff import StaffStore
from shared.access.callers import EVERYTHING, Scope
from shared.errors import NotFound, StaleRevision
from shared.mongo import Mongo

SEEN = Sighting(source_keys=("u-1",), known=Known(given="Mei", family="Lee"), role="teacher")


@pytest.fixture(params=["motor", "pymongo"])
def mongo_driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def staff(mongo: Mongo) -> StaffStore:
    store = StaffStore(mongo.collection("staff"))
    await store.ensure_indexes()
    await store.add_all([newcomer()])
    return store


def newcomer() -> Staff:
    first = Snapped(sequence=1, day=date(2026, 9, 3))
    return first_seen("s-1", "feed", "00350000", SEEN, first, live_since=date(2026, 8, 20))


def moved(sequence: int) -> Staff:
    second = Snapped(sequence=sequence, day=date(2026, 9, 17))
    return newcomer().seen(SEEN.model_copy(update={"school_id": "00350105"}), second)


async def test_a_person_survives_a_round_trip(staff: StaffStore) -> None:
    assert await staff.get("s-1", EVERYTHING) == newcomer()
    with pytest.raises(NotFound):
        await staff.get("s-1", Scope("district", frozenset({"00490000"})))


async def test_a_snapshot_applied_twice_is_saved_once(staff: StaffStore) -> None:
    for _ in range(2):
        await staff.follow_all([moved(2)], {"s-1": newcomer()})
    kept = await staff.get("s-1", EVERYTHING)
    assert (kept.school_id, kept.revision) == ("00350105", 2)


async def test_an_older_snapshot_does_not_turn_a_person_back(staff: StaffStore) -> None:
    await staff.follow_all([moved(5)], {"s-1": newcomer()})
    await staff.follow_all(
        [newcomer().missed(Snapped(sequence=3, day=date(2026, 9, 10)), rules())], {"s-1": newcomer()}
    )
    assert (await staff.get("s-1", EVERYTHING)).status == "present"


async def test_a_decision_in_between_is_not_overwritten(staff: StaffStore) -> None:
    decided = newcomer().with_matching(newcomer().matching.without("c-1", by="reviewer", reason="no"))
    await staff.replace(decided)
    with pytest.raises(StaleRevision):
        await staff.follow_all([moved(2)], {"s-1": newcomer()})
    with pytest.raises(StaleRevision):
        await staff.replace(decided)


def rules() -> ExitRules:
    return ExitRules()
