"""What becomes of a message that does not arrive, or whose sender dies."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.partnership.domain.delivery import LONGEST_WAIT, PATIENCE, backoff
from services.partnership.store.webhooks import DeliveryStore
from shared.errors import StoreAway
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.hooking import (
    AMENDED,
    HIRED,
    HOOKS,
    asked,
    deliveries,
    subscribe,
    until,
    until_state,
    until_tried,
)
from tests.partnership.receiver import Receiver
from tests.partnership.test_stated_hires import a_hire, taken
from tests.partnership.working import OTHER_SCHOOL_CODE, Working, working
from tests.running import figures_of


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, {}), 500),
        ((302, {"location": "/elsewhere"}), 302),
        ("hangs", "127.0.0.1 took too long to answer."),
    ],
)
async def test_what_does_not_arrive_is_sent_again_under_the_same_id(
    hooked: Working, receiver: Receiver, clock: SetClock, answer: Any, said: object
) -> None:
    receiver.respond = lambda number: answer if number == 1 else (204, {})
    webhook = await subscribe(hooked, receiver)
    await taken(hooked, a_hire())
    failed = await until_tried(hooked, webhook, 1)
    (attempt,) = failed["tries"]
    assert said in (attempt["status"], attempt["said"])
    assert "secret-in-query" not in attempt["said"]
    clock.advance(timedelta(minutes=6))
    await until_state(hooked, webhook, "delivered")
    assert len(receiver.received) == 2
    assert len({each.message_id for each in receiver.received}) == 1
    assert len({each.body for each in receiver.received}) == 1
    assert receiver.received[1].verified(webhook["secret"], clock())


@pytest.mark.parametrize("answer", ["is huge", "drips"])
async def test_of_an_answer_only_its_status_counts(hooked: Working, receiver: Receiver, answer: str) -> None:
    receiver.respond = lambda _: answer
    webhook = await subscribe(hooked, receiver)
    await taken(hooked, a_hire())
    await until_state(hooked, webhook, "delivered")


async def test_a_receiver_that_asks_for_time_is_given_it(hooked: Working, receiver: Receiver, clock: SetClock) -> None:
    receiver.respond = lambda number: (429, {"retry-after": "1800"}) if number == 1 else (200, {})
    webhook = await subscribe(hooked, receiver)
    await taken(hooked, a_hire(1))
    failed = await until_tried(hooked, webhook, 1)
    assert datetime.fromisoformat(failed["next_at"]) - clock() == timedelta(minutes=30)
    clock.advance(timedelta(minutes=29))
    await taken(hooked, a_hire(2))
    await until_state(hooked, webhook, "delivered")
    assert len(receiver.received) == 2
    clock.advance(timedelta(minutes=1))
    await until_state(hooked, webhook, "delivered", 2)


async def test_after_a_day_in_vain_it_is_parked_where_all_see_it_and_can_be_replayed(
    hooked: Working, receiver: Receiver, clock: SetClock
) -> None:
    receiver.respond = lambda _: (500, {})
    webhook = await subscribe(hooked, receiver)
    await taken(hooked, a_hire())
    began, waits = clock(), []
    delivery = await until_tried(hooked, webhook, 1)
    while delivery["state"] == "waiting":
        due = datetime.fromisoformat(delivery["next_at"])
        waits.append(due - clock())
        clock.advance(due - clock())
        delivery = await until_tried(hooked, webhook, len(waits) + 1)
    assert delivery["state"] == "parked"
    assert clock() - began == PATIENCE
    assert timedelta(seconds=2.5) <= waits[0] <= timedelta(seconds=5)
    assert all(wait <= LONGEST_WAIT for wait in waits)
    assert 10 <= len(waits) <= 30
    assert (await figures_of(hooked.app, hooked.client))["webhooks_parked"] == 1
    page = await hooked.client.get(
        f"/webhooks/{webhook['webhook_id']}", headers=hooked.as_district() | {"accept": "text/html"}
    )
    assert "given up" in page.text
    receiver.respond = lambda _: (200, {})
    assert await asked(hooked, f"{webhook['webhook_id']}/replay") == {"replayed": 1}
    await until_state(hooked, webhook, "delivered")
    again = (await deliveries(hooked, webhook))[0]["delivery_id"]
    await asked(hooked, f"{webhook['webhook_id']}/deliveries/{again}/replay")
    before = len(receiver.received)

    async def is_sent_again() -> bool:
        return len(receiver.received) == before + 1

    await until(hooked, is_sent_again)
    assert len({each.message_id for each in receiver.received}) == 1


async def test_a_receiver_that_is_gone_is_sent_nothing_until_somebody_resumes_it(
    hooked: Working, receiver: Receiver
) -> None:
    receiver.respond = lambda _: (410, {})
    webhook = await subscribe(hooked, receiver)
    await taken(hooked, a_hire(1))
    await until_state(hooked, webhook, "parked")
    await taken(hooked, a_hire(2))
    await until_state(hooked, webhook, "parked", 2)
    assert len(receiver.received) == 1
    path = f"{HOOKS}/{webhook['webhook_id']}"
    shown = (await hooked.client.get(path, headers=hooked.as_district())).json()
    assert (shown["disabled_because"], bool(shown["disabled_at"])) == ("The receiver answered 410 Gone.", True)
    refused = await hooked.client.post(f"{path}/replay", json={}, headers=hooked.as_district())
    assert refused.status_code == 409
    receiver.respond = lambda _: (200, {})
    await asked(hooked, f"{webhook['webhook_id']}/resume")
    assert await asked(hooked, f"{webhook['webhook_id']}/replay") == {"replayed": 2}
    await until_state(hooked, webhook, "delivered", 2)


async def test_who_dies_between_sending_and_noting_it_sends_it_twice_under_one_id(
    hooked: Working, receiver: Receiver, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    note, is_dead = DeliveryStore.replace, False

    async def dies_when_sent(store: DeliveryStore, delivery: Any) -> None:
        nonlocal is_dead
        if delivery.state == "delivered" and not is_dead:
            is_dead = True
            raise StoreAway("The process died here.")
        await note(store, delivery)

    monkeypatch.setattr(DeliveryStore, "replace", dies_when_sent)
    webhook = await subscribe(hooked, receiver)
    await taken(hooked, a_hire())

    async def is_sent() -> bool:
        return is_dead

    await until(hooked, is_sent)
    (claimed,) = await deliveries(hooked, webhook)
    assert (claimed["state"], claimed["attempts"]) == ("waiting", 1)
    clock.advance(timedelta(seconds=61))
    await until_state(hooked, webhook, "delivered")
    assert [each.message_id for each in receiver.received] == [claimed["event_id"]] * 2


async def test_an_earlier_event_of_a_hire_is_waited_for_and_other_hires_are_not(
    hooked: Working, receiver: Receiver, clock: SetClock
) -> None:
    receiver.respond = lambda number: (500, {}) if number == 1 else (200, {})
    webhook = await subscribe(hooked, receiver)
    first = await taken(hooked, a_hire(1))
    await until_tried(hooked, webhook, 1)
    await taken(hooked, a_hire(1, school_id=OTHER_SCHOOL_CODE))
    other = await taken(hooked, a_hire(2))
    await until_state(hooked, webhook, "delivered")
    clock.advance(timedelta(seconds=5))
    await until_state(hooked, webhook, "delivered", 3)
    heard = [(event["data"]["hire_id"], event["type"]) for event in receiver.events]
    assert heard == [
        (first["hire_id"], HIRED),
        (other["hire_id"], HIRED),
        (first["hire_id"], HIRED),
        (first["hire_id"], AMENDED),
    ]


async def test_a_name_that_leads_into_our_own_network_is_not_called(
    mongo: Mongo, clock: SetClock, receiver: Receiver
) -> None:
    async with working(mongo, clock, private_addresses="allowed") as running:
        await running.bring_directory()
        webhook = await subscribe(running, receiver)
    async with working(mongo, clock, private_addresses="refused") as running:
        pinged = await asked(running, f"{webhook['webhook_id']}/ping")
    assert (pinged["outcome"], pinged["attempt"]["status"]) == ("failed", None)
    assert receiver.received == []


def test_the_wait_triples_up_to_four_hours_and_varies_by_half() -> None:
    assert [backoff(number, 0.0).total_seconds() for number in (1, 2, 3, 4)] == [5, 15, 45, 135]
    assert backoff(30, 0.0) == LONGEST_WAIT
    assert backoff(1, 0.999).total_seconds() == pytest.approx(2.5, abs=0.01)
