"""The whole way of an upload: finish what came before, read it, apply it unless a person has to look first."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import BinaryIO

from services.partnership.domain.connection import Connection
from services.partnership.domain.snapshot import Snapshot
from services.partnership.domain.sources import READERS
from services.partnership.store.feeds import FeedStore
from services.partnership.use_cases.finish_snapshots import Turns
from shared.access.callers import EVERYTHING
from shared.errors import Conflict

Receive = Callable[..., Awaitable[Snapshot]]
Finish = Callable[..., Awaitable[None]]


async def take_snapshot(
    file: BinaryIO,
    connection: Connection,
    *,
    observed_at: datetime | None,
    forced: bool,
    receive: Receive,
    finish: Finish,
    turns: Turns,
    feeds: FeedStore,
    now: datetime,
) -> Snapshot:
    """The run of this upload as it ended. `receive` and `finish` are the two use cases, with their stores."""
    if connection.source not in READERS:
        raise Conflict("This feed takes no files.", hint="Send its hires to POST /v1/hires, or connect another feed.")
    await finish(connection.connection_id, now=now)
    async with turns.of(connection.connection_id):
        received = await receive(file, connection, observed_at=observed_at, forced=forced, now=now)
    await finish(connection.connection_id, now=now)
    return await feeds.run(connection.connection_id, received.snapshot_id, EVERYTHING)
