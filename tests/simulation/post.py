"""A simulated mail server behind the SMTP client: takes, refuses, thinks for long, or breaks off; and keeps count."""

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import aiosmtplib

from tests.simulation.loop import Process
from tests.simulation.world import Reply, World

STEP_SECONDS = 30.0
DATA_SECONDS = 600.0
MESSAGE_ID = re.compile(rb"^Message-ID: <([^.>]+)\.([^.>]+)\.(\d+)@", re.M)
Key = tuple[str, str, int]
"""Sitting, kind and number of a mail."""


class Mood(StrEnum):
    TAKES = "takes"
    IS_AWAY = "is away"
    REFUSES_FOR_NOW = "refuses for now"
    REFUSES_FOR_GOOD = "refuses for good"
    REFUSES_RECIPIENTS = "refuses recipients"
    IS_SLOW = "is slow"
    BREAKS_BEFORE = "breaks off before it has taken"
    BREAKS_AFTER = "breaks off after it has taken"


@dataclass
class PostOffice:
    """`taken` counts every acceptance of each mail; `breaks` what broke off within the message.

    `cut_off` are names of processes that cannot reach it.
    """

    world: World
    mood: Mood = Mood.TAKES

    def __post_init__(self) -> None:
        self.taken: Counter[Key] = Counter()
        self.breaks = 0
        self.cut_off: set[str] = set()

    async def connect(self, _address: object) -> "SimulatedSmtp":
        """In place of `shared.mail.connect`."""
        client = SimulatedSmtp(self)
        await client.step("connect")
        return client

    def take(self, content: bytes) -> None:
        found = MESSAGE_ID.search(content)
        assert found is not None, "A mail without our Message-ID."
        key = found[1].decode(), found[2].decode(), int(found[3])
        self.taken[key] += 1
        self.world.tell(f"mail {key} taken")
        if self.taken[key] > 1:
            self.world.violated(f"The mail {key} was taken {self.taken[key]} times.")


class SimulatedSmtp:
    """The part of `aiosmtplib.SMTP` that shared.mail uses."""

    def __init__(self, post: PostOffice) -> None:
        self._post = post

    async def step(self, name: str) -> None:
        """Any command before the message."""
        post, chance = self._post, self._post.world.chance
        process = Process.current()

        def arrive(reply: Reply[None]) -> None:
            if post.mood is Mood.IS_AWAY or (process is not None and process.name in post.cut_off):
                late = chance.choice((0.1, STEP_SECONDS))
                reply.fail(aiosmtplib.SMTPConnectTimeoutError("Nobody answers."), after=late)
            elif post.mood is Mood.REFUSES_RECIPIENTS and name == "rcpt":
                code, text = chance.choice(((550, "5.1.1 unknown"), (450, "4.2.1 busy")))
                reply.fail(aiosmtplib.SMTPRecipientRefused(code, text, "somebody"))
            elif post.mood is Mood.IS_SLOW:
                reply.give(None, after=chance.uniform(0.0, STEP_SECONDS))
            else:
                reply.give(None)

        await post.world.on_its_way(arrive)

    async def mail(self, _sender: str) -> None:
        await self.step("mail")

    async def rcpt(self, _recipient: str) -> None:
        await self.step("rcpt")

    async def rset(self) -> None:
        await self.step("rset")

    async def quit(self) -> None:
        await self.step("quit")

    def close(self) -> None:
        return

    async def data(self, content: bytes, *, timeout: float) -> None:
        post, world = self._post, self._post.world

        def arrive(reply: Reply[None]) -> None:
            mood = post.mood if world.chance.random() < 0.7 else Mood.TAKES
            if mood is Mood.REFUSES_FOR_NOW:
                reply.fail(aiosmtplib.SMTPDataError(451, "4.3.2 later"))
            elif mood is Mood.REFUSES_FOR_GOOD:
                reply.fail(aiosmtplib.SMTPDataError(554, "5.7.1 no"))
            elif mood in (Mood.IS_AWAY, Mood.BREAKS_BEFORE):
                self._break_off(reply)
            elif mood is Mood.BREAKS_AFTER:
                post.take(content)
                self._break_off(reply)
            elif mood is Mood.IS_SLOW and (thinks := world.chance.uniform(0.0, 2 * timeout)) > timeout:
                self._break_off(reply, after=timeout)
                world.later(thinks, lambda: post.take(content))
            else:
                post.take(content)
                reply.give(None, after=world.chance.uniform(0.0, timeout) if mood is Mood.IS_SLOW else None)

        await world.on_its_way(arrive)

    def _break_off(self, reply: Reply[None], after: float | None = None) -> None:
        self._post.breaks += 1
        reply.fail(aiosmtplib.SMTPServerDisconnected("The connection broke."), after=after)
