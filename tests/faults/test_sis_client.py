"""F40: a program of a district retries, repeats itself and floods us. A request has one answer, and one effect."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from time import perf_counter

import httpx
import pytest

from shared.idempotency import GONE_AFTER, REPLAYED
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.faults.rows import Row
from tests.partnership.rosters import a_user
from tests.partnership.working import DIRECTORY, FEED, Working, staff_of, working

AT_ONCE = 12


class TickingClock(SetClock):
    """Two requests never come at the same moment."""

    def __call__(self) -> datetime:
        self.advance(timedelta(milliseconds=1))
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return TickingClock(datetime(2027, 4, 5, 9, 30, tzinfo=UTC))


@pytest.fixture
async def partnership(mongo: Mongo, clock: SetClock) -> AsyncIterator[Working]:
    """With a directory and a feed."""
    async with working(mongo, clock) as running:
        await running.bring_directory()
        assert (await running.connect()).status_code == 201
        yield running


async def send(partnership: Working, key: str, content: bytes = DIRECTORY.encode()) -> httpx.Response:
    """The organizations of the state, under a key."""
    return await partnership.bring("organizations", content, who={**partnership.as_agency(), "idempotency-key": key})


async def imports(partnership: Working) -> int:
    return await partnership.mongo.collection("imports").count({"kind": "organizations"})


def note(row: Row, *, wanted: int, found: int, recovered_in: float = 0.0) -> None:
    row.recovered_in, row.lost, row.doubled = recovered_in, max(0, wanted - found), max(0, found - wanted)


@pytest.mark.fault("F40", f"the same upload {AT_ONCE} times at once, and again")
async def test_the_same_upload_is_the_same_run_however_often_it_is_sent(row: Row, partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    roster = staff_of(a_user(1))
    answers = await asyncio.gather(*(partnership.upload(1, roster) for _ in range(AT_ONCE)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    started = perf_counter()
    again = await partnership.upload(1, roster)
    assert {answer.json()["run_id"] for answer in answers if answer.status_code == 200} == {again.json()["run_id"]}
    assert again.json()["hires_told"] == 1
    note(row, wanted=1, found=len(await partnership.hires()), recovered_in=perf_counter() - started)


@pytest.mark.fault("F40", "an upload and an import sent again under their Idempotency-Key")
async def test_a_key_brings_the_same_answer_and_nothing_is_done_again(row: Row, partnership: Working) -> None:
    before = await imports(partnership)
    first, again = await send(partnership, "import-1"), await send(partnership, "import-1")
    assert (first.status_code, REPLAYED in first.headers) == (200, False)
    assert (again.status_code, again.headers[REPLAYED]) == (200, "true")
    assert (again.content, again.headers["content-type"]) == (first.content, first.headers["content-type"])
    assert await imports(partnership) == before + 1
    headers = {"content-type": "application/zip", "idempotency-key": "upload-1", **partnership.as_district()}
    uploads = [
        await partnership.client.post(f"/v1/feeds/{FEED}/snapshots", content=content, headers=headers)
        for content in [staff_of().getvalue()] * 2
    ]
    assert uploads[0].content == uploads[1].content
    assert uploads[1].headers[REPLAYED] == "true"
    note(row, wanted=before + 1, found=await imports(partnership))


@pytest.mark.fault("F40", "a rejected upload sent again under its Idempotency-Key")
async def test_a_rejection_is_replayed_as_it_was(row: Row, partnership: Working) -> None:
    headers = {"content-type": "application/zip", "idempotency-key": "upload-2", **partnership.as_district()}
    first, again = [
        await partnership.client.post(f"/v1/feeds/{FEED}/snapshots", content=b"no zip", headers=headers)
        for _ in range(2)
    ]
    assert (again.status_code, again.headers["content-type"]) == (422, "application/problem+json")
    assert (again.content, again.headers[REPLAYED]) == (first.content, "true")
    note(row, wanted=1, found=await partnership.mongo.collection("snapshots").count({}))


@pytest.mark.fault("F40", "another body, another address or another caller under a used Idempotency-Key")
async def test_a_key_that_came_with_something_else_is_refused_in_words(row: Row, partnership: Working) -> None:
    before = await imports(partnership)
    await send(partnership, "import-1")
    other = await send(partnership, "import-1", DIRECTORY.replace("Mann", "Horace Mann").encode())
    assert other.status_code == 422
    assert other.json()["detail"] == "This Idempotency-Key came with another request before."
    who = {**partnership.as_agency(), "idempotency-key": "import-1"}
    assert (await partnership.bring("providers", DIRECTORY.encode(), who=who)).status_code == 422
    theirs = {**partnership.as_provider(), "idempotency-key": "import-1"}
    assert (await partnership.bring("organizations", DIRECTORY.encode(), who=theirs)).status_code == 403
    assert (await send(partnership, "two words")).status_code == 422
    assert "Mann" in {each["name"] for each in await partnership.mongo.collection("organizations").find({})}
    note(row, wanted=before + 1, found=await imports(partnership))


@pytest.mark.fault("F40", f"one Idempotency-Key {AT_ONCE} times at once")
async def test_of_many_at_once_one_is_done_and_the_others_wait_for_its_answer(row: Row, partnership: Working) -> None:
    before = await imports(partnership)
    answers = await asyncio.gather(*(send(partnership, "import-1") for _ in range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {200, 409}
    waiting = next(answer for answer in answers if answer.status_code == 409)
    assert "still being worked on" in waiting.json()["detail"]
    started = perf_counter()
    done = await send(partnership, "import-1")
    assert {answer.content for answer in answers if answer.status_code == 200} == {done.content}
    note(row, wanted=before + 1, found=await imports(partnership), recovered_in=perf_counter() - started)


@pytest.mark.fault("F40", "a process that died over a request with an Idempotency-Key")
async def test_a_key_whose_request_was_never_answered_is_free_again_after_a_while(
    row: Row, partnership: Working, clock: SetClock
) -> None:
    await send(partnership, "import-1")
    keys = partnership.mongo.collection("idempotency")
    await keys.update_many({}, {"$unset": {"status": "", "body": "", "media_type": ""}})
    before = await imports(partnership)
    assert (await send(partnership, "import-1")).status_code == 409
    clock.advance(GONE_AFTER)
    done = await send(partnership, "import-1")
    assert (done.status_code, REPLAYED in done.headers) == (200, False)
    assert (await send(partnership, "import-1")).headers[REPLAYED] == "true"
    note(row, wanted=before + 1, found=await imports(partnership), recovered_in=GONE_AFTER.total_seconds())


@pytest.mark.fault("F40", "an error under an Idempotency-Key")
async def test_an_error_is_not_kept_and_may_be_tried_again(row: Row, partnership: Working) -> None:
    before = await imports(partnership)
    refused = await send(partnership, "import-1", b"nothing,of,ours\n")
    assert (refused.status_code, REPLAYED in refused.headers) == (422, False)
    assert (await send(partnership, "import-1")).status_code == 200
    note(row, wanted=before + 1, found=await imports(partnership))


@pytest.mark.fault("F40", "uploads faster than a client may send them")
async def test_a_client_that_floods_us_is_slowed_down_and_loses_nothing(
    row: Row, mongo: Mongo, clock: SetClock
) -> None:
    async with working(mongo, clock, caller_requests_per_second=1.0) as partnership:
        await partnership.bring_directory()
        await partnership.connect()
        await partnership.bring_completers(1)
        await partnership.applied(0, staff_of())
        roster = staff_of(a_user(1))
        answers = [await partnership.upload(day, roster) for day in range(1, 13)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(refused) == 4
        assert refused[0].headers["retry-after"] == "1"
        assert refused[0].json()["title"] == "Too many requests"
        assert (await partnership.client.get("/v1/feeds", headers=partnership.as_agency())).status_code == 200
        clock.advance(timedelta(seconds=len(refused)))
        again = [await partnership.upload(day, roster) for day in range(9, 13)]
        assert [answer.status_code for answer in again] == [200] * 4
        runs = await partnership.mongo.collection("snapshots").count({"state": "applied"})
        assert len(await partnership.hires()) == 1
        note(row, wanted=13, found=runs)
