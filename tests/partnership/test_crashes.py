"""A process that dies anywhere between upload and hire: what is found afterwards is what would have been."""

import asyncio
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.partnership.domain.roster_zip import RosterLimits
from services.partnership.metrics import PartnershipMetrics
from services.partnership.use_cases.apply_snapshot import apply_snapshot
from services.partnership.use_cases.finish_snapshots import Turns, finish_feed
from services.partnership.use_cases.receive_snapshot import receive_snapshot
from services.partnership.use_cases.take_snapshot import take_snapshot
from shared.access.callers import EVERYTHING
from shared.errors import StaleRevision, StoreAway
from shared.events.partnership import CompleterHired, EmploymentEnded, HireAmended
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.rosters import a_role, a_user
from tests.partnership.working import (
    ASSOCIATION_HEADER,
    CANDIDATE_HEADER,
    FEED,
    FIRST_DAY,
    OTHER_PROVIDER,
    Working,
    a_candidate,
    a_completion,
    as_file,
    staff_of,
    working,
)
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
        "metrics": PartnershipMetrics(CollectorRegistry()),
    }
    receive = partial(receive_snapshot, limits=RosterLimits(), **kept)
    apply = partial(apply_snapshot, completers=wired.completers, hires=wired.hires, **kept)

    async def twice(feed: str, now: Any) -> None:
        """As two processes do it, neither of which knows of the other's turn."""
        processes = [finish_feed(feed, feeds=wired.feeds, apply=apply, turns=Turns(), now=now) for _ in range(2)]
        await asyncio.gather(*processes)

    run = await take_snapshot(
        a_new_year(),
        connection,
        observed_at=FIRST_DAY.replace(month=9),
        forced=False,
        receive=receive,
        finish=twice,
        turns=Turns(),
        feeds=wired.feeds,
        now=wired.clock(),
    )
    assert run.state == "applied"
    assert len(await partnership.told(CompleterHired)) == 3
    assert await wired.staff.count_of(FEED) == {"present": 33}


async def test_who_comes_late_to_a_snapshot_that_was_applied_takes_nobody_for_missing(partnership: Working) -> None:
    await partnership.applied(0, staff_of())
    wired = partnership.wired
    (applied,) = await wired.feeds.runs(EVERYTHING, FEED)
    with pytest.raises(StaleRevision):
        await apply_snapshot(
            applied,
            feeds=wired.feeds,
            staff=wired.staff,
            completers=wired.completers,
            hires=wired.hires,
            directory=wired.directory,
            metrics=PartnershipMetrics(CollectorRegistry()),
            now=wired.clock(),
        )
    assert await wired.staff.count_of(FEED) == {"present": 30}


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


async def test_an_upload_that_is_sent_again_while_it_is_read_is_one_run(partnership: Working) -> None:
    await partnership.bring_completers(1, 2, 3)
    await partnership.applied(0, staff_of())
    answers = await asyncio.gather(*(partnership.upload(14, a_new_year()) for _ in range(3)))
    assert {answer.json()["run_id"] for answer in answers} == {answers[0].json()["run_id"]}
    assert {answer.json()["state"] for answer in answers} == {"applied"}
    assert await partnership.wired.staff.count_of(FEED) == {"present": 33}
    assert len(await partnership.told(CompleterHired)) == 3
    assert await partnership.mongo.collection("staged").find({}) == []


async def test_of_two_reviewers_who_decide_at_once_one_is_heard(partnership: Working) -> None:
    await partnership.bring_completers(1)
    twin = as_file(CANDIDATE_HEADER, [a_candidate(1, EducationOrganizationId=OTHER_PROVIDER)])
    completed = as_file(ASSOCIATION_HEADER, [a_completion(1, EducationOrganizationId=OTHER_PROVIDER)])
    await partnership.bring("completers", twin, completed)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    (doubtful,) = await partnership.to_review()
    answers = await asyncio.gather(
        *(
            partnership.client.post(
                f"/v1/matches/{doubtful['staff_id']}/confirm",
                json={"completer_id": candidate["completer_id"], "reason": "I know her."},
                headers=partnership.as_district(),
            )
            for candidate in doubtful["matching"]["candidates"]
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await partnership.told(CompleterHired)) == 1


async def test_a_process_that_dies_after_a_reviewers_word_tells_the_hire_later(
    mongo: Mongo, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(mongo, clock, recovery_seconds=3600) as partnership:
        await prepared(partnership)
        await partnership.applied(14, staff_of(a_user(1, userIds="")))
        (doubtful,) = await partnership.to_review()
        hires = partnership.wired.hires
        monkeypatch.setattr(hires, "add", dying_after(0, hires.add))
        chosen = {"completer_id": doubtful["matching"]["candidates"][0]["completer_id"], "reason": "I know her."}
        address = f"/v1/matches/{doubtful['staff_id']}/confirm"
        answer = await partnership.client.post(address, json=chosen, headers=partnership.as_district())
        assert answer.status_code == 500
    async with working(mongo, clock) as partnership:
        while not await partnership.hires():
            await partnership.kafka.until_grown(0.02)
        (hired,) = await partnership.told(CompleterHired)
        assert isinstance(hired, CompleterHired)
        assert hired.match_basis == "reviewer"
