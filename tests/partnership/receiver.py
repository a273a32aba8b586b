"""Somebody's web server that webhooks lead to: it keeps what it is sent, and answers as a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Self
from unittest.mock import patch

from standardwebhooks import Webhook
from starlette.types import Receive, Scope, Send

from tests.browser import served

Respond = Callable[[int], tuple[int, dict[str, str]] | str]
"""What to answer to the how many-th message: a status with headers, or `hangs`, `drips` or `is huge`."""


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str, now: datetime) -> Any:
        """As the standard's own library reads it, at this time; raises if the signature is not right."""

        class _Now(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return cls.fromtimestamp(now.timestamp(), tz)

        with patch("standardwebhooks.webhooks.datetime", _Now):
            return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    url: str = ""
    respond: Respond = lambda _: (200, {})
    received: list[Received] = field(default_factory=list)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def events(self) -> list[Any]:
        return [event for event in map(_event_in, self.received) if event["type"] != "webhook.ping.v1"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.received.append(Received(headers, body))
        answer = self.respond(len(self.received))
        if answer == "hangs":
            await self._closing.wait()
            return
        status, more_headers = answer if isinstance(answer, tuple) else (200, {})
        raw = [(name.encode(), value.encode()) for name, value in more_headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        for _ in range({"drips": 1_000, "is huge": 10_000}.get(str(answer), 0)):
            if self._closing.is_set():
                break
            await send({"type": "http.response.body", "body": b"x" * 10_000, "more_body": True})
            if answer == "drips":
                await asyncio.wait([asyncio.ensure_future(self._closing.wait())], timeout=0.05)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _event_in(received: Received) -> Any:
    return json.loads(received.body)


@asynccontextmanager
async def a_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with served(receiver) as address:
        receiver.url = f"{address}/hooks?token=secret-in-query"
        yield receiver
        receiver._closing.set()
