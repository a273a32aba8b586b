"""Each event is applied, skipped or parked, and only then is its offset committed."""

import asyncio
from datetime import timedelta

import pytest

from shared import context
from shared.errors import BrokerAway, RuleBroken, StoreAway
from shared.events.partnership import HireWithdrawn
from shared.reactions import Outcome
from shared.records import OutboundRecord
from tests.shared.reading import TOPIC, Reader, garbled, named, until
from tests.twice_kafka import BEGINNING, outbound


async def test_every_event_is_applied_in_the_order_of_its_key(reading: Reader) -> None:
    for name in ("first", "second", "third"):
        await reading.kafka.publish(named(name, code="a"), named(f"other {name}", code="b"))
    async with reading.running():
        await reading.read_all()
    assert [name for name in reading.applied if not name.startswith("other")] == ["first", "second", "third"]
    assert [name for name in reading.applied if name.startswith("other")] == [
        "other first",
        "other second",
        "other third",
    ]


async def test_every_event_is_delivered_twice_in_these_tests(reading: Reader) -> None:
    await reading.kafka.publish(named("once"))
    async with reading.running():
        await reading.read_all()
    assert reading.names == ["once", "once"]


async def test_events_of_different_keys_run_side_by_side(reading: Reader) -> None:
    reading.holds["slow"] = asyncio.Event()
    await reading.kafka.publish(named("slow", code="a"), named("quick", code="b"))
    async with reading.running():
        await until(lambda: "quick" in reading.names)
        assert "slow" not in reading.names
        reading.holds["slow"].set()
        await reading.read_all()
    assert set(reading.names) == {"slow", "quick"}


async def test_a_type_that_nobody_reacts_to_is_skipped(reading: Reader) -> None:
    await reading.kafka.publish(HireWithdrawn(hire_id="h", completer_id="c", reason="error"))
    async with reading.running():
        await reading.read_all()
    assert reading.count(Outcome.SKIPPED, HireWithdrawn.topic) == 2
    assert await reading.parking.waiting() == []


async def test_an_event_that_cannot_be_decoded_is_parked_and_its_neighbours_are_applied(reading: Reader) -> None:
    await reading.kafka.publish(named("before", code="a"))
    await reading.kafka.append([garbled(named("broken", code="b"))])
    await reading.kafka.publish(named("after", code="c"))
    async with reading.running():
        await reading.read_all()
    assert set(reading.applied) == {"before", "after"}
    (parked,) = await reading.parking.waiting()
    assert (parked.record.key, parked.record.value, parked.reason) == (b"b", b"{", "Undecodable")


async def test_an_event_of_an_unknown_version_is_parked(reading: Reader) -> None:
    await reading.kafka.append([garbled(named("later"), ce_type=b"partnership.organization_changed.v9")])
    async with reading.running():
        await reading.read_all()
    (parked,) = await reading.parking.waiting()
    assert parked.reason == "Undecodable"
    assert reading.names == []


async def test_a_record_without_a_type_is_parked(reading: Reader) -> None:
    await reading.kafka.append([OutboundRecord(TOPIC, b"a", b"{}", [])])
    async with reading.running():
        await reading.read_all()
    assert [parked.reason for parked in await reading.parking.waiting()] == ["Undecodable"]


async def test_an_event_that_breaks_a_rule_is_parked_at_the_first_try(reading: Reader) -> None:
    reading.raises["wrong"] = RuleBroken("This contradicts what we know.")
    await reading.kafka.publish(named("wrong"))
    async with reading.running():
        await reading.read_all()
    (parked,) = await reading.parking.waiting()
    assert (parked.reason, parked.message, parked.attempts) == ("RuleBroken", "This contradicts what we know.", 1)
    assert reading.tried == ["wrong"]


async def test_an_event_that_fails_for_an_unknown_reason_is_parked_after_three_tries(reading: Reader) -> None:
    reading.raises["odd"] = KeyError("a name that must not be told")
    await reading.kafka.publish(named("odd"))
    async with reading.running():
        await reading.read_all()
    (parked,) = await reading.parking.waiting()
    assert (parked.reason, parked.attempts) == ("KeyError", 3)
    assert "name" not in parked.message
    assert "reading.py" in parked.message
    assert reading.tried == ["odd"] * 3


async def test_later_events_of_a_parked_key_wait_behind_it(reading: Reader) -> None:
    reading.raises["wrong"] = RuleBroken("No.")
    await reading.kafka.publish(named("wrong", code="a"), named("behind", code="a"), named("free", code="b"))
    async with reading.running():
        await reading.read_all()
        await reading.kafka.publish(named("much later", code="a"))
        await reading.read_all()
    assert reading.applied == ["free"]
    parked = await reading.parking.waiting()
    assert [(event.sequence, event.reason) for event in parked] == [
        (1, "RuleBroken"),
        (2, "BehindParked"),
        (3, "BehindParked"),
    ]


async def test_a_store_that_is_away_parks_nothing(reading: Reader) -> None:
    reading.raises["early"] = StoreAway("MongoDB does not answer.")
    await reading.kafka.publish(named("early", code="a"), named("other", code="b"))
    async with reading.running():
        await until(lambda: reading.tried.count("early") >= 4)
        assert reading.registry.get_sample_value("consumer_waiting_records") == 1
        assert await reading.parking.waiting() == []
        del reading.raises["early"]
        await reading.read_all()
    assert set(reading.applied) == {"early", "other"}
    assert await reading.parking.waiting() == []


async def test_a_consumer_that_waits_stays_a_member_of_its_group(
    reading: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.consumer.KEEP_ALIVE_SECONDS", 0.01)
    reading.holds["slow"] = asyncio.Event()
    await reading.kafka.publish(named("slow"))
    async with reading.running():
        await until(lambda: reading.source is not None and reading.source.kept_alive > 3)
        reading.holds["slow"].set()
        await reading.read_all()
    assert reading.applied == ["slow"]


async def test_what_waits_for_an_outage_counts_as_lag(reading: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.consumer.KEEP_ALIVE_SECONDS", 0.01)
    reading.raises["early"] = StoreAway("MongoDB does not answer.")
    reading.now = BEGINNING + timedelta(seconds=300)
    await reading.kafka.publish(named("early"))
    async with reading.running():
        await until(lambda: 300.0 in reading.samples("consumer_lag_seconds"))
        assert 2.0 in reading.samples("consumer_lag_records")
        del reading.raises["early"]
        await reading.read_all()


async def test_a_broker_that_is_away_is_waited_for_and_its_client_replaced(reading: Reader) -> None:
    reading.kafka.is_away = True
    async with reading.running():
        await until(lambda: (reading.registry.get_sample_value("consumer_restarts_total") or 0) >= 1)
        reading.kafka.is_away = False
        await reading.kafka.publish(named("at last"))
        await reading.read_all()
    assert reading.applied == ["at last"]


async def test_a_broker_that_is_away_takes_no_records(reading: Reader) -> None:
    reading.kafka.is_away = True
    with pytest.raises(BrokerAway):
        await reading.kafka.producer().send_all([outbound(named("lost"))])
    assert reading.kafka.published == []


async def test_a_tombstone_erases_its_key(reading: Reader) -> None:
    await reading.kafka.erase(TOPIC, "00350000")
    await reading.kafka.erase(HireWithdrawn.topic, "c")
    async with reading.running():
        await reading.read_all()
    assert set(reading.erased) == {"00350000"}
    assert reading.count(Outcome.SKIPPED, HireWithdrawn.topic) == 2


async def test_a_reaction_runs_in_the_context_of_its_event(reading: Reader) -> None:
    record = outbound(named("Boston"))
    await reading.kafka.append(
        [OutboundRecord(TOPIC, record.key, record.value, [*record.headers, ("ce_correlationid", b"from-the-form")])]
    )
    async with reading.running():
        await reading.read_all()
    (told,) = reading.kafka.events(TOPIC)
    assert set(reading.contexts) == {("from-the-form", told.id)}
    assert context.origin() == context.NOWHERE


async def test_lag_is_reported_by_place(reading: Reader) -> None:
    await reading.kafka.publish(named("Boston"))
    async with reading.running():
        await reading.read_all()
    assert set(reading.samples("consumer_lag_records")) == {0.0}
    assert set(reading.samples("consumer_lag_seconds")) == {0.0}
