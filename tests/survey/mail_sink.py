"""A mail server in the test's own event loop that answers as told, and keeps what it took."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.shared.reading import until

HANG_UP = "hang up"
SILENCE = "silence"


@dataclass
class MailSink:
    """What stands in `to_…` is answered in turn, then everything is taken. HANG_UP takes, and says nothing; SILENCE
    takes, says nothing and keeps the line. `asked`: each recipient that was named.

    While `thinks` is not set, nobody is answered.
    """

    port: int = 0
    to_connection: list[str] = field(default_factory=list)
    to_sender: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    to_recipient: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    connections: int = 0
    thinks: asyncio.Event | None = None

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_sender and not (answer := self.to_sender.pop(0)).startswith("250"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked.append(address)
        if self.to_recipient and not (answer := self.to_recipient.pop(0)).startswith("250"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.thinks is not None:
            await self.thinks.wait()
        answer = self.to_data.pop(0) if self.to_data else "250 OK"
        if answer.startswith("250") or answer in (HANG_UP, SILENCE):
            content = cast(bytes, envelope.content)
            self.taken.append((envelope.rcpt_tos[0], message_from_bytes(content, policy=default)))
        if answer == SILENCE:
            await asyncio.Event().wait()
        if answer == HANG_UP:
            cast(Any, server).transport.abort()
        return answer

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.taken]

    async def until_taken(self, count: int) -> None:
        await until(lambda: len(self.taken) >= count)


class _TurnedAway(asyncio.Protocol):
    """A server that says one thing, and hangs up."""

    def __init__(self, greeting: str) -> None:
        self._greeting = greeting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        line = cast(asyncio.Transport, transport)
        line.write(f"{self._greeting}\r\n".encode())
        line.close()


@asynccontextmanager
async def mail_sink() -> AsyncIterator[MailSink]:
    """A sink on a free port of its own."""
    sink = MailSink()
    loop = asyncio.get_running_loop()

    def serve() -> asyncio.Protocol:
        sink.connections += 1
        if sink.to_connection:
            return _TurnedAway(sink.to_connection.pop(0))
        return SMTP(sink, loop=loop, enable_SMTPUTF8=True)

    server = await loop.create_server(serve, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def link_in(message: EmailMessage) -> str:
    """The path of the link that a person would follow."""
    return next(line for line in text_of(message).splitlines() if "/s/" in line).partition("localhost:8101")[2]
