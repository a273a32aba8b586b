"""`Idempotency-Key`: a request that is sent again gets the answer that it got, and nothing is done again.

Kept for three days by caller and key: what was asked, by its hash, and the answer as it was given. What ended in an
error is not kept, and may be tried again.
"""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header
from starlette.responses import Response

from shared.clock import Clock
from shared.errors import AlreadyThere, Conflict, InvalidInput, Outage
from shared.ids import derived
from shared.mongo import Collection, Document, Index

KEPT_FOR = timedelta(hours=72)
GONE_AFTER = timedelta(minutes=10)
"""Whoever has not answered by then has died over it; the next one may try."""
KEY = re.compile(r"[\x21-\x7e]{1,200}")
REPLAYED = "idempotency-replayed"

Do = Callable[[], Awaitable[Response]]


def _key(idempotency_key: Annotated[str, Header()] = "") -> str:
    if idempotency_key and not KEY.fullmatch(idempotency_key):
        raise InvalidInput(
            "The Idempotency-Key cannot be used.",
            hint="Send up to 200 letters and digits, such as a UUID; a new one for each new request.",
            where="Idempotency-Key",
        )
    return idempotency_key


IdempotencyKey = Annotated[str, Depends(_key)]
"""A route's parameter of this type is the caller's key; empty without one."""


def fingerprint(*parts: str | bytes) -> str:
    """A hash of all that makes a request what it is."""
    digest = sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8) + content)
    return digest.hexdigest()


class Idempotency:
    """The keys of one service."""

    def __init__(self, collection: Collection, clock: Clock) -> None:
        self._collection = collection
        self._clock = clock

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(Index(["expires_at"], expire_after_seconds=0))

    async def answer(self, key: str, subject: str, asked: str, do: Do) -> Response:
        """What `do` answers, or has answered to this caller's key before. `asked` is the request's fingerprint.

        InvalidInput: the key came with another request. Conflict: the first one with it is still being worked on.
        """
        if not key:
            return await do()
        claim = {"_id": derived("idempotency", subject, key), "claimed_at": _milliseconds(self._clock())}
        if (kept := await self._claim(claim, asked)) is not None:
            return _replayed(kept)
        try:
            answer = await do()
        except BaseException:
            with suppress(Outage):
                await self._collection.delete_many(claim)
            raise
        await self._collection.update_one(
            claim,
            {"$set": {"status": answer.status_code, "media_type": answer.media_type, "body": bytes(answer.body)}},
        )
        return answer

    async def _claim(self, claim: Document, asked: str) -> Document | None:
        """None: it is ours to do. Else what was answered."""
        try:
            await self._collection.insert_one({**claim, "asked": asked, "expires_at": claim["claimed_at"] + KEPT_FOR})
            return None
        except AlreadyThere:
            kept = await self._collection.find_one({"_id": claim["_id"]})
        if kept is not None and kept["asked"] != asked:
            raise InvalidInput(
                "This Idempotency-Key came with another request before.",
                hint="Use a new key for a new request, and the same key only to send the very same request again.",
                where="Idempotency-Key",
            )
        if kept is not None and "status" in kept:
            return kept
        if kept is None or not await self._take_over(kept, claim):
            raise Conflict(
                "The first request with this Idempotency-Key is still being worked on.", hint="Try again in a minute."
            )
        return None

    async def _take_over(self, kept: Document, claim: Document) -> bool:
        """Whether the first one is gone, and nobody else has taken its place."""
        if claim["claimed_at"] - kept["claimed_at"] < GONE_AFTER:
            return False
        theirs = {"_id": kept["_id"], "claimed_at": kept["claimed_at"], "status": {"$exists": False}}
        return await self._collection.update_one(theirs, {"$set": {"claimed_at": claim["claimed_at"]}}) == 1


def _replayed(kept: Document) -> Response:
    return Response(bytes(kept["body"]), int(kept["status"]), media_type=kept["media_type"], headers={REPLAYED: "true"})


def _milliseconds(moment: datetime) -> datetime:
    """As MongoDB keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
