"""A process that dies anywhere between upload and hire: what is found afterwards is what would have been."""

from functools import partial
from io import BytesIO
from typing import Any

import pytest

from services.partnership.domain.roster_zip import RosterLimits
from services.partnership.use_cases.apply_snapshot import apply_snapshot
from services.partnership.use_cases.receive_snapshot import receive_snapshot
from services.partnership.use_cases.take_snapshot import take_snapshot
from shared.access.callers import EVERYTHING
from shared.errors import StoreAway
from shared.events.partnership import CompleterHired, EmploymentEnded, HireAmended
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.rosters import a_role, a_user
from tests.partnership.working import FEED, FIRST_DAY, Working, staff_of, working
from tests.twice_kafka import TwiceKafka

TEACHERS = [a_role(number, userSourcedId=f"u-{number}", beginDate="2026-08-27") for number in (1, 2, 3)]


def a_new_year() -> BytesIO:
    return staff_of(a_user(1), a_user(2), a_user(3), roles=TEACHERS)


class Died(Exception):
    """The process is no more."""


async def outcome(partnership: Working) -> Any:
    """What counts: the hires, the people, and what was told."""
    await partnership.told()
    hires = await partnership.mongo.collection("hires").find({}, sort=[("_id", 1)])
    staff = await partnership.mongo.collection("staff").find({}, projection={"revision": 0}, sort=[("_id", 1)])
    told = [event.model_dump_json() for event in await partnership.told(CompleterHired, HireAmended, EmploymentEnded)]
    return hires, staff, sorted(told)


async def prepared(partnership: Working) -> None:
    await partnership.bring_directory()
    await partnership.connect()
    await partnership.bring_completers(1, 2, 3)
    await partnership.applied(0, staff_of())


def dying_after(calls: int, verb: Any) -> Any:
    """A store's verb that works so many times; then the process dies before the next."""
    done = 0

    async def carried_out(*arguments: Any, **named: Any) -> Any:
        nonlocal done
        if done == calls:
            raise Died
        done += 1
        return await verb(*arguments, **named)

    return carried_out


@pytest.mark.parametrize(
    ("store", "verb", "calls"),
    [
        ("hires", "add", 0),
        ("hires", "add", 1),
        ("staff", "follow_all", 0),
        ("staff", "add_all", 0),
        ("feeds", "move", 0),
        ("feeds", "discard_staged", 0),
    ],
)
async def test_a_process_that_dies_while_applying_is_made_up_for(
    mongo: Mongo, clock: SetClock, monkeypatch: pytest.MonkeyPatch, store: str, verb: str, calls: int
) -> None:
    async with working(mongo, clock) as partnership:
        await prepared(partnership)
        await partnership.applied(14, a_new_year())
        clean = await outcome(partnership)
    await mongo.drop()
    kafka = TwiceKafka()
    async with working(mongo, clock, kafka, recovery_seconds=3600) as partnership:
        await prepared(partnership)
        dying = getattr(partnership.wired, store)
        monkeypatch.setattr(dying, verb, dying_after(calls, getattr(dying, verb)))
        assert (await partnership.upload(14, a_new_year())).status_code == 500
    monkeypatch.undo()
    async with working(mongo, clock, kafka) as partnership:
        await finished(partnership)
        assert await outcome(partnership) == clean


async def test_an_upload_that_broke_off_while_staging_can_be_sent_again(
    mongo: Mongo, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(mongo, clock) as partnership:
        await prepared(partnership)
        feeds = partnership.wired.feeds
        monkeypatch.setattr(feeds, "stage", dying_after(0, feeds.stage))
        assert (await partnership.upload(14, a_new_year())).status_code == 500
        monkeypatch.undo()
        assert await partnership.hires() == []
        again = await partnership.applied(14, a_new_year())
        assert again["hires_told"] == 3


async def test_applying_twice_at_once_is_applying_once(partnership: Working) -> None:
    await partnership.bring_completers(1, 2, 3)
    await partnership.applied(0, staff_of())
    wired = partnership.wired
    connection = await wired.feeds.connection(FEED, EVERYTHING)
    kept: dict[str, Any] = {
        "feeds": wired.feeds,
        "staff": wired.staff,
        "directory": wired.directory,
        "metrics": wired.metrics,
    }
    receive = partial(receive_snapshot, limits=RosterLimits(), **kept)

    async def twice(*_feed: Any, now: Any) -> None:
        for snapshot in await wired.feeds.unfinished():
            for _attempt in range(2):
                await apply_snapshot(snapshot, completers=wired.completers, hires=wired.hires, now=now, **kept)

    run = await take_snapshot(
        a_new_year(),
        connection,
        observed_at=FIRST_DAY.replace(month=9),
        forced=False,
        receive=receive,
        finish=twice,
        feeds=wired.feeds,
        now=wired.clock(),
    )
    assert run.state == "applied"
    assert len(await partnership.told(CompleterHired)) == 3


async def test_a_database_that_is_away_leaves_nothing_half_read(
    partnership: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    await partnership.bring_completers(1, 2, 3)
    await partnership.applied(0, staff_of())

    async def away(*_: Any, **__: Any) -> None:
        raise StoreAway("MongoDB does not answer.")

    monkeypatch.setattr(partnership.wired.feeds, "stage", away)
    refused = await partnership.upload(14, a_new_year())
    assert refused.status_code == 503
    monkeypatch.undo()
    assert (await partnership.applied(14, a_new_year()))["hires_told"] == 3


async def finished(partnership: Working) -> None:
    """Until the recovery loop has found and applied what was left."""
    while await partnership.wired.feeds.unfinished():
        await partnership.kafka.until_grown(0.02)
