"""Webhooks: who hears of what, and how it is signed."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from shared.clock import utc_now
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.hooking import (
    AMENDED,
    ELSEWHERE,
    HIRED,
    HOOKS,
    asked,
    deliveries,
    subscribe,
    until_state,
    until_tried,
)
from tests.partnership.receiver import Receiver
from tests.partnership.test_stated_hires import a_hire, taken
from tests.partnership.working import DISTRICT_CODE, OTHER_PROVIDER, OTHER_SCHOOL_CODE, PROVIDER, Working, working
from tests.running import signed_in


async def test_a_hire_reaches_its_district_signed_and_with_ids_only(
    hooked: Working, receiver: Receiver, clock: SetClock
) -> None:
    webhook = await subscribe(hooked, receiver)
    hire = await taken(hooked, a_hire())
    await until_state(hooked, webhook, "delivered")
    (received,) = receiver.received
    event = received.verified(webhook["secret"], clock())
    assert received.headers["content-type"] == "application/cloudevents+json; charset=UTF-8"
    assert (event["specversion"], event["type"], event["id"]) == ("1.0", HIRED, received.message_id)
    assert set(event["data"]) == {"hire_id", "completer_id", "district_id", "href"}
    assert event["data"]["hire_id"] == hire["hire_id"]
    page = await hooked.client.get(event["data"]["href"], headers=hooked.as_district())
    assert page.json()["hire_id"] == hire["hire_id"]
    (told,) = hooked.kafka.events("prepbridge.hires")
    assert event["id"] == told.id


async def test_the_library_verifies_what_is_sent_now(mongo: Mongo, receiver: Receiver) -> None:
    async with working(mongo, utc_now, webhook_round_seconds=0.02) as running:
        await running.bring_directory()
        webhook = await subscribe(running, receiver)
        pinged = await asked(running, f"{webhook['webhook_id']}/ping")
    assert pinged["outcome"] == "delivered"
    (received,) = receiver.received
    verified = Webhook(webhook["secret"]).verify(received.body, received.headers)
    assert (verified["type"], verified["data"]) == ("webhook.ping.v1", {"webhook_id": webhook["webhook_id"]})
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook["secret"]).verify(received.body + b" ", received.headers)


async def test_each_hears_of_what_it_may_see(hooked: Working, receiver: Receiver) -> None:
    owners = {
        "agency": hooked.as_agency(),
        "district": hooked.as_district(),
        "another district": hooked.as_district(ELSEWHERE),
        "provider": hooked.as_provider(PROVIDER),
        "another provider": hooked.as_provider(OTHER_PROVIDER),
    }
    hooks = {name: await subscribe(hooked, receiver, who, description=name) for name, who in owners.items()}
    await taken(hooked, a_hire())
    await until_state(hooked, hooks["agency"], "delivered")
    await hooked.kafka.until_read("partnership", "prepbridge.hires")
    heard = {name: len(await deliveries(hooked, hook)) for name, hook in hooks.items()}
    assert heard == {"agency": 1, "district": 1, "another district": 0, "provider": 1, "another provider": 0}


async def test_only_the_chosen_events_are_sent_and_those_of_a_hire_in_order(
    hooked: Working, receiver: Receiver
) -> None:
    every, chosen = (
        await subscribe(hooked, receiver),
        await subscribe(hooked, receiver, event_types=[AMENDED]),
    )
    hire = await taken(hooked, a_hire())
    await taken(hooked, a_hire(school_id=OTHER_SCHOOL_CODE))
    await taken(hooked, a_hire(school_id=OTHER_SCHOOL_CODE, ended_on="2026-12-01"))
    body = {"mistake": "did_not_happen", "reason": "a mistake"}
    await hooked.client.post(f"/v1/hires/{hire['hire_id']}/withdraw", json=body, headers=hooked.as_district())
    await until_state(hooked, every, "delivered", 4)
    await until_state(hooked, chosen, "delivered", 1)
    sequences = {each["event_id"]: each["sequence"] for each in await deliveries(hooked, every)}
    assert {each["event_type"] for each in await deliveries(hooked, chosen)} == {AMENDED}
    theirs = [event for event in receiver.events if event["type"] != AMENDED]
    assert [sequences[event["id"]] for event in theirs] == [1, 3, 4]


async def test_a_webhook_hears_nothing_of_what_happened_before_it(
    hooked: Working, receiver: Receiver, clock: SetClock
) -> None:
    await taken(hooked, a_hire(1))
    await hooked.told()
    clock.advance(timedelta(seconds=1))
    webhook = await subscribe(hooked, receiver)
    await taken(hooked, a_hire(2))
    await until_state(hooked, webhook, "delivered")
    assert len(await deliveries(hooked, webhook)) == 1


async def test_during_a_rotation_both_secrets_sign_and_afterwards_the_new_one(
    hooked: Working, receiver: Receiver, clock: SetClock
) -> None:
    webhook = await subscribe(hooked, receiver)
    rotated = await asked(hooked, f"{webhook['webhook_id']}/rotate-secret", overlap_hours=2)
    assert (rotated["secret"] != webhook["secret"], rotated["secrets_in_use"]) == (True, 2)
    await asked(hooked, f"{webhook['webhook_id']}/ping")
    clock.advance(timedelta(hours=2))
    await asked(hooked, f"{webhook['webhook_id']}/ping")
    during, after = receiver.received
    for secret in (webhook["secret"], rotated["secret"]):
        assert during.verified(secret, clock() - timedelta(hours=2))
    assert after.verified(rotated["secret"], clock())
    with pytest.raises(WebhookVerificationError):
        after.verified(webhook["secret"], clock())


async def test_secrets_are_shown_once_and_kept_sealed(hooked: Working, receiver: Receiver) -> None:
    webhook = await subscribe(hooked, receiver)
    assert webhook["secret"].startswith("whsec_")
    (kept,) = await hooked.mongo.collection("webhooks").find({})
    assert webhook["secret"].removeprefix("whsec_")[:20] not in str(kept)
    for path in (HOOKS, f"{HOOKS}/{webhook['webhook_id']}", "/webhooks", f"/webhooks/{webhook['webhook_id']}"):
        answer = await hooked.client.get(path, headers=hooked.as_district())
        assert answer.status_code == 200
        assert "whsec_" not in answer.text


async def test_a_foreign_webhook_does_not_exist(hooked: Working, receiver: Receiver) -> None:
    webhook = await subscribe(hooked, receiver)
    both = signed_in(hooked.app, "district", DISTRICT_CODE, ELSEWHERE)
    shared = await subscribe(hooked, receiver, both)
    for who in (hooked.as_district(ELSEWHERE), hooked.as_provider()):
        assert (await hooked.client.get(HOOKS, headers=who)).json() == []
        for method, path in (("GET", ""), ("GET", "/deliveries"), ("POST", "/ping"), ("DELETE", "")):
            path = f"{HOOKS}/{webhook['webhook_id']}{path}"
            assert (await hooked.client.request(method, path, headers=who)).status_code == 404
    mine = await hooked.client.get(HOOKS, headers=hooked.as_district())
    assert [each["webhook_id"] for each in mine.json()] == [webhook["webhook_id"]]
    assert (await hooked.client.get(f"{HOOKS}/{shared['webhook_id']}", headers=both)).status_code == 200


async def test_a_removed_webhook_leaves_nothing(hooked: Working, receiver: Receiver) -> None:
    receiver.respond = lambda _: (500, {})
    webhook = await subscribe(hooked, receiver)
    await taken(hooked, a_hire())
    await until_tried(hooked, webhook, 1)
    gone = await hooked.client.delete(f"{HOOKS}/{webhook['webhook_id']}", headers=hooked.as_district())
    assert (gone.status_code, gone.content) == (204, b"")
    assert await hooked.mongo.collection("webhooks").count({}) == 0
    assert await hooked.mongo.collection("deliveries").count({}) == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/in",
        "https://10.0.0.7/in",
        "https://[::1]/in",
        "https://169.254.169.254/latest",
        "https://localhost/in",
        "https://name:word@hooks.example/in",
        "ftp://hooks.example/in",
        "hooks.example/in",
    ],
)
async def test_addresses_of_our_own_network_and_plain_http_are_refused(mongo: Mongo, clock: SetClock, url: str) -> None:
    async with working(mongo, clock, private_addresses="refused") as running:
        answer = await running.client.post(HOOKS, json={"url": url}, headers=running.as_agency())
        assert (answer.status_code, answer.json()["where"]) == (422, "url")
        assert await running.mongo.collection("webhooks").count({}) == 0
