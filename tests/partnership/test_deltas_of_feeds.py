"""Deltas through the door: uploaded, applied on top of what is known, whatever dies in between."""

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from shared.access.callers import EVERYTHING
from shared.events.partnership import CompleterHired, EmploymentEnded, HireAmended
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.rosters import (
    ROLE_HEADER,
    USER_HEADER_12,
    Row,
    a_manifest,
    a_role,
    a_user,
    a_zip,
    as_csv,
    roster_files,
)
from tests.partnership.test_crashes import dying_after
from tests.partnership.working import FEED, OTHER_SCHOOL, OTHER_SCHOOL_CODE, Working, staff_of, working
from tests.twice_kafka import TwiceKafka


def at(day: int, status: str = "active") -> Row:
    return {"status": status, "dateLastModified": f"2026-09-{day:02}T04:00:00.000Z"}


def a_delta(users: Sequence[Row] = (), roles: Sequence[Row] = ()) -> BytesIO:
    files = {}
    if users:
        files["users.csv"] = as_csv(USER_HEADER_12, users)
    if roles:
        files["roles.csv"] = as_csv(ROLE_HEADER, roles)
    return a_zip({"manifest.csv": a_manifest("1.2", list(files), "delta"), **files})


ARRIVES = a_delta([a_user(1, **at(1))], [a_role(1, **at(1))])
MOVES = a_delta(
    roles=[a_role(1, **at(2, "tobedeleted")), a_role(9, userSourcedId="u-1", orgSourcedId=OTHER_SCHOOL, **at(2))]
)
LEAVES = a_delta(roles=[a_role(9, userSourcedId="u-1", **at(3, "tobedeleted"))])


async def test_a_completer_arrives_moves_and_leaves_in_three_deltas(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    run = await partnership.applied(14, ARRIVES)
    assert (run["is_delta"], run["people_kept"], run["comparison"]["gone"]) == (True, 1, 0)
    assert await partnership.wired.staff.count_of(FEED) == {"present": 31}
    await partnership.applied(15, MOVES)
    assert await partnership.told(EmploymentEnded) == []
    (amended,) = await partnership.told(HireAmended)
    assert isinstance(amended, HireAmended)
    assert amended.school_id == OTHER_SCHOOL_CODE
    await partnership.applied(16, LEAVES)
    assert len(await partnership.told(CompleterHired)) == 1
    assert len(await partnership.told(EmploymentEnded)) == 1
    assert await partnership.wired.staff.count_of(FEED) == {"present": 30, "exited": 1}


async def test_a_manifest_alone_changes_nothing_and_what_is_known_stays_known(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(7, a_zip({"manifest.csv": a_manifest("1.2", [])}))
    assert await partnership.wired.staff.count_of(FEED) == {"present": 30}
    await partnership.applied(14, a_delta([a_user(50, familyName="Newname", **at(1))]))
    known = await partnership.mongo.collection("staff").find({"known.family": "Newname"})
    assert [each["source_keys"] for each in known] == [["u-50"]]


async def test_the_first_set_of_a_feed_may_not_be_a_delta(partnership: Working) -> None:
    files = roster_files(users=[a_user(1, **at(1))], roles=[a_role(1, **at(1))], mode="delta")
    held = (await partnership.upload(0, a_zip(files))).json()
    assert held["state"] == "held"
    assert held["hold_reasons"] == ["The first set of a feed says changes only; a set of everybody should come first."]


async def test_a_delta_waits_for_one_on_hold_that_it_builds_on(partnership: Working) -> None:
    await partnership.applied(0, staff_of())
    crowd = a_delta([a_user(n, **at(1)) for n in range(100, 150)], [a_role(n, **at(1)) for n in range(100, 150)])
    held = (await partnership.upload(14, crowd)).json()
    assert held["state"] == "held"
    refused = await partnership.upload(15, a_delta(roles=[a_role(100, orgSourcedId=OTHER_SCHOOL, **at(2))]))
    assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "delta.earlier_on_hold")
    address = f"/v1/feeds/{FEED}/runs/{held['run_id']}/release"
    released = await partnership.client.post(address, json={"reason": "A merger."}, headers=partnership.as_district())
    assert released.json()["state"] == "applied"
    moved = await partnership.applied(15, a_delta(roles=[a_role(100, orgSourcedId=OTHER_SCHOOL, **at(2))]))
    assert moved["people_kept"] == 1


async def test_what_is_kept_for_deltas_holds_no_student_and_no_password_and_does_not_pile_up(
    partnership: Working,
) -> None:
    users = [a_user(n) for n in range(50, 80)]
    student = a_user(1, sourcedId="S-marker", givenName="Marker", password="hunter2")
    roles = [a_role(n, userSourcedId=f"u-{n}") for n in range(50, 80)]
    files = roster_files(users=[*users, student], roles=[*roles, a_role(1, userSourcedId="S-marker", role="student")])
    await partnership.applied(0, a_zip(files))
    for day in (14, 15, 16, 17):
        await partnership.applied(day, a_delta([a_user(50, middleName=f"M{day}", **at(day))]))
    (newest,) = await partnership.wired.feeds.knowing(FEED)
    kept = "\n".join([line async for lines in partnership.wired.feeds.lines.of(newest) for line in lines])
    assert "M17" in kept
    assert not any(word in kept for word in ("S-marker", "Marker", "hunter2"))
    assert await partnership.mongo.collection("source_lines").count({}) == 2


@pytest.mark.parametrize(
    ("part", "verb", "calls"),
    [("lines", "keep", 0), ("feeds", "stage", 0), ("feeds", "save", 1), ("feeds", "discard_lines_before", 0)],
)
async def test_a_process_that_dies_over_a_delta_is_made_up_for(
    mongo: Mongo, clock: SetClock, monkeypatch: pytest.MonkeyPatch, part: str, verb: str, calls: int
) -> None:
    async with working(mongo, clock) as partnership:
        clean = await lived_through(partnership)
    await mongo.drop()
    kafka = TwiceKafka()
    async with working(mongo, clock, kafka, recovery_seconds=3600) as partnership:
        await begun(partnership)
        feeds = partnership.wired.feeds
        dying: Any = feeds.lines if part == "lines" else feeds
        monkeypatch.setattr(dying, verb, dying_after(calls, getattr(dying, verb)))
        assert (await partnership.upload(14, ARRIVES)).status_code == 500
    monkeypatch.undo()
    async with working(mongo, clock, kafka) as partnership:
        await partnership.applied(14, ARRIVES)
        await partnership.applied(15, MOVES)
        assert await end_of(partnership) == clean


async def begun(partnership: Working) -> None:
    await partnership.bring_directory()
    await partnership.connect()
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())


async def lived_through(partnership: Working) -> Any:
    await begun(partnership)
    await partnership.applied(14, ARRIVES)
    await partnership.applied(15, MOVES)
    return await end_of(partnership)


async def end_of(partnership: Working) -> Any:
    told = [event.model_dump_json() for event in await partnership.told(CompleterHired, HireAmended, EmploymentEnded)]
    (newest,) = await partnership.wired.feeds.knowing(FEED)
    kept = [line async for lines in partnership.wired.feeds.lines.of(newest) for line in lines]
    staff = await partnership.mongo.collection("staff").find({}, projection={"revision": 0}, sort=[("_id", 1)])
    runs = await partnership.wired.feeds.runs(EVERYTHING, FEED)
    return sorted(told), kept, staff, [run.state for run in runs]


async def test_a_late_delta_is_put_where_it_belongs(partnership: Working, clock: SetClock) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(16, a_delta(roles=[a_role(1050, userSourcedId="u-50", **at(3, "tobedeleted"))]))
    clock.advance(timedelta(minutes=1))
    late = await partnership.upload(14, ARRIVES, force=True)
    assert late.json()["state"] == "applied", late.text
    assert len(await partnership.told(CompleterHired)) == 1
    await partnership.applied(17, MOVES)
    assert len(await partnership.told(HireAmended)) == 1
