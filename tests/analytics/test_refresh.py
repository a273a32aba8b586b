"""Leaves follow from their facts, whatever is killed between keeping a fact, marking its leaf and making it anew."""

import random

import pytest
from prometheus_client import CollectorRegistry

from services.analytics.domain.disposition import FactKind
from services.analytics.domain.fact import PARTS, Fact, part_of
from services.analytics.domain.tally import Tally, tally_of
from services.analytics.store.facts import fact_document
from services.analytics.store.generations import ReadModel
from services.analytics.use_cases import refresh_leaves as refreshing
from services.analytics.use_cases.refresh_leaves import refresh_leaves, rest_after
from shared import fault
from shared.mongo import Mongo
from tests.analytics.facts import a_fact, a_leaf


@pytest.fixture
async def model(mongo: Mongo) -> ReadModel:
    first = ReadModel(mongo, 1)
    await first.ensure_indexes()
    return first


def lives(surveys: int, *, provider_id: str = "provider-1") -> list[Fact]:
    """Issued all, and two of three answered."""
    leaf = a_leaf(provider_id)
    ids = [f"{provider_id}-{number}" for number in range(surveys)]
    return [a_fact(FactKind.ISSUED, survey_id, leaf=leaf) for survey_id in ids] + [
        a_fact(FactKind.SUBMITTED, survey_id, leaf=leaf, answers={"readiness": 1 + number % 5})
        for number, survey_id in enumerate(ids)
        if number % 3
    ]


async def kept(model: ReadModel) -> dict[str, Tally]:
    return {leaf.provider_id: tally for leaf, tally in await model.leaves.of_campaign("hiring-2027")}


async def test_leaves_are_made_of_what_was_kept(model: ReadModel) -> None:
    told = {name: lives(5, provider_id=name) for name in ("provider-1", "provider-2")}
    for fact in [fact for facts in told.values() for fact in facts]:
        assert await model.facts.keep(fact)
    assert await refresh_leaves(model) == 2
    assert await kept(model) == {name: tally_of(facts) for name, facts in told.items()}
    assert await refresh_leaves(model) == 0


async def test_a_fact_whose_leaf_was_not_marked_is_counted_when_it_is_delivered_again(
    model: ReadModel, mongo: Mongo
) -> None:
    (fact,) = lives(1)
    await mongo.collection("facts").insert_one(fact_document(fact))
    assert await refresh_leaves(model) == 0
    assert not await model.facts.keep(fact)
    assert await refresh_leaves(model) == 1
    assert (await kept(model))["provider-1"].roster == 1


@pytest.mark.parametrize("point", ["analytics.leaf_made", "analytics.leaves_made"])
async def test_a_mark_outlives_a_crash_before_its_leaf_is_done(model: ReadModel, point: str) -> None:
    facts = lives(4)
    for fact in facts:
        await model.facts.keep(fact)
    fault.arm(f"{point}:1:raise", CollectorRegistry())
    try:
        with pytest.raises(fault.FaultRaised):
            await refresh_leaves(model)
    finally:
        fault.arm("", CollectorRegistry())
    assert await refresh_leaves(model) == 1
    assert await kept(model) == {"provider-1": tally_of(facts)}


async def test_a_fact_that_comes_while_its_leaf_is_made_has_a_mark_of_its_own(model: ReadModel) -> None:
    first, second = lives(2)[:2]
    await model.facts.keep(first)
    seen = await model.facts.touched()
    await model.facts.keep(second)
    await model.facts.made_anew(seen)
    assert await refresh_leaves(model) == 1
    assert (await kept(model))["provider-1"].roster == 2


async def test_a_refresher_that_slept_does_not_undo_what_a_later_one_made(model: ReadModel) -> None:
    facts = lives(3)
    for fact in facts:
        await model.facts.keep(fact)
    await refresh_leaves(model)
    await model.leaves.put([(a_leaf(), tally_of(facts[:2]), 2)])
    assert await kept(model) == {"provider-1": tally_of(facts)}


async def test_a_large_leaf_is_the_sum_of_its_parts_however_its_facts_come(
    model: ReadModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "LARGE_LEAF", 40)
    monkeypatch.setattr(refreshing, "AT_ONCE", 30)
    facts = lives(100)
    chance = random.Random(7)
    chance.shuffle(facts)
    told: list[Fact] = []
    while facts:
        some, facts = facts[:23], facts[23:]
        again = chance.sample(told, min(5, len(told)))
        for fact in some + again:
            await model.facts.keep(fact)
        told += some
        await refresh_leaves(model)
        assert await kept(model) == {"provider-1": tally_of(told)}
    assert len(await model.leaves.parts_of(a_leaf().leaf_id)) > PARTS / 2


async def test_of_a_large_leaf_only_the_part_that_changed_is_read(
    model: ReadModel, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "LARGE_LEAF", 10)
    for fact in lives(30):
        await model.facts.keep(fact)
    for _ in range(2):  # From then on it is known to be large.
        await model.facts.keep(a_fact(FactKind.ISSUED, "provider-1-0"))
        await refresh_leaves(model)
    late = a_fact(FactKind.DECLINED, "provider-1-0", reason="left")
    elsewhere = a_fact(FactKind.ISSUED, "of another part, and never marked")
    assert part_of(elsewhere.survey_id) != part_of(late.survey_id)
    await mongo.collection("facts").insert_one(fact_document(elsewhere))
    await model.facts.keep(late)
    await refresh_leaves(model)
    tally = (await kept(model))["provider-1"]
    assert (tally.roster, tally.answered, tally.reasons) == (30, 20, {"left": 1})


def test_counting_rests_longer_the_longer_it_took_and_never_so_long_that_it_seems_dead() -> None:
    assert [rest_after(took, seconds=1.0) for took in (0.01, 1.0, 60.0)] == [1.0, 4.0, 10.0]
