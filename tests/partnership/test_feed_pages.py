"""How a feed is, in words; connect one by form, and say otherwise how its system spells things."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.feed_health import FeedState, feed_health
from services.partnership.domain.pull import Pull
from services.partnership.domain.snapshot import Snapshot
from services.partnership.web.mapping_form import entered, shown
from tests.conftest import SetClock
from tests.partnership.rosters import a_user
from tests.partnership.working import DISTRICT_CODE, FEED, Working, staff_of

NOW = datetime(2026, 9, 20, 8, 0, tzinfo=UTC)
PAGE = {"accept": "text/html"}


def a_run(days_ago: float, state: str = "applied", received: float | None = None) -> Snapshot:
    seen = NOW - timedelta(days=days_ago)
    return Snapshot.model_validate(
        {
            "snapshot_id": f"{state}-{days_ago}",
            "connection_id": FEED,
            "district_id": DISTRICT_CODE,
            "content_hash": "",
            "sequence": int(seen.timestamp() * 1000),
            "observed_at": seen,
            "received_at": NOW - timedelta(days=days_ago if received is None else received),
            "state": state,
        }
    )


@pytest.mark.parametrize(
    ("runs", "state"),
    [
        ([], "nothing_yet"),
        ([a_run(1)], "healthy"),
        ([a_run(8.1)], "stale"),
        ([a_run(1, "held"), a_run(2)], "waiting"),
        ([a_run(1, "rejected"), a_run(2)], "failing"),
        ([a_run(1, "complete"), a_run(2)], "working"),
        ([a_run(1, "refused"), a_run(2)], "healthy"),
        ([a_run(1, "refused")], "nothing_yet"),
        ([a_run(1, "rejected", received=3), a_run(2)], "healthy"),
    ],
)
def test_a_feed_is_told_in_a_word(runs: list[Snapshot], state: FeedState) -> None:
    assert feed_health(runs, [], NOW).state == state


def test_a_failing_feed_says_since_when_and_how_often() -> None:
    health = feed_health([a_run(1, "rejected"), a_run(2, "rejected"), a_run(3), a_run(4, "rejected")], [], NOW)
    assert (health.state, health.failures, health.since) == ("failing", 2, NOW - timedelta(days=2))
    assert health.run is not None
    assert health.run.snapshot_id == "rejected-1"


def a_pull(days_ago: float, state: str = "failed", snapshot_id: str | None = None) -> Pull:
    at = NOW - timedelta(days=days_ago)
    asked = {"pull_id": f"{state}-{days_ago}", "connection_id": FEED, "district_id": DISTRICT_CODE}
    told = {"source": "oneroster-rest", "wanted_at": at, "due_at": at, "next_try_at": None, "state": state}
    return Pull.model_validate({**asked, **told, "ended_at": at, "snapshot_id": snapshot_id})


@pytest.mark.parametrize(
    ("runs", "pulls", "state", "failures"),
    [
        ([], [a_pull(1), a_pull(2)], "not_pulled", 2),
        ([a_run(4)], [a_pull(1), a_pull(2), a_pull(3, "delivered"), a_pull(4)], "not_pulled", 2),
        ([a_run(2)], [a_pull(0.1, "waiting"), a_pull(0.5, "cancelled"), a_pull(1)], "not_pulled", 1),
        ([a_run(9)], [a_pull(1), a_pull(9, "delivered")], "not_pulled", 1),
        ([a_run(1)], [a_pull(1, "delivered"), a_pull(2)], "healthy", 0),
        ([a_run(1)], [a_pull(2)], "healthy", 0),
        ([a_run(1, "rejected")], [a_pull(1, snapshot_id="rejected-1")], "failing", 1),
        ([a_run(2, "held"), a_run(3)], [a_pull(1)], "waiting", 0),
        ([a_run(2, "complete"), a_run(3)], [a_pull(1)], "not_pulled", 1),
    ],
)
def test_a_feed_whose_pulls_bring_nothing_says_so_until_something_comes(
    runs: list[Snapshot], pulls: list[Pull], state: FeedState, failures: int
) -> None:
    health = feed_health(runs, pulls, NOW)
    assert (health.state, health.failures) == (state, failures)


def test_a_mapping_is_the_same_after_the_form() -> None:
    mapping = ConnectionMapping(roles={"Dean": "assistant-principal"}, organization_codes={"s = 17": "00350105"})
    assert entered(shown(mapping), mapping) == (mapping, {})


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("roles", "Dean", "Line 1: write it as “their word = our word”."),
        ("roles", "\nDean = headmaster", "Line 2: to the right of the sign may stand teacher,"),
        ("id_types", "MEPID = mepid", "Line 1: to the right of the sign may stand state_id,"),
        ("time_zone", "Boston", "Write a time zone"),
        ("state_id_digits", "eight", "Write how many digits"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_told_at_its_field(field: str, text: str, said: str) -> None:
    known = ConnectionMapping()
    mapping, errors = entered(shown(known) | {field: text}, known)
    assert mapping == known
    assert set(errors) == {field}
    assert errors[field].startswith(said)


async def connect(partnership: Working, **fields: str) -> Any:
    form = shown(ConnectionMapping()) | {"source": "oneroster-csv", "district_id": DISTRICT_CODE} | fields
    return await partnership.client.post("/connect-feed", data=form, headers=PAGE | partnership.as_district())


async def test_a_district_connects_a_feed_by_form(partnership: Working) -> None:
    done = await connect(partnership, connection_id="second", roles="Dean = assistant-principal")
    assert (done.status_code, done.headers["location"]) == (303, "/feeds/second")
    made = (await partnership.client.get("/v1/feeds/second", headers=partnership.as_district())).json()
    assert made["mapping"]["roles"] == {"Dean": "assistant-principal"}
    page = (await partnership.client.get("/feeds/second", headers=PAGE | partnership.as_district())).text
    assert "nothing received yet" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"connection_id": "No Name!"}, "Use 2 to 63 small letters"),
        ({"connection_id": FEED}, "A feed of this name is connected already."),
        ({"connection_id": "other", "district_id": "00490000"}, "There is no such district."),
        ({"connection_id": "other", "source": "paper"}, "Choose what your system sends."),
        ({"connection_id": "other", "roles": "Dean"}, "Line 1: write it as"),
    ],
)
async def test_what_is_wrong_stands_on_the_form(partnership: Working, fields: dict[str, str], said: str) -> None:
    refused = await connect(partnership, **fields)
    assert refused.status_code == 422
    assert said in refused.text
    assert "Error: Connect a feed" in refused.text


async def test_a_changed_mapping_holds_from_the_next_export_on(partnership: Working) -> None:
    new = a_user(1, userIds="{Badge:10000001}")
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(1, staff_of(new))
    assert await partnership.hires() == []
    page, who = f"/feeds/{FEED}/mapping", PAGE | partnership.as_district()
    assert "It holds from the next delivery on" in (await partnership.client.get(page, headers=who)).text
    wrong = await partnership.client.post(page, data={"id_types": "Badge"}, headers=who)
    assert (wrong.status_code, "Line 1: write it as" in wrong.text) == (422, True)
    done = await partnership.client.post(page, data={"id_types": "Badge = state_id"}, headers=who)
    assert done.status_code == 303
    kept = (await partnership.client.get(f"/v1/feeds/{FEED}", headers=partnership.as_district())).json()
    assert kept["mapping"]["id_types"] == {"Badge": "state_id"}
    assert kept["mapping"]["time_zone"] == "America/New_York"
    assert kept["mapping_changed_by"] == "district-person"
    await partnership.applied(2, staff_of(new))
    assert len(await partnership.hires()) == 1


async def test_the_mapping_is_changed_by_its_own_district_only(partnership: Working) -> None:
    body = ConnectionMapping(district_code=DISTRICT_CODE, file_prefix="x-").model_dump(mode="json")
    for who, status in (
        (partnership.as_district("00490000"), 404),
        (partnership.as_provider(), 403),
        (partnership.as_district(), 200),
    ):
        answer = await partnership.client.put(f"/v1/feeds/{FEED}/mapping", json=body, headers=who)
        assert answer.status_code == status


async def test_the_feed_page_tells_what_is_on_hold_and_why(partnership: Working, clock: SetClock) -> None:
    who = PAGE | partnership.as_district()
    await partnership.applied(0, staff_of())
    assert "stale" in (await partnership.client.get("/feeds", headers=who)).text
    run = (await partnership.upload(10, staff_of(before=range(50, 65)))).json()
    page = (await partnership.client.get(f"/feeds/{FEED}", headers=who)).text
    assert "waiting for release" in page
    assert "15 of 30 people are gone." in page
    assert f'href="/feeds/{FEED}/runs/{run["run_id"]}"' in page
    assert "Look at it, release or reject" in page
