"""Lines of JSON, one object each, in and out at the same time (application/x-ndjson)."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, cast

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MEDIA_TYPE = "application/x-ndjson"
LONGEST_LINE = 64 * 1024
PIECE = 500
PIECE_BYTES = 1024 * 1024
BLOCK = 64 * 1024
PAUSE_SECONDS = 0.05
"""So long is waited for more lines before those that are there are worked on."""

Told = Mapping[str, Any]
Tell = Callable[[Sequence[Told]], None]


@dataclass(frozen=True)
class Line:
    """`number` counts from 1, blank lines included. `content` None: it was too long, and is gone."""

    number: int
    content: bytes | None


class Lines:
    """Cuts what arrives into lines, and holds no more of one than it may be long. Blank ones are left out."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._number = 1
        self._is_too_long = False

    def cut(self, block: bytes) -> list[Line]:
        """The lines that are complete now."""
        *complete, rest = block.split(b"\n")
        found: list[Line] = []
        for part in complete:
            self._keep(part)
            found += self._line()
        self._keep(rest)
        return found

    def end(self) -> list[Line]:
        """The last line, if nothing stands at its end."""
        return self._line()

    def _keep(self, part: bytes) -> None:
        self._is_too_long = self._is_too_long or len(self._rest) + len(part) > LONGEST_LINE
        if self._is_too_long:
            self._rest.clear()
        else:
            self._rest += part

    def _line(self) -> list[Line]:
        content, number, is_too_long = bytes(self._rest), self._number, self._is_too_long
        self._rest.clear()
        self._number, self._is_too_long = number + 1, False
        if is_too_long:
            return [Line(number, None)]
        if number == 1:
            content = content.removeprefix(b"\xef\xbb\xbf")
        return [Line(number, content)] if content.strip() else []


async def pieces(blocks: AsyncGenerator[bytes, None]) -> AsyncGenerator[list[Line], None]:
    """Up to `PIECE` lines at a time; fewer, where they are long, or the sender waits with the next ones."""
    lines, waiting = Lines(), list[Line]()
    coming = asyncio.ensure_future(anext(blocks, None))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=PAUSE_SECONDS if waiting else None)
            if not done:
                yield waiting
                waiting = []
                continue
            block = coming.result()
            waiting += lines.end() if block is None else lines.cut(block)
            is_last = block is None
            if waiting and (is_last or len(waiting) >= PIECE or _size(waiting) >= PIECE_BYTES):
                for start in range(0, len(waiting), PIECE):
                    yield waiting[start : start + PIECE]
                waiting = []
            if is_last:
                return
            coming = asyncio.ensure_future(anext(blocks, None))
    finally:
        coming.cancel()


def _size(lines: Sequence[Line]) -> int:
    return sum(len(line.content or b"") for line in lines)


class LinesAnswer(Response):
    """Answers while the request is still being read. `work` reads, and tells results as they come.

    Many clients read nothing before they have sent everything: results wait in a file for them, not in memory, and
    nobody waits for anybody.
    """

    media_type = MEDIA_TYPE

    def __init__(self, work: Callable[[Tell], Awaitable[None]]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with SpooledTemporaryFile(max_size=1024 * 1024) as spool:
            grown = asyncio.Event()

            def tell(results: Sequence[Told]) -> None:
                spool.seek(0, 2)
                spool.write(b"".join(orjson.dumps(each) + b"\n" for each in results))
                grown.set()

            working = asyncio.ensure_future(self._work(tell))
            working.add_done_callback(lambda _: grown.set())
            try:
                await _send_all(cast(Any, spool), grown, working, send)
            finally:
                working.cancel()
                await asyncio.wait({working})
            await working
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_all(spool: Any, grown: asyncio.Event, working: "asyncio.Future[None]", send: Send) -> None:
    """Until the work is done and all of it is sent."""
    sent = 0
    while True:
        spool.seek(sent)
        block = spool.read(BLOCK)
        if block:
            sent += len(block)
            await send({"type": "http.response.body", "body": block, "more_body": True})
        elif working.done():
            return
        else:
            grown.clear()
            await grown.wait()
