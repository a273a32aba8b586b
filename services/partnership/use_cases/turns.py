"""One at a time for each feed, within this process; between processes, doing a thing twice does no harm."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
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
