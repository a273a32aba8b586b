"""The read model is made again from the topics while it is being served, and what differs is told."""

import asyncio

import pytest

from deploy.local.broker import Broker
from services.analytics.domain.disposition import FactKind
from services.analytics.store.generations import Generations
from services.analytics.use_cases import rebuild_model as rebuilding_module
from services.analytics.use_cases.compare_models import Kind
from services.analytics.use_cases.rebuild_model import Ended, Rebuilt, Step, alone, drop_retired
from shared.errors import BrokerAway, Conflict
from shared.events.survey import SURVEYS
from shared.lease import Lease
from tests.analytics.events import issued
from tests.analytics.facts import a_fact
from tests.analytics.rebuilding import Rebuilding, emptied, until
from tests.running import signed_in

pytestmark = [pytest.mark.broker, pytest.mark.parametrize("mongo_driver", ["motor"], indirect=True)]


async def test_the_rebuilt_model_equals_the_served_one_while_events_keep_arriving(at_work: Rebuilding) -> None:
    told = 20
    stop = asyncio.Event()

    async def keep_telling() -> None:
        nonlocal told
        while not stop.is_set():
            await at_work.tell(*(issued(f"{number}") for number in range(told, told + 10)))
            told += 10
            await asyncio.sleep(0.02)

    telling = asyncio.create_task(keep_telling())
    rebuilt = await at_work.rebuild(settle_seconds=10.0)
    assert (rebuilt.ended, rebuilt.difference.counts) == (Ended.SWAPPED, {})
    assert told > 100

    async def only_the_new_one_grows() -> bool:
        return len(await at_work.ids(1)) < len(await at_work.ids(rebuilt.generation))

    await until(only_the_new_one_grows)
    stop.set()
    await telling
    await at_work.until_issued(told)
    assert len(await at_work.ids(rebuilt.generation)) == told + 12


async def test_what_was_corrupted_is_named_and_mended_by_the_swap(at_work: Rebuilding) -> None:
    leaf_id = (await at_work.mongo.collection("leaves").find({"campaign_id": at_work.campaign_id}))[0]["_id"]
    (fact,) = await at_work.mongo.collection("facts").find(
        {"survey_id": f"{at_work.campaign_id}-3", "kind": "submitted"}
    )
    await at_work.mongo.collection("leaves").update_one({"_id": leaf_id}, {"$set": {"tally.dispositions.issued": 800}})
    await at_work.mongo.collection("facts").update_one({"_id": fact["_id"]}, {"$set": {"answers.readiness": 5}})
    await at_work.until_issued(812)
    compared = await at_work.rebuild(only_compare=True)
    assert compared.ended is Ended.COMPARED
    assert compared.difference.counts == {("facts", Kind.CHANGED): 1, ("leaves", Kind.CHANGED): 1}
    named = {found.id: found.fields for found in compared.difference.deviations}
    assert named == {leaf_id: ("tally",), fact["_id"]: ("answers",)}
    assert (await at_work.results()).json()["state"]["issued"] == 812

    rebuilt = await at_work.rebuild()
    assert rebuilt.difference.counts == compared.difference.counts
    await at_work.until_issued(20)
    assert (await at_work.rebuild(only_compare=True)).difference.counts == {}


async def test_a_model_that_lost_facts_gets_them_back(at_work: Rebuilding) -> None:
    await at_work.mongo.collection("facts").delete_many({"kind": "submitted"})
    rebuilt = await at_work.rebuild()
    assert rebuilt.ended is Ended.SWAPPED
    assert set(rebuilt.difference.counts) == {("facts", Kind.GAINED)}
    await until(lambda: at_work.serves(rebuilt.generation))
    assert (await at_work.results()).json()["state"]["answered"] == 12


async def test_what_the_topics_no_longer_tell_is_not_given_up_unless_that_is_asked_for(at_work: Rebuilding) -> None:
    lost = a_fact(FactKind.ISSUED, "of an event that the topic lost")
    await at_work.model(1).facts.keep(lost)
    await at_work.at_rest(facts=32)
    refused = await at_work.rebuild()
    assert (refused.ended, refused.difference.lost) == (Ended.REFUSED, 1)
    assert lost.fact_id in {found.id for found in refused.difference.deviations}
    pointer = await Generations(at_work.mongo).pointer()
    assert (pointer.serving, pointer.building) == (1, None)
    assert await at_work.ids(refused.generation) == set()

    accepted = await at_work.rebuild(accept_loss=True)
    assert accepted.ended is Ended.SWAPPED
    pointer = await Generations(at_work.mongo).pointer()
    assert pointer.serving == accepted.generation == refused.generation + 1
    notes = [(note["actor"], note["reason"], note["outcome"], note["differs"]) for note in pointer.history]
    differs = {"facts.lost": 1, "leaves.lost": 1}
    assert notes == [("an operator", "a test", outcome, differs) for outcome in ("refused", "swapped")]


async def test_a_topic_that_was_emptied_takes_nothing_with_it(at_work: Rebuilding, broker: Broker) -> None:
    if broker.kind == "tansu":
        pytest.skip("not run: Tansu does not delete records")
    await emptied(broker, SURVEYS)
    refused = await at_work.rebuild()
    assert refused.ended is Ended.REFUSED
    assert refused.difference.counts["facts", Kind.LOST] >= 32
    assert (await at_work.results()).json()["state"]["issued"] == 20


async def test_a_rebuild_that_cannot_reach_kafka_changes_nothing(at_work: Rebuilding) -> None:
    with pytest.raises(BrokerAway):
        await at_work.rebuild(bootstrap="127.0.0.1:9")
    pointer = await Generations(at_work.mongo).pointer()
    assert (pointer.serving, pointer.building) == (1, None)
    assert (await at_work.results()).json()["state"]["issued"] == 20


async def test_doors_answer_all_the_time_and_never_less_than_before(
    at_work: Rebuilding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding_module, "DRAINED_SECONDS", 1.0)
    answers: list[tuple[int, int]] = []
    stop = asyncio.Event()

    async def keep_asking() -> None:
        while not stop.is_set():
            answer = await at_work.results()
            page = await at_work.client.get(
                f"/campaigns/{at_work.campaign_id}", headers=signed_in(at_work.app, "agency")
            )
            issued = answer.json()["state"]["issued"] if answer.status_code == 200 else -1
            answers.append((max(answer.status_code, page.status_code), issued))
            await asyncio.sleep(0.01)

    asking = asyncio.create_task(keep_asking())
    rebuilt = await at_work.rebuild()
    assert await drop_retired(at_work.generations) == 1
    stop.set()
    await asking
    assert len(answers) > 20
    assert set(answers) == {(200, 20)}
    assert await at_work.ids(1) == set()
    assert len(await at_work.ids(rebuilt.generation)) == 32


async def test_of_two_rebuilds_at_once_the_second_is_refused_in_plain_words(
    at_work: Rebuilding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding_module, "LEASE_SECONDS", 1.0)
    leases = at_work.mongo.collection("leases")
    begun, let_go = asyncio.Event(), asyncio.Event()

    async def slowly() -> Rebuilt:
        begun.set()
        await let_go.wait()
        return await at_work.rebuild()

    first = asyncio.create_task(alone(Lease(leases, "rebuild", "one"), slowly))
    await begun.wait()
    with pytest.raises(Conflict, match="Another rebuild is running"):
        await alone(Lease(leases, "rebuild", "another"), at_work.rebuild)
    assert not first.done()
    let_go.set()
    assert (await first).ended is Ended.SWAPPED
    assert (await alone(Lease(leases, "rebuild", "another"), at_work.rebuild)).ended is Ended.SWAPPED


async def test_a_rebuild_that_lost_its_lease_ends_without_having_changed_anything(
    at_work: Rebuilding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding_module, "LEASE_SECONDS", 0.1)
    leases = at_work.mongo.collection("leases")

    def tell(_step: Step, _done: int, _of: int) -> None:
        taking.append(asyncio.create_task(leases.update_one({"_id": "rebuild"}, {"$set": {"holder": "another"}})))

    taking: list[asyncio.Task[int]] = []
    with pytest.raises(Conflict, match="has changed nothing"):
        await alone(Lease(leases, "rebuild", "one"), lambda: at_work.rebuild(tell=tell))
    pointer = await Generations(at_work.mongo).pointer()
    assert (pointer.serving, pointer.building) == (1, None)
    await asyncio.gather(*taking)
