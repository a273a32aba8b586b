"""Pulls as runs: by calendar and by hand, cancelled, taken up again; and credentials that nobody reads."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.partnership.domain.credentials import Credentials
from services.partnership.domain.pull import Pull, wanted
from services.partnership.store.credentials import CredentialStore
from services.partnership.store.pulls import CLAIM, PullStore
from services.partnership.web.api_pulls import pull_report
from shared.access.callers import EVERYTHING
from shared.errors import Misconfigured
from shared.mongo import Mongo
from shared.seal import Seal
from tests.conftest import SetClock
from tests.partnership.pulling import Pulled, pulled, roster, until
from tests.partnership.sis_server import KEY, SECRET, Asked, Reply, Sis, serving
from tests.partnership.working import FEED, settings, working

NOW = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
DAILY = {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["04:00"]}


def a_pull(connection_id: str = FEED, *, by: str | None = "somebody", due_at: datetime = NOW) -> Pull:
    return wanted(connection_id, "00350000", "oneroster-rest", due_at, NOW, by=by)


async def hold(feed: Pulled) -> asyncio.Event:
    """From now on the source answers about users only once the event is set."""
    go, right = asyncio.Event(), feed.sis.reply

    async def waiting(asked: Asked) -> Reply:
        if asked.path.endswith("/users"):
            await go.wait()
        return await right(asked)

    feed.sis.reply = waiting  # type: ignore[method-assign]
    return go


async def until_asked(feed: Pulled, path: str = "/users") -> None:
    async def is_asked() -> bool:
        return bool(feed.sis.of(path))

    await until(is_asked)


async def test_the_calendar_pulls_when_it_is_time_and_once(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster())) as feed:
        clock.now = datetime(2027, 4, 5, 12, 0, tzinfo=UTC)
        await feed.set_up(calendar=DAILY)
        pulls = feed.partnership.wired.pulling.pulls
        await feed.rounds()
        assert await pulls.pulls(FEED, EVERYTHING) == []
        clock.now = datetime(2027, 4, 6, 8, 0, tzinfo=UTC)

        async def is_delivered() -> bool:
            return any(each.state == "delivered" for each in await pulls.pulls(FEED, EVERYTHING))

        await until(is_delivered)
        clock.advance(timedelta(hours=2))
        await feed.rounds()
        (pull,) = await pulls.pulls(FEED, EVERYTHING)
        assert (pull.wanted_by, pull.due_at) == (None, datetime(2027, 4, 6, 8, 0, tzinfo=UTC))
        assert await feed.people() == {"present": 30}


async def test_a_pull_can_be_cancelled_while_it_runs_and_wanted_again(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster())) as feed:
        go = await hold(feed)
        wanted = await feed.post("pulls")
        await until_asked(feed)
        again = await feed.partnership.client.post(f"/v1/feeds/{FEED}/pulls", headers=feed.partnership.as_district())
        assert again.status_code == 409
        assert again.json()["detail"] == "This feed is being pulled already."
        cancelled = await feed.post(f"pulls/{wanted['pull_id']}/cancel")
        assert (cancelled["state"], cancelled["cancelled_by"]) == ("cancelled", "district-person")
        go.set()
        assert (await feed.pull())["state"] == "delivered"
        assert (await feed.told(wanted["pull_id"]))["state"] == "cancelled"
        assert len(await feed.runs()) == 1


async def test_a_service_that_stops_in_the_middle_goes_on_where_it_was(mongo: Mongo, clock: SetClock) -> None:
    sis = Sis(roster())
    stuck, over = asyncio.Event(), asyncio.Event()
    right = sis.reply

    async def sticks(asked: Asked) -> Reply:
        if asked.path.endswith("/users") and asked.offset == 14 and not over.is_set():
            stuck.set()
            await over.wait()
        return await right(asked)

    sis.reply = sticks  # type: ignore[method-assign]
    async with serving(sis):
        async with working(mongo, clock, pull_round_seconds=0.05) as partnership:
            await partnership.bring_directory()
            await partnership.connect(source="oneroster-rest")
            first = Pulled(partnership, sis, clock)
            await first.set_up()
            wanted = await first.post("pulls")
            await asyncio.wait_for(stuck.wait(), 30)
        over.set()
        before = len(sis.of("/users"))
        async with working(mongo, clock, pull_round_seconds=0.05) as partnership:
            second = Pulled(partnership, sis, clock)
            assert (await second.settled(wanted["pull_id"]))["state"] == "delivered"
            assert [each.offset for each in sis.of("/users")[before:]] == [14, 21, 28, 35]
            assert await second.people() == {"present": 30}
            assert len(await second.runs()) == 1


async def test_one_pull_of_a_feed_is_open_at_a_time_and_claimed_by_one(mongo: Mongo) -> None:
    store = PullStore(mongo.collection("pulls"))
    await store.ensure_indexes()
    assert await store.add(a_pull())
    assert not await store.add(a_pull(by="somebody else"))
    assert await store.add(a_pull("cambridge"))
    claims = [await store.claim(NOW) for _ in range(3)]
    assert sorted(each.connection_id for each in claims if each) == ["boston", "cambridge"]
    assert claims[2] is None


async def test_who_lost_a_pull_saves_nothing_any_more(mongo: Mongo) -> None:
    store = PullStore(mongo.collection("pulls"))
    await store.add(a_pull())
    first = await store.claim(NOW)
    assert first
    second = await store.claim(NOW + CLAIM)
    assert second
    assert (first.takes, second.takes) == (1, 2)
    assert not await store.save(first.delivered("late", NOW), NOW)
    assert not await store.beat(first, NOW)
    assert await store.beat(second, NOW + CLAIM)
    assert await store.cancel(second.cancelled("somebody", NOW))
    assert not await store.save(second.delivered("too late", NOW), NOW)
    assert (await store.pull(FEED, second.pull_id, EVERYTHING)).state == "cancelled"


async def test_the_same_run_of_the_calendar_seen_twice_is_one_pull(mongo: Mongo) -> None:
    store = PullStore(mongo.collection("pulls"))
    await store.ensure_indexes()
    assert await store.add(a_pull(by=None))
    pull = await store.claim(NOW)
    assert pull
    await store.save(pull.delivered("s", NOW), NOW)
    assert not await store.add(a_pull(by=None))
    assert await store.last_due_by_calendar() == {FEED: NOW}
    assert await store.last_good() == {FEED: NOW}


async def test_credentials_are_kept_sealed_and_open_only_for_their_feed(mongo: Mongo) -> None:
    collection = mongo.collection("credentials")
    store = CredentialStore(collection, Seal("a key for tests", service="partnership"))
    given = Credentials.model_validate({"client_id": KEY, "client_secret": SECRET})
    await store.keep(FEED, given, by="somebody", now=NOW)
    assert SECRET not in str(await collection.find({}))
    assert KEY not in str(await collection.find({}))
    assert SECRET not in f"{given!r} {given} {given.model_dump_json()}"
    opened = await store.credentials(FEED)
    assert opened
    assert opened.client_secret.get_secret_value() == SECRET
    (kept,) = await collection.find({})
    await collection.insert_one({**kept, "_id": "other"})
    with pytest.raises(Misconfigured):
        await store.credentials("other")
    with pytest.raises(Misconfigured, match="PARTNERSHIP_SEAL_KEY"):
        await CredentialStore(collection, Seal("another key", service="partnership")).credentials(FEED)


async def test_credentials_are_never_read_again_through_a_door(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster())) as feed:
        await feed.pull()
        client, who = feed.partnership.client, feed.partnership.as_district()
        for path in ("", "/credentials", "/pulls", "/runs"):
            answer = await client.get(f"/v1/feeds/{FEED}{path}", headers=who)
            assert answer.status_code == 200
            assert SECRET not in answer.text
            assert KEY not in answer.text
        for path in ("", "/pulling"):
            page = await client.get(f"/feeds/{FEED}{path}", headers=who)
            assert page.status_code == 200
            assert SECRET not in page.text
            assert KEY not in page.text
        wrong = await client.put(f"/v1/feeds/{FEED}/credentials", json={"client_id": SECRET}, headers=who)
        assert wrong.status_code == 422
        assert SECRET not in wrong.text


async def test_naming_another_host_lets_nobody_have_the_credentials(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster())) as feed:
        client, who = feed.partnership.client, feed.partnership.as_district()
        same = feed.settings(page_size=50)
        assert (await client.put(f"/v1/feeds/{FEED}/pull", json=same, headers=who)).status_code == 200
        assert (await client.get(f"/v1/feeds/{FEED}/credentials", headers=who)).status_code == 200
        other = feed.settings(base_url="https://evil.example/v1p2")
        assert (await client.put(f"/v1/feeds/{FEED}/pull", json=other, headers=who)).status_code == 200
        assert (await client.get(f"/v1/feeds/{FEED}/credentials", headers=who)).status_code == 404
        answer = await client.post(f"/v1/feeds/{FEED}/pulls", headers=who)
        assert (answer.status_code, answer.json()["detail"]) == (409, "We have no credentials for this feed's system.")


async def test_forgotten_credentials_end_the_pulls_until_there_are_others(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster(), misbehaves=lambda *_: (500, {}, b""))) as feed:
        waiting = await feed.pull()
        assert waiting["state"] == "waiting"
        client, who, where = feed.partnership.client, feed.partnership.as_district(), f"/v1/feeds/{FEED}"
        for _ in range(2):
            assert (await client.delete(f"{where}/credentials", headers=who)).status_code == 204
        assert (await client.get(f"{where}/credentials", headers=who)).status_code == 404
        assert (await feed.told(waiting["pull_id"]))["state"] == "cancelled"
        assert (await client.post(f"{where}/pulls", headers=who)).status_code == 409
        feed.sis.misbehaves = None
        await feed.give_credentials()
        assert (await feed.pull())["state"] == "delivered"


async def test_credentials_stay_where_the_pull_has_just_ended(
    mongo: Mongo, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def has_ended(_pulls: PullStore, _cancelled: Pull) -> bool:
        return False

    async with pulled(mongo, clock, Sis(roster(), misbehaves=lambda *_: (500, {}, b""))) as feed:
        await feed.pull()
        client, who, where = feed.partnership.client, feed.partnership.as_district(), f"/v1/feeds/{FEED}/credentials"
        monkeypatch.setattr(PullStore, "cancel", has_ended)
        assert (await client.delete(where, headers=who)).status_code == 409
        assert (await client.get(where, headers=who)).status_code == 200


async def test_another_district_sees_and_does_nothing(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster())) as feed:
        pull = await feed.pull()
        client, stranger = feed.partnership.client, feed.partnership.as_district("00490000")
        where = f"/v1/feeds/{FEED}"
        credentials = {"client_id": "a", "client_secret": "b"}
        answers = [
            await client.get(f"{where}/pulls", headers=stranger),
            await client.get(f"{where}/pulls/{pull['pull_id']}", headers=stranger),
            await client.get(f"{where}/credentials", headers=stranger),
            await client.post(f"{where}/pulls", headers=stranger),
            await client.post(f"{where}/pulls/{pull['pull_id']}/cancel", headers=stranger),
            await client.put(f"{where}/credentials", json=credentials, headers=stranger),
            await client.put(f"{where}/pull", json=feed.settings(), headers=stranger),
            await client.delete(f"{where}/credentials", headers=stranger),
            await client.get(f"/feeds/{FEED}/pulling", headers=stranger),
        ]
        assert [each.status_code for each in answers] == [404] * len(answers)
        kept = await client.get(f"{where}/credentials", headers=feed.partnership.as_district())
        assert kept.status_code == 200


async def test_private_addresses_are_called_in_development_only_unless_allowed() -> None:
    assert settings().calls_private_addresses
    assert not settings(private_addresses="refused").calls_private_addresses


async def test_a_source_in_our_own_network_is_refused_where_that_is_set(mongo: Mongo, clock: SetClock) -> None:
    sis = Sis(roster())
    async with pulled(mongo, clock, sis, private_addresses="refused") as feed:
        pull = await feed.pull()
        assert pull["state"] == "failed"
        assert pull["error"] == "127.0.0.1 would be asked without encryption."
        assert sis.asked == []
        assert pull_report(a_pull()).keys().isdisjoint({"cursor", "generation"})


async def test_how_late_the_feeds_are_is_measured_by_kind(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster())) as feed:
        clock.now = datetime(2027, 4, 5, 12, 0, tzinfo=UTC)
        await feed.set_up(calendar=DAILY)
        await feed.pull()
        registry = feed.partnership.app.state.registry
        labels = {"source": "oneroster-rest"}
        feed.sis.misbehaves = lambda *_: (500, {}, b"")
        clock.now = datetime(2027, 4, 9, 8, 0, tzinfo=UTC)

        async def is_measured() -> bool:
            late: float | None = registry.get_sample_value("partnership_pull_overdue_seconds", labels)
            return late == 3 * 86400

        await until(is_measured)
        assert registry.get_sample_value("partnership_pull_age_seconds", labels) == 3 * 86400 + 14 * 3600
        assert registry.get_sample_value("partnership_pulls_total", {**labels, "outcome": "delivered"}) == 1
