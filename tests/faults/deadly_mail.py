"""A mail server that takes a message to its end and kills the sender before it has answered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class DeadlyMail:
    """It hands everything on to the catcher at `catcher_port`. `kill` is called once, at the first message."""

    catcher_port: int
    kill: Callable[[], None]
    port: int = 0
    taken: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """aiosmtpd calls it by this name."""
        content = envelope.content
        assert isinstance(content, bytes)
        await aiosmtplib.send(
            content,
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            hostname="127.0.0.1",
            port=self.catcher_port,
            start_tls=False,
        )
        self.taken += 1
        if self.taken == 1:
            self.kill()
        return "250 Taken"


@asynccontextmanager
async def deadly_mail(catcher_port: int, kill: Callable[[], None]) -> AsyncIterator[DeadlyMail]:
    """On a free port of its own."""
    server = DeadlyMail(catcher_port, kill)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(server, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
