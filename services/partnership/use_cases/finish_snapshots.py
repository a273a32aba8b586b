"""Apply what is complete and not applied: the end of each upload, and what a stopped process left behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from services.partnership.store.feeds import FeedStore
from shared.errors import StaleRevision

ATTEMPTS = 3


class Turns:
    """One at a time for each feed, within this process; between processes, doing a thing twice does no harm."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}

    def is_taken(self, connection_id: str) -> bool:
        """Whether somebody here is at it."""
        lock = self._locks.get(connection_id)
        return lock is not None and lock.locked()

    @asynccontextmanager
    async def of(self, connection_id: str) -> AsyncIterator[None]:
        """Wait for the turn, and keep it."""
        async with self._locks.setdefault(connection_id, asyncio.Lock()):
            yield


async def finish_feed(
    connection_id: str, *, feeds: FeedStore, apply: Callable[..., Awaitable[object]], turns: Turns, now: datetime
) -> None:
    """In order. Whatever was half done is done again, to the same end; so is what a reviewer's decision ran into."""
    async with turns.of(connection_id):
        for snapshot in await feeds.unfinished(connection_id):
            for attempt in range(ATTEMPTS):
                try:
                    await apply(snapshot, now=now)
                    break
                except StaleRevision:
                    if await feeds.is_applied(snapshot.snapshot_id):
                        break
                    if attempt == ATTEMPTS - 1:
                        raise


async def finish_feeds(
    *,
    feeds: FeedStore,
    apply: Callable[..., Awaitable[object]],
    turns: Turns,
    alive: Callable[[], None],
    now: datetime,
) -> None:
    """All feeds, but those at which somebody here is already."""
    for connection_id in sorted({snapshot.connection_id for snapshot in await feeds.unfinished()}):
        alive()
        if not turns.is_taken(connection_id):
            await finish_feed(connection_id, feeds=feeds, apply=apply, turns=turns, now=now)
