"""The service learns from what it has, keeps each model, and goes on where records cannot be compared."""

from dataclasses import dataclass

import pytest
from prometheus_client import CollectorRegistry

from services.partnership.domain.comparing import FIELDS
from services.partnership.domain.linkage.fields import COMPARED
from services.partnership.domain.linkage.model import LinkageModel
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.linkage_models import LinkageModelStore, model_without_training
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.compare_by_likeness import FAILED, compare_by_likeness
from services.partnership.use_cases.learn_likeness import LEAST, learn_likeness
from services.partnership.use_cases.settle_hires import settle_hires
from shared.access.callers import EVERYTHING
from shared.mongo import Mongo
from shared.outbox import Documents
from tests.conftest import SetClock
from tests.partnership.noisy import Season, a_season


def nobody_listens() -> None:
    """No loop watches over these."""


@dataclass
class Kept:
    staff: StaffStore
    completers: CompleterStore
    models: LinkageModelStore

    async def learns(self) -> bool:
        return await learn_likeness(
            staff=self.staff, completers=self.completers, models=self.models, alive=nobody_listens
        )

    async def compares(self) -> int:
        return await compare_by_likeness(
            staff=self.staff,
            completers=self.completers,
            models=self.models,
            metrics=PartnershipMetrics(CollectorRegistry()),
            alive=nobody_listens,
        )

    async def takes(self, season: Season, clock: SetClock) -> None:
        await self.completers.put_all(season.completers, clock())
        await self.staff.add_all(await settle_hires(season.staff, completers=self.completers))


@pytest.fixture
async def kept(mongo: Mongo, clock: SetClock) -> Kept:
    completers = CompleterStore(Documents(mongo.collection("completers"), source="partnership", relay=None))
    kept = Kept(StaffStore(mongo.collection("staff")), completers, LinkageModelStore(mongo.collection("models"), clock))
    for store in (kept.staff, kept.completers, kept.models):
        await store.ensure_indexes()
    return kept


def test_the_model_that_comes_along_knows_every_level_that_is_compared() -> None:
    model = model_without_training()
    assert model.fields == FIELDS
    assert {field: set(known) for field, known in model.chances.items()} == {
        field: set(COMPARED[field].level_names) for field in FIELDS
    }


async def test_a_registry_is_learnt_from_once_it_is_large_enough_and_again_when_it_has_grown(
    kept: Kept, clock: SetClock
) -> None:
    assert not await kept.learns()
    assert await kept.models.current() == model_without_training()
    await kept.takes(a_season(LEAST, LEAST, 5), clock)
    assert await kept.learns()
    learnt = await kept.models.current()
    assert learnt.trained_on == (LEAST, LEAST)
    assert learnt.weight("born", "equal") > 5 > 0 > learnt.weight("born", "different")
    assert not await kept.learns()


async def test_a_model_of_another_release_is_not_used(kept: Kept) -> None:
    known = model_without_training()
    other = LinkageModel(chances={**known.chances, "shoe_size": {"equal": (0.5, 0.1)}}, trained_on=(9, 9))
    await kept.models.add(other)
    assert await kept.models.current() == known
    assert await kept.models.trained_on() == (0, 0)


async def test_everybody_is_compared_and_the_right_completers_are_proposed_from_the_store(
    kept: Kept, clock: SetClock
) -> None:
    season = a_season(300, 600, 6)
    await kept.takes(season, clock)
    assert await kept.compares() > 0
    assert await kept.staff.to_compare(1) == []
    people = (await kept.staff.by_ids([each.staff_id for each in season.staff])).values()
    found = sum(
        season.truth.get(each.staff_id) in {each.completer_id, *(one.completer_id for one in each.matching.candidates)}
        for each in people
        if each.staff_id in season.truth
    )
    assert found >= 0.95 * len(season.truth)
    assert all(each.matching.candidates[0].is_certain for each in people if each.completer_id)


async def test_who_cannot_be_compared_is_left_as_exact_evidence_had_it(kept: Kept, clock: SetClock) -> None:
    known = model_without_training()
    impossible = {**known.chances, "given": {**known.chances["given"], "equal": (-1.0, 0.1)}}
    await kept.models.add(LinkageModel(chances=impossible))
    await kept.takes(a_season(40, 60, 7), clock)
    waiting = await kept.staff.to_compare(100)
    assert await kept.compares() == len(waiting) > 0
    after = await kept.staff.by_ids([each.staff_id for each in waiting])
    for each in waiting:
        matching = after[each.staff_id].matching
        assert (matching.compared_by, matching.state) == (FAILED, each.matching.state)
        assert [one.completer_id for one in matching.candidates] == [
            one.completer_id for one in each.matching.candidates
        ]
    assert await kept.staff.count_in_review(EVERYTHING) == sum(each.is_in_review for each in waiting)
