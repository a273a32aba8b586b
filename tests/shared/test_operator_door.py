"""The operator asks how a service is, and lets a stopped consumer go on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import RecordRefused, RuleBroken, StoreAway
from shared.events.partnership import PEOPLE
from shared.mongo import Mongo
from shared.service import Frame, Wiring, create_service
from tests.conftest import SetClock
from tests.running import running, signed_in
from tests.shared.operated import KEY, Operated, operated
from tests.shared.parts_of_a_service import settings
from tests.shared.reading import TOPIC, garbled, named, until
from tests.twice_kafka import BEGINNING, outbound


@pytest.fixture
async def service(mongo: Mongo, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Operated]:
    monkeypatch.setattr("shared.life.PARKED_LOOK_SECONDS", 0.05)
    async with operated(mongo, clock) as service:
        yield service


@pytest.fixture
async def parked(service: Operated) -> Operated:
    """`wrong` is parked, and `next` behind it."""
    service.raises["wrong"] = RuleBroken("It contradicts what we know.")
    await service.park(outbound(named("wrong")), outbound(named("next")))
    return service


@pytest.mark.parametrize("role", ["agency", "provider", "district"])
async def test_only_an_operator_is_answered(service: Operated, role: Any) -> None:
    headers = signed_in(service.app, role, "00350000")
    for method, path in (
        ("GET", "/status"),
        ("GET", "/parked"),
        ("GET", "/parked/x"),
        ("POST", "/parked/replay"),
        ("POST", "/parked/discard"),
        ("POST", "/consumer/resume"),
    ):
        for asking, status in ((headers, 403), ({}, 401)):
            answer = await service.client.request(method, f"/v1/operations{path}", headers=asking, json={})
            assert answer.status_code == status, path


async def test_the_status_of_a_service_that_is_well(service: Operated) -> None:
    async def has_begun() -> bool:
        told = await service.ask("/status")
        return bool(told["consumer"]["topics"] and told["outbox"]["sender"])

    await until(has_begun)
    status = await service.ask("/status")
    assert (status["service"], status["release"]) == ("parts", "development")
    assert {loop["name"] for loop in status["loops"]} == {"relay", "consumer", "parked", "pulse"}
    assert all(loop["failures"] == 0 and loop["idle_seconds"] < 60 for loop in status["loops"])
    assert status["consumer"]["is_reading"]
    assert status["consumer"]["stopped"] is None
    assert status["consumer"]["waiting"] == 0
    assert [topic["topic"] for topic in status["consumer"]["topics"]] == [TOPIC, PEOPLE]
    assert status["outbox"].pop("sender").count(":") == 2
    assert status["outbox"] == {"events": 0, "are_more": False, "oldest_seconds": None}
    assert status["parked"] == {"keys": 0, "events": 0, "oldest_seconds": None}
    assert status["refused"] == []
    assert status["figures"] == [{"name": "mails", "words": "mails on their way", "count": 3, "needs_somebody": False}]


async def test_the_status_tells_how_far_the_service_is_behind(
    service: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.consumer.KEEP_ALIVE_SECONDS", 0.01)
    service.clock.now = BEGINNING + timedelta(seconds=90)
    service.raises["early"] = StoreAway("MongoDB does not answer.")
    await service.kafka.publish(named("early"))

    async def is_waiting() -> bool:
        consumer = (await service.ask("/status"))["consumer"]
        behind = {topic["topic"]: (topic["records"], topic["seconds"]) for topic in consumer["topics"]}
        return bool(consumer["waiting"] == 1 and behind.get(TOPIC) == (2, 90.0))

    await until(is_waiting)
    service.raises.clear()
    await service.read_all()


async def test_the_status_counts_what_is_aboard_and_tells_what_is_refused(service: Operated) -> None:
    service.kafka.refusal = lambda record: RecordRefused("The record is too large.") if record.key == b"large" else None
    service.raises["wrong"] = RuleBroken("No.")
    await service.kafka.append([outbound(named("fine", code="a"))])
    service.kafka.refusal = lambda record: (
        RecordRefused("The record is too large.") if record.topic == "prepbridge.parts.parked" else None
    )
    await service.kafka.append([outbound(named("wrong"))])
    await service.read_all()

    async def is_refused() -> bool:
        return bool((await service.ask("/status"))["refused"])

    await until(is_refused)
    service.clock.advance(timedelta(seconds=30))
    status = await service.ask("/status")
    (refused,) = status["refused"]
    assert (refused["topic"], refused["key"], refused["reason"]) == (
        "prepbridge.parts.parked",
        KEY,
        "The record is too large.",
    )
    assert status["outbox"].items() >= {"events": 1, "are_more": False, "oldest_seconds": 30.0}.items()


async def test_the_status_is_told_while_mongodb_is_away(service: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise StoreAway("MongoDB does not answer.")

    await service.park(outbound(named("Boston")))
    monkeypatch.setattr("shared.mongo.Collection.aggregate", away)
    monkeypatch.setattr("shared.mongo.Mongo.is_away", lambda *_: True)
    assert (await service.client.get("/nowhere")).status_code == 503
    status = await service.ask("/status")
    assert (status["outbox"], status["parked"]) == (None, None)
    assert status["consumer"]["is_reading"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/parked/replay", {"topic": TOPIC, "key": KEY, "dry_run": False}),
        ("/parked/discard", {"id": "x"}),
        ("/consumer/resume", {}),
    ],
)
async def test_whoever_changes_something_says_why(parked: Operated, path: str, body: dict[str, Any]) -> None:
    before = await parked.parked_ids()
    for reason in ({}, {"reason": "  "}):
        answer = await parked.tell(path, **body, **reason)
        assert answer.status_code == 422
        assert (answer.json()["detail"], answer.json()["where"]) == ("Say why: it is kept with what is done.", "reason")
    assert await parked.parked_ids() == before


async def test_a_stopped_consumer_says_why_its_parked_events_are_open_and_it_can_be_resumed(service: Operated) -> None:
    bad = [garbled(named(f"{n}", code=f"{n}")) for n in range(20)]
    await service.kafka.append([*bad, outbound(named("good", code="good"))])
    life = service.app.state.life
    await until(lambda: life.workings.consumer.breaker.stopped is not None and "good" in service.names)
    stopped = (await service.ask("/status"))["consumer"]["stopped"]
    assert "could not be applied (Undecodable" in stopped["reason"]
    assert (await service.client.get("/health/live")).status_code == 200
    assert (await service.client.get("/health/ready")).status_code == 200

    async def are_parked() -> bool:
        return bool(await service.parked_ids())

    await until(are_parked)
    first = (await service.parked_ids())[0]
    assert (await service.tell("/parked/discard", id=first, reason="seen")).status_code == 200
    service.clock.advance(timedelta(hours=1))
    answer = await service.tell("/consumer/resume", reason="they are told")
    assert answer.json() == {"was_stopped": True}
    await service.read_all()
    consumer = (await service.ask("/status"))["consumer"]
    assert consumer["stopped"] is None
    assert (consumer["resumed"]["actor"], consumer["resumed"]["reason"]) == ("operator-person", "they are told")
    assert len(await service.parked_ids()) == 19
    assert (await service.tell("/consumer/resume", reason="again")).json() == {"was_stopped": False}


async def test_a_service_that_reads_nothing_has_nothing_to_resume(mongo: Mongo) -> None:
    async def wire(_: Frame) -> Wiring:
        return Wiring()

    app = create_service("parts", settings(), wire, mongo=mongo)
    async with running(app) as client:
        headers = signed_in(app, "operator")
        status = (await client.get("/v1/operations/status", headers=headers)).json()
        assert status["consumer"] is None
        answer = await client.post("/v1/operations/consumer/resume", json={"reason": "x"}, headers=headers)
        assert answer.status_code == 409


async def test_what_is_parked_is_a_metric(parked: Operated) -> None:
    registry = parked.app.state.registry
    await until(lambda: registry.get_sample_value("parked_events") == 2.0)
    assert registry.get_sample_value("parked_oldest_timestamp_seconds") == parked.clock().timestamp()
