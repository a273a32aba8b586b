"""A district's OneRoster system is asked over REST, and what it says is received like an upload."""

from datetime import timedelta

import pytest

from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.pulling import pulled, roster, user, user_11
from tests.partnership.sis_server import SECRET, Sis


async def test_a_pull_becomes_a_snapshot_of_staff(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster())) as feed:
        pull = await feed.pull()
        assert (pull["state"], pull["error"], pull["kind"], pull["rows"], pull["pages"]) == (
            "delivered",
            "",
            "all",
            43,
            7,
        )
        run = await feed.run_of(pull)
        assert (run["state"], run["is_baseline"], run["people_kept"]) == ("applied", True, 30)
        assert run["people_dropped"] == {"student": 10}
        assert await feed.people() == {"present": 30}


@pytest.mark.parametrize("with_links", [True, False])
@pytest.mark.parametrize("with_totals", [True, False])
@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_pages_are_turned_with_and_without_links_and_totals(
    mongo: Mongo, clock: SetClock, version: str, *, with_links: bool, with_totals: bool
) -> None:
    sis = Sis(roster(version=version), with_links=with_links, with_totals=with_totals)
    async with pulled(mongo, clock, sis) as feed:
        await feed.set_up(version=version)
        run = await feed.run_of(await feed.pull())
        assert (run["people_kept"], run["state"]) == (30, "applied")
        assert run["finding_counts"].keys() <= {"privacy.unexpected_data", "org.not_in_directory"}


async def test_a_source_that_gives_shorter_pages_than_asked_for_is_read_to_its_end(
    mongo: Mongo, clock: SetClock
) -> None:
    sis = Sis(roster(), with_links=False, with_totals=False, longest_page=5)
    async with pulled(mongo, clock, sis) as feed:
        assert (await feed.run_of(await feed.pull()))["people_kept"] == 30


async def test_nothing_of_students_and_nothing_private_is_kept(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster())) as feed:
        await feed.pull()
        kept = await feed.kept() + await feed.partnership.all_that_is_kept()
    for word in ("Child9", "Pupil", "clear-text", "617-555", "she/her", "u-900", SECRET):
        assert word not in kept
    assert "Mei50" in kept


async def test_a_new_colleague_is_found_by_asking_for_changes_only(mongo: Mongo, clock: SetClock) -> None:
    sis = Sis(roster())
    async with pulled(mongo, clock, sis) as feed:
        await feed.pull()
        sis.lists["users"].append(user(7, dateLastModified="2026-08-02T04:00:00.000Z"))
        before = len(sis.asked)
        pull = await feed.pull()
        assert (pull["kind"], (await feed.run_of(pull))["comparison"]["new"]) == ("changes", 1)
        assert await feed.people() == {"present": 31}
        filters = [each.query.get("filter") for each in sis.asked[before:] if each.path.endswith("/users")]
        assert set(filters) == {"dateLastModified>'2026-08-01T03:00:00.000Z'"}


async def test_who_is_deleted_at_the_source_is_missed_by_changes_and_found_by_reading_everything(
    mongo: Mongo, clock: SetClock
) -> None:
    sis = Sis(roster())
    async with pulled(mongo, clock, sis) as feed:
        await feed.pull()
        del sis.lists["users"][0]
        await feed.pull()
        assert await feed.people() == {"present": 30}
        clock.advance(timedelta(days=7))
        assert (await feed.pull())["kind"] == "all"
        assert await feed.people() == {"present": 29, "absent": 1}


async def test_who_is_no_longer_staff_is_taken_away_by_a_change(mongo: Mongo, clock: SetClock) -> None:
    sis = Sis(roster())
    async with pulled(mongo, clock, sis) as feed:
        await feed.pull()
        sis.lists["users"][0] = user(50, "student", dateLastModified="2026-08-03T04:00:00.000Z")
        await feed.pull()
        assert await feed.people() == {"present": 29, "absent": 1}
        assert "Mei50" not in await feed.kept()


async def test_a_source_that_does_not_filter_is_read_whole(mongo: Mongo, clock: SetClock) -> None:
    sis = Sis(roster(version="1.1"), filters=False)
    async with pulled(mongo, clock, sis) as feed:
        await feed.set_up(version="1.1")
        first = await feed.pull()
        sis.lists["users"].append(user_11(7))
        second = await feed.pull()
        assert [first["kind"], second["kind"]] == ["all", "all"]
        assert [first["error"], second["error"]] == ["", ""]
        assert await feed.people() == {"present": 31}


async def test_rows_that_come_twice_count_once(mongo: Mongo, clock: SetClock) -> None:
    people = roster(user(50), user(51))
    async with pulled(mongo, clock, Sis(people, with_totals=False)) as feed:
        assert (await feed.run_of(await feed.pull()))["people_kept"] == 30
