"""What a caller may see."""

import pytest

from shared.access.callers import EVERYTHING, NOTHING, Scope
from shared.errors import NotFound
from shared.mongo import Mongo


def test_the_agency_and_the_operator_see_everything() -> None:
    for scope in (Scope("agency", frozenset()), Scope("operator", frozenset()), EVERYTHING):
        assert scope.provider_filter() == {}
        assert scope.district_filter("employer") == {}
        assert scope.has_provider("30000032")
        scope.require_district("00350000")


def test_a_provider_sees_its_own_and_nothing_as_a_district() -> None:
    scope = Scope("provider", frozenset({"30000032", "30000001"}))
    assert scope.provider_filter("provider_id") == {"provider_id": {"$in": ["30000001", "30000032"]}}
    assert scope.district_filter() == NOTHING
    assert scope.has_provider("30000032")
    assert not scope.has_provider("30000033")
    with pytest.raises(NotFound):
        scope.require_district("30000032")


def test_a_caller_without_organizations_sees_nothing() -> None:
    scope = Scope("provider", frozenset())
    assert scope.provider_filter() == NOTHING


async def test_the_filter_of_nothing_finds_nothing(mongo: Mongo) -> None:
    collection = mongo.collection("things")
    await collection.insert_one({"_id": "1", "district_id": "00350000"})
    assert await collection.find(Scope("provider", frozenset({"00350000"})).district_filter()) == []
    assert len(await collection.find(Scope("district", frozenset({"00350000"})).district_filter())) == 1
