"""What is parked is listed, shown, replayed and given up; everything leaves who did it and why."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from shared.errors import RuleBroken
from shared.events.partnership import PEOPLE, CompleterProfileChanged, OrganizationChanged
from shared.mongo import Mongo
from shared.records import OutboundRecord
from tests.conftest import SetClock
from tests.running import signed_in
from tests.shared.operated import KEY, Operated, operated
from tests.shared.reading import TOPIC, named, until
from tests.twice_kafka import outbound


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


async def test_what_is_parked_is_listed_by_key(parked: Operated) -> None:
    parked.clock.advance(timedelta(minutes=5))
    await parked.park(OutboundRecord(TOPIC, b"\xff!", b"{", []))
    _, first, _ = await parked.parked_ids()  # MongoDB puts the shorter key first.
    listed = await parked.ask("/parked")
    assert (listed["keys"], listed["events"]) == (2, 3)
    oldest, other = listed["listed"]
    assert oldest == {
        "topic": TOPIC,
        "key": KEY,
        "events": 2,
        "first_id": first,
        "reason": "RuleBroken",
        "attempts": 1,
        "oldest": "2027-04-05T09:30:00Z",
        "seconds": 300.0,
    }
    assert (other["key"], other["events"], other["reason"]) == ("\\xff!", 1, "Undecodable")
    assert (await parked.ask("/parked", limit=1))["listed"] == [oldest]
    status = await parked.ask("/status")
    assert status["parked"] == {"keys": 2, "events": 3, "oldest_seconds": 300.0}


async def test_an_event_is_shown_with_its_data_and_why_it_is_parked(parked: Operated) -> None:
    shown = await parked.ask(f"/parked/{(await parked.parked_ids())[0]}")
    assert shown["data"]["name"] == "wrong"
    assert (shown["reason"], shown["message"]) == ("RuleBroken", "It contradicts what we know.")
    assert shown["headers"]["ce_type"] == OrganizationChanged.wire_name
    assert shown["history"] == []
    assert shown["withheld"] is None


async def test_bytes_that_are_no_event_are_shown_as_text(service: Operated) -> None:
    await service.park(OutboundRecord(TOPIC, b"a", b"{not \xff json", []))
    shown = await service.ask(f"/parked/{(await service.parked_ids())[0]}")
    assert shown["data"] == "{not \\xff json"


@pytest.mark.parametrize("is_structured", [False, True])
async def test_of_personal_data_only_the_names_of_the_fields_are_shown(service: Operated, is_structured: bool) -> None:
    record = outbound(CompleterProfileChanged(completer_id="c", display_name="Jane Doe"))
    if is_structured:
        attributes = {name[3:]: value.decode() for name, value in record.headers if name.startswith("ce_")}
        whole = {**attributes, "data": {"completer_id": "c", "display_name": "Jane Doe"}}
        value = httpx.Request("POST", "http://x", json=whole).content
        record = OutboundRecord(PEOPLE, b"c", value, [("content-type", b"application/cloudevents+json")])
    record = OutboundRecord(PEOPLE, b"c", record.value, [*record.headers, ("x-name", b"Jane Doe")])
    await service.park(record, OutboundRecord(PEOPLE, b"d", b"Jane Doe", []))
    readable, garbage = [await service.ask(f"/parked/{parked_id}") for parked_id in await service.parked_ids()]
    for shown in (readable, garbage):
        assert "Jane" not in str(shown)
        assert shown["withheld"]
        assert shown["data"] is None
    assert readable["fields"] == ["completer_id", "display_name"]
    assert garbage["fields"] == []


async def test_an_unknown_id_is_not_found(service: Operated) -> None:
    answer = await service.client.get("/v1/operations/parked/none", headers=signed_in(service.app, "operator"))
    assert answer.status_code == 404
    assert answer.json()["detail"] == "No event is parked under this id."
    assert (await service.tell("/parked/discard", id="none", reason="x")).status_code == 404
    answer = await service.tell("/parked/replay", topic=TOPIC, key="none")
    assert answer.status_code == 404
    assert "prepbridge parked list" in answer.json()["hint"]


async def test_a_replay_is_a_dry_run_unless_it_is_said_otherwise(parked: Operated) -> None:
    parked.raises.clear()
    answer = await parked.tell("/parked/replay", topic=TOPIC, key=KEY)
    assert answer.json()["dry_run"]
    assert [each["outcome"] for each in answer.json()["results"]] == ["applied", "applied"]
    assert parked.names == []
    assert len(await parked.parked_ids()) == 2


async def test_a_replay_goes_in_order_and_leaves_who_and_why(parked: Operated) -> None:
    parked.raises.clear()
    wrong, _ = await parked.parked_ids()
    with capture_logs() as logs:
        answer = await parked.tell("/parked/replay", topic=TOPIC, key=KEY, dry_run=False, reason="mended in 1.4")
    assert [each["outcome"] for each in answer.json()["results"]] == ["applied", "applied"]
    assert parked.names == ["wrong", "next"]
    (entry,) = (await parked.ask(f"/parked/{wrong}"))["history"]
    assert (entry["actor"], entry["reason"], entry["outcome"]) == ("operator-person", "mended in 1.4", "applied")
    audited = [line for line in logs if line["event"] == "parked_event_changed"]
    assert [line["actor"] for line in audited] == ["operator-person"] * 2
    assert "mended" not in str(logs)
    again = await parked.tell("/parked/replay", topic=TOPIC, key=KEY, dry_run=False, reason="again")
    assert again.status_code == 404
    assert parked.names == ["wrong", "next"]


async def test_a_replay_stops_at_the_first_that_fails_again(parked: Operated) -> None:
    wrong, _ = await parked.parked_ids()
    answer = await parked.tell("/parked/replay", topic=TOPIC, key=KEY, dry_run=False, reason="hope")
    assert answer.json()["results"] == [{"id": wrong, "outcome": None, "reason": "RuleBroken"}]
    assert parked.names == []


async def test_a_parked_tombstone_is_replayed_too(service: Operated) -> None:
    service.raises["erase"] = RuleBroken("No.")
    await service.park(OutboundRecord(PEOPLE, b"c", None))
    service.raises.clear()
    shown = await service.ask(f"/parked/{(await service.parked_ids())[0]}")
    assert "Jane" not in str(shown)
    await service.tell("/parked/replay", topic=PEOPLE, key="c", dry_run=False, reason="mended")
    assert service.erased == ["c"]


@pytest.mark.parametrize(("key", "words"), [(b"\xff!", "\\xff!"), (rb"\xff!", "\\xff!"), ("ä".encode(), "ä")])
async def test_a_key_is_named_as_it_is_shown(service: Operated, key: bytes, words: str) -> None:
    await service.park(OutboundRecord(TOPIC, key, b"{", []))
    assert (await service.ask("/parked"))["listed"][0]["key"] == words
    answer = await service.tell("/parked/replay", topic=TOPIC, key=words)
    assert answer.json()["results"][0]["reason"] == "Undecodable"


async def test_two_operators_who_replay_the_same_key_do_no_harm(parked: Operated) -> None:
    parked.raises.clear()
    parked.holds["wrong"] = asyncio.Event()
    both = [
        asyncio.create_task(parked.tell("/parked/replay", topic=TOPIC, key=KEY, dry_run=False, reason=f"{n}"))
        for n in range(2)
    ]
    await until(lambda: parked.tried.count("wrong") == 3)
    parked.holds["wrong"].set()
    answers = sorted([await each for each in both], key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 409]
    assert "Somebody else has replayed or discarded" in answers[1].json()["detail"]
    assert await parked.parked_ids() == []
    assert list(dict.fromkeys(parked.names)) == ["wrong", "next"]


async def test_what_is_given_up_leaves_who_and_why_and_lets_the_next_go(parked: Operated) -> None:
    wrong, _ = await parked.parked_ids()
    answer = await parked.tell("/parked/discard", id=wrong, reason="a test record")
    assert answer.json()["state"] == "discarded"
    (entry,) = answer.json()["history"]
    assert (entry["actor"], entry["reason"]) == ("operator-person", "a test record")
    await parked.tell("/parked/replay", topic=TOPIC, key=KEY, dry_run=False, reason="free")
    assert parked.names == ["next"]
