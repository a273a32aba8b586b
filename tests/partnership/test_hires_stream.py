"""A stream of stated hires: results come while lines are still sent, and nothing that was answered is ever lost."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from services.partnership.web.ndjson import LONGEST_LINE, PIECE, Lines
from shared.errors import StoreAway
from shared.events.partnership import CompleterHired
from tests.browser import served
from tests.partnership.test_stated_hires import a_hire, staff_kept
from tests.partnership.working import Working
from tests.running import doors_of

MEGABYTE = 1024 * 1024


def lines_of(*hires: dict[str, Any]) -> bytes:
    return b"".join(orjson.dumps(hire) + b"\n" for hire in hires)


async def stream(partnership: Working, content: bytes) -> list[dict[str, Any]]:
    answer = await partnership.client.post("/v1/hires:stream", content=content, headers=partnership.as_district())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [orjson.loads(line) for line in answer.content.splitlines()]


async def test_each_line_has_a_result_in_order(partnership: Working) -> None:
    await partnership.bring_completers(1, 2)
    results = await stream(partnership, lines_of(*(a_hire(number) for number in range(1, 1 + PIECE + 3))))
    assert [each["line"] for each in results] == list(range(1, 1 + PIECE + 3))
    assert [each["hire"]["person_key"] for each in results[:2]] == ["hr-1", "hr-2"]
    assert [each["hire"]["match"] for each in results[:3]] == ["matched", "matched", "none"]
    assert len(await partnership.told(CompleterHired)) == 2


async def test_a_bad_line_is_told_and_does_not_stop_the_others(partnership: Working) -> None:
    content = (
        b"\xef\xbb\xbf"
        + lines_of(a_hire(1))
        + b"\n \r\n"
        + lines_of(a_hire(2, role="wizard"))
        + b'{"broken": \n'
        + b"\xff\xfe\n"
        + lines_of(a_hire(3, school_id="99999999"))
        + b'"' + b"x" * LONGEST_LINE + b'"\n'
        + lines_of(a_hire(4, district_id="00490000"))
        + lines_of(a_hire(5)).rstrip()
    )  # fmt: skip
    results = await stream(partnership, content)
    assert [(each["line"], "problem" in each) for each in results] == [
        (1, False), (4, True), (5, True), (6, True), (7, True), (8, True), (9, True), (10, False)
    ]  # fmt: skip
    wrong = {each["line"]: each["problem"] for each in results if "problem" in each}
    assert [fault["field"] for fault in wrong[4]["errors"]] == ["role"]
    assert (wrong[7]["where"], wrong[7]["status"]) == ("school_id", 422)
    assert "longer than 64 KiB" in wrong[8]["detail"]
    assert wrong[9]["status"] == 404
    assert len(await staff_kept(partnership)) == 2


async def test_the_whole_stream_again_changes_nothing(partnership: Working) -> None:
    await partnership.bring_completers(1, 2)
    content = lines_of(*(a_hire(number) for number in range(1, 30)))
    await stream(partnership, content)
    events, kept = await partnership.told(), await staff_kept(partnership)
    assert {each["hire"]["outcome"] for each in await stream(partnership, content)} == {"unchanged"}
    assert (await partnership.told(), await staff_kept(partnership)) == (events, kept)


async def test_what_a_person_was_and_became_in_one_stream_is_one_write(partnership: Working) -> None:
    await partnership.bring_completers(1)
    before, after = a_hire(as_of="2026-09-01T08:00:00Z"), a_hire(as_of="2026-09-02T08:00:00Z", school_id="00350111")
    results = await stream(partnership, lines_of(before, after))
    assert [each["hire"]["outcome"] for each in results] == ["new", "changed"]
    (told,) = await partnership.told(CompleterHired)
    assert isinstance(told, CompleterHired)
    assert told.school_id == "00350111"
    assert {each["hire"]["outcome"] for each in await stream(partnership, lines_of(before, after))} == {"unchanged"}


async def test_when_the_store_is_away_the_answer_says_from_which_line_on(
    partnership: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, calls = partnership.wired.take_stated_hires, 0

    async def away_the_second_time(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise StoreAway("MongoDB does not answer.")
        return await take(*given, **named)

    object.__setattr__(partnership.wired, "take_stated_hires", away_the_second_time)
    results = await stream(partnership, lines_of(*(a_hire(number) for number in range(1, 2 * PIECE))))
    assert len(results) == PIECE + 1
    assert (results[-1]["line"], results[-1]["problem"]["status"]) == (PIECE + 1, 503)
    assert len(await staff_kept(partnership)) == PIECE


@asynccontextmanager
async def a_connection(partnership: Working) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """The head of a stream of lines is sent; its end is up to the test."""
    async with served(doors_of(partnership.app)) as address:
        parts = urlsplit(address)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        headers = {"host": parts.netloc, "transfer-encoding": "chunked", **partnership.as_district()}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"POST /v1/hires:stream HTTP/1.1\r\n{head}\r\n".encode())
        yield reader, writer
        writer.close()


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


async def test_a_result_comes_before_the_next_line_is_sent(partnership: Working) -> None:
    async with a_connection(partnership) as (reader, writer):
        for number in (1, 2, 3):
            writer.write(chunk(lines_of(a_hire(number))))
            async with asyncio.timeout(10):
                said = await reader.readuntil(f'"person_key":"hr-{number}"'.encode())
            assert f'"line":{number}'.encode() in said
        writer.write(b"0\r\n\r\n")
        async with asyncio.timeout(10):
            await reader.readuntil(b"0\r\n\r\n")


async def test_a_broken_connection_loses_nothing_that_was_answered(partnership: Working) -> None:
    async with a_connection(partnership) as (reader, writer):
        writer.write(chunk(lines_of(a_hire(1), a_hire(2)) + b'{"person_key": "cut of'))
        async with asyncio.timeout(10):
            await reader.readuntil(b'"person_key":"hr-2"')
        writer.transport.abort()
    assert {each["source_keys"][0] for each in await staff_kept(partnership)} == {"hr-1", "hr-2"}
    again = await stream(partnership, lines_of(a_hire(1), a_hire(2), a_hire(3)))
    assert [each["hire"]["outcome"] for each in again] == ["unchanged", "unchanged", "new"]


async def test_a_client_that_reads_nothing_before_it_has_sent_all_is_answered_in_flat_memory(
    partnership: Working,
) -> None:
    count, blanks = 700, b" " * 50_000

    async def sent() -> AsyncIterator[bytes]:
        for number in range(100, 100 + count):
            yield blanks + lines_of(a_hire(number))

    tracemalloc.start()
    async with served(doors_of(partnership.app)) as address, httpx.AsyncClient(timeout=60) as client:
        async with client.stream(
            "POST", f"{address}/v1/hires:stream", content=sent(), headers=partnership.as_district()
        ) as answer:
            results = [orjson.loads(line)["line"] async for line in answer.aiter_lines()]
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert results == list(range(1, count + 1))
    assert peak < 15 * MEGABYTE < count * len(blanks) / 2


def test_lines_are_the_same_however_they_are_cut() -> None:
    text = b"one\r\n\n" + b"x" * (LONGEST_LINE + 1) + b"\ntwo\nthree"
    for size in (1, 2, 7, 1000, len(text)):
        lines = Lines()
        found = [line for at in range(0, len(text), size) for line in lines.cut(text[at : at + size])] + lines.end()
        assert [(line.number, line.content) for line in found] == [
            (1, b"one\r"),
            (3, None),
            (4, b"two"),
            (5, b"three"),
        ]
