"""A web server of a few lines that answers whatever bytes a test wants, well formed or not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Respond = Callable[[str, int], bytes | None]
"""The bytes for a request's head, and the how many-th it is; None: none, and the connection stays open."""


@dataclass
class Asked:
    """What a server was asked, and where it is."""

    port: int = 0
    heads: list[str] = field(default_factory=list)

    def url(self, path: str = "/", *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def reply(body: bytes = b"{}", status: int = 200, kind: str = "application/json", *headers: str) -> bytes:
    """A well-formed answer after which the connection closes."""
    lines = [f"HTTP/1.1 {status} Words", f"content-type: {kind}", f"content-length: {len(body)}", "connection: close"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


@asynccontextmanager
async def web_server(respond: Respond, trust: ssl.SSLContext | None = None) -> AsyncIterator[Asked]:
    """Serves until the block ends."""
    asked = Asked()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            asked.heads.append(head)
            answer = respond(head, len(asked.heads))
            if answer is None:
                await reader.read()
                return
            writer.write(answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=trust)
    asked.port = server.sockets[0].getsockname()[1]
    try:
        yield asked
    finally:
        server.close()
