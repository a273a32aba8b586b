"""What is forgotten, when, and that somebody who returns afterwards is still told apart from somebody new."""

import asyncio
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry

from services.partnership.domain.retention import Keeping, hidden_by
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.mirror import MirrorStore
from services.partnership.use_cases.forget import forget
from services.partnership.use_cases.pull_feed import PullStores
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.pulling import pulled, roster
from tests.partnership.rosters import a_role, a_user
from tests.partnership.sis_server import Sis
from tests.partnership.working import FEED, FIRST_DAY, Working, staff_of, working

KEEPING = Keeping(people=90, held_runs=60, findings=400, sources=180)
GONE = [a_role(1, endDate="2026-09-01")]
"""The role of the first user, over."""


async def round_of(partnership: Working, day: int) -> None:
    """The daily round, so many days after the first snapshot."""
    wired = partnership.wired
    metrics = PartnershipMetrics(CollectorRegistry())
    stores = PullStores(
        wired.feeds,
        wired.pulling.credentials,
        wired.pulling.pulls,
        MirrorStore(partnership.mongo.collection("mirrors"), partnership.mongo.collection("mirrored")),
    )
    await forget(KEEPING, staff=wired.staff, stores=stores, metrics=metrics, now=FIRST_DAY + timedelta(days=day))


async def left(partnership: Working) -> None:
    """Somebody works, and has left on September 1."""
    person = a_user(1, familyName="Marker-Person", email="marker@district.example")
    await partnership.applied(0, staff_of(person))
    await partnership.applied(14, staff_of(person, roles=GONE))


async def test_who_left_and_is_no_completer_is_forgotten_after_a_time(partnership: Working) -> None:
    await left(partnership)
    await round_of(partnership, 100)
    assert "Marker" in await partnership.all_that_is_kept()
    await round_of(partnership, 104)
    kept = await partnership.all_that_is_kept()
    assert "Marker" not in kept
    assert "marker" not in kept
    assert "10000001" not in kept
    assert "'u-1'" not in kept
    assert await partnership.wired.staff.count_of(FEED) == {"present": 30, "exited": 1}


async def test_who_returns_after_being_forgotten_is_a_rehire_and_nobody_new(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await left(partnership)
    await round_of(partnership, 200)
    run = await partnership.applied(210, staff_of(a_user(1)))
    assert run["comparison"]["unknown_keys"] == 0
    assert await partnership.wired.staff.count_of(FEED) == {"present": 31}
    (hire,) = await partnership.hires()
    assert (hire["variant"], hire["episode"]) == ("rehired", 2)


async def test_a_completer_who_left_and_whoever_is_there_are_not_forgotten(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(1, staff_of(a_user(1)))
    await partnership.applied(14, staff_of(a_user(1), roles=GONE))
    await round_of(partnership, 400)
    kept = await partnership.all_that_is_kept()
    assert "mlee1@district.example" in kept
    assert "mlee50@district.example" in kept


async def test_a_run_that_nobody_released_is_rejected_and_what_it_staged_is_gone(
    partnership: Working, clock: SetClock
) -> None:
    await partnership.applied(0, staff_of())
    run = (await partnership.upload(10, staff_of(before=range(50, 65)))).json()
    received = (clock.now - FIRST_DAY).days
    await round_of(partnership, received + 59)
    assert await partnership.mongo.collection("staged").count({}) == 1
    await round_of(partnership, received + 62)
    assert await partnership.mongo.collection("staged").count({}) == 0
    path = f"/v1/feeds/{FEED}/runs/{run['run_id']}"
    found = (await partnership.client.get(path, headers=partnership.as_district())).json()
    assert (found["state"], found["refused_by"]) == ("refused", "retention")
    assert found["refuse_reason"] == "Nobody released it within 60 days."


async def test_of_old_runs_the_places_go_and_the_counts_stay(partnership: Working, clock: SetClock) -> None:
    roles = [a_role(1), a_role(2, userSourcedId="u-1", orgSourcedId="nowhere")]
    run = await partnership.applied(0, staff_of(a_user(1), roles=roles))
    await round_of(partnership, (clock.now - FIRST_DAY).days + 402)
    path = f"/feeds/{FEED}/runs/{run['run_id']}"
    found = (await partnership.client.get("/v1" + path, headers=partnership.as_district())).json()
    assert (found["findings"], found["finding_counts"]["role.unknown_org"]) == ([], 1)
    page = await partnership.client.get(path, headers={"accept": "text/html", **partnership.as_district()})
    assert "The places are not kept any more." in page.text


async def test_pieces_that_belong_to_no_run_that_waits_are_deleted(partnership: Working) -> None:
    staged = partnership.mongo.collection("staged")
    old = datetime(2026, 1, 1, tzinfo=UTC)
    await staged.insert_one({"_id": "left-behind", "snapshot_id": "gone", "received_at": old, "people": []})
    await round_of(partnership, 0)
    assert await staged.count({}) == 0


async def test_what_the_source_said_goes_when_its_feed_has_been_silent_for_long(
    partnership: Working, clock: SetClock
) -> None:
    lines = partnership.mongo.collection("source_lines")
    for days_ago in (300, 30):
        received = clock.now - timedelta(days=days_ago)
        await lines.insert_one({"_id": f"{days_ago}", "connection_id": "other", "received_at": received})
    await partnership.applied(0, staff_of())
    today = (clock.now - FIRST_DAY).days
    await round_of(partnership, today + 149)
    assert (await lines.count({"connection_id": "other"}), await lines.count({"connection_id": FEED})) == (2, 1)
    await round_of(partnership, today + 179)
    assert (await lines.count({"connection_id": "other"}), await lines.count({"connection_id": FEED})) == (0, 1)
    await round_of(partnership, today + 182)
    assert await lines.count({}) == 0


async def test_rows_that_were_pulled_go_when_they_are_old_and_the_next_pull_reads_everything(
    mongo: Mongo, clock: SetClock
) -> None:
    clock.now = FIRST_DAY
    async with pulled(mongo, clock, Sis(roster())) as feed:
        assert (await feed.pull())["kind"] == "all"
        await round_of(feed.partnership, 181)
        assert await mongo.collection("mirrored").count({}) == 0
        assert (await feed.pull())["kind"] == "all"
        assert (await feed.pull())["kind"] == "changes"


async def test_the_service_does_it_by_itself_every_day(mongo: Mongo, clock: SetClock) -> None:
    clock.now = FIRST_DAY + timedelta(days=14)
    async with working(mongo, clock) as partnership:
        await partnership.bring_directory()
        await partnership.connect()
        await left(partnership)
        clock.advance(timedelta(days=95))
        async with asyncio.timeout(20):
            while "Marker" in await partnership.all_that_is_kept():
                await partnership.kafka.until_grown(0.05)


def test_a_hidden_key_stays_hidden_and_follows_from_the_secret() -> None:
    hide = hidden_by("secret")
    assert hide(hide("u-1")) == hide("u-1") != hidden_by("other")("u-1")
    assert "u-1" not in hide("u-1")
