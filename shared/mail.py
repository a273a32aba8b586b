"""The seam to the mail server: the only file that knows the SMTP client."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from enum import StrEnum

import aiosmtplib

from shared.backoff import Jitter, chance
from shared.clock import Clock
from shared.errors import PrepBridgeError
from shared.pace import Pace, Rests

MAILS_PER_CONNECTION = 50
BUSY = (421, 452)
"""Replies that say: too much at once. Of the others some are for one mailbox, and greylisting is for one message."""
FIRST_REST, LONGEST_REST = 30.0, 900.0
"""Seconds for which a domain, or the server, is left alone."""
SERVER = ""
WIRE = SMTP.clone(max_line_length=400)
"""Addresses and ids in headers stay on one line: not every mail program joins what was folded before them."""


class Cause(StrEnum):
    """Why a message was refused for now: for what it is, for where it goes, or because of us."""

    MESSAGE = "message"
    DOMAIN = "domain"
    US = "us"


class NotTaken(PrepBridgeError):
    """The server did not take a message. `status_class` is such as `5.1`: class and subject (RFC 3463)."""

    def __init__(self, status_class: str) -> None:
        super().__init__(f"The mail server answered {status_class}.")
        self.status_class = status_class


class RefusedForNow(NotTaken):
    """It may take the message later, or could not be reached. `because_of` says what should be left alone meanwhile."""

    def __init__(self, status_class: str, because_of: "Cause") -> None:
        super().__init__(status_class)
        self.because_of = because_of


class RefusedForGood(NotTaken):
    """It will never take this message."""


class OutcomeUnknown(PrepBridgeError):
    """The connection broke while the message was handed over: it may have been taken."""


@dataclass(frozen=True)
class MailServerAddress:
    host: str
    port: int
    security: str
    user: str
    password: str
    step_seconds: float
    data_seconds: float


class MailServer:
    """A few connections, each used for one message at a time and for not too many.

    A domain that has too much to do is left alone for a while, longer each time, until it takes something; and so is
    the server, when it does not let us in.
    """

    def __init__(
        self,
        address: MailServerAddress,
        *,
        connections: int,
        per_second_and_domain: float,
        clock: Clock,
        jitter: Jitter = chance,
    ) -> None:
        self._address = address
        self._clock = clock
        self._rests = Rests(FIRST_REST, LONGEST_REST, jitter)
        self._free = asyncio.Semaphore(connections)
        self._per_second = per_second_and_domain
        self._paces: dict[str, Pace] = {}
        self._idle: list[tuple[aiosmtplib.SMTP, int]] = []

    def admits(self, recipient: str) -> bool:
        """Whether the recipient's domain may be given another mail now; if so, this one is counted."""
        now, domain = self._clock(), _domain(recipient)
        if self._rests.has_to(SERVER, now) or self._rests.has_to(domain, now):
            return False
        return self._paces.setdefault(domain, Pace(self._per_second, now)).take(now)

    async def hand_over(
        self, message: EmailMessage, recipient: str, *, before_the_message: Callable[[], Awaitable[None]]
    ) -> None:
        """Send one message. `before_the_message` is awaited once the server has accepted sender and recipient.

        RefusedForNow and RefusedForGood: it was not taken, for certain. OutcomeUnknown: nobody can say.
        """
        domain = _domain(recipient)
        try:
            await self._hand_over(message, recipient, before_the_message)
        except RefusedForNow as refusal:
            if refusal.because_of is not Cause.MESSAGE:
                self._rests.begin(SERVER if refusal.because_of is Cause.US else domain, self._clock())
            raise
        self._rests.end(SERVER)
        self._rests.end(domain)

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            client, _ = self._idle.pop()
            client.close()

    async def _hand_over(
        self, message: EmailMessage, recipient: str, before_the_message: Callable[[], Awaitable[None]]
    ) -> None:
        async with self._free:
            client, used = await self._greeted(message, recipient)
            try:
                await before_the_message()
                await client.data(message.as_bytes(policy=WIRE), timeout=self._address.data_seconds)
            except aiosmtplib.SMTPResponseException as error:
                client.close()
                raise _refusal(error) from None
            except (aiosmtplib.SMTPException, OSError) as error:
                client.close()
                raise OutcomeUnknown(f"The hand-over broke off ({type(error).__name__}).") from None
            except BaseException:
                client.close()
                raise
            await self._give_back(client, used + 1)

    async def _greeted(self, message: EmailMessage, recipient: str) -> tuple[aiosmtplib.SMTP, int]:
        """A connection on which sender and recipient have been accepted.

        Until the recipient is named, no refusal is theirs: a wrong password must not look like a thousand bounces.
        """
        client, used = None, 0
        is_named = False
        try:
            client, used = await self._connected()
            await client.mail(parseaddr(message["From"])[1])
            is_named = True
            await client.rcpt(recipient)
        except (aiosmtplib.SMTPException, OSError) as error:
            if client is not None:
                client.close()
            if is_named and isinstance(error, aiosmtplib.SMTPResponseException):
                raise _refusal(error) from None
            raise RefusedForNow("4.4", Cause.US) from None
        return client, used

    async def _connected(self) -> tuple[aiosmtplib.SMTP, int]:
        while self._idle:
            client, used = self._idle.pop()
            try:
                await client.rset()
            except (aiosmtplib.SMTPException, OSError):
                client.close()
                continue
            return client, used
        return await connect(self._address), 0

    async def _give_back(self, client: aiosmtplib.SMTP, used: int) -> None:
        if used < MAILS_PER_CONNECTION:
            self._idle.append((client, used))
            return
        try:
            await client.quit()
        except (aiosmtplib.SMTPException, OSError):
            client.close()


async def connect(at: MailServerAddress) -> aiosmtplib.SMTP:
    """A new connection, protected and logged in as told; there is no falling back to less."""
    client = aiosmtplib.SMTP(
        hostname=at.host,
        port=at.port,
        use_tls=at.security == "tls",
        start_tls=at.security == "starttls",
        username=at.user or None,
        password=at.password or None,
        timeout=at.step_seconds,
    )
    await client.connect()
    return client


def _refusal(error: aiosmtplib.SMTPResponseException) -> NotTaken:
    if 500 <= error.code < 600:
        return RefusedForGood(_status_class(error))
    return RefusedForNow(_status_class(error), Cause.DOMAIN if error.code in BUSY else Cause.MESSAGE)


def _domain(recipient: str) -> str:
    return recipient.rpartition("@")[2].lower()


def _status_class(error: aiosmtplib.SMTPResponseException) -> str:
    """The first two numbers of an enhanced status code, if the answer begins with one; else the kind of reply."""
    first = str(error.message).split(" ", 1)[0].split(".")
    if len(first) == 3 and all(part.isdecimal() and len(part) <= 3 for part in first):
        return f"{first[0]}.{first[1]}"
    return f"{error.code // 100}.0"
