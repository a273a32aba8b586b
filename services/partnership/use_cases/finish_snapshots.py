"""Apply what is complete and not applied: the end of each upload, and what a stopped process left behind."""

from collections.abc import Callable
from datetime import datetime

from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import FeedStore
from services.partnership.store.hires import HireStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.apply_snapshot import apply_snapshot


async def finish_snapshots(
    *,
    feeds: FeedStore,
    staff: StaffStore,
    completers: CompleterStore,
    hires: HireStore,
    directory: Directory,
    metrics: PartnershipMetrics,
    now: datetime,
    connection_id: str | None = None,
    alive: Callable[[], None] = lambda: None,
) -> None:
    """In order, of all connections or of one. Whatever was half done is done again, to the same end."""
    for snapshot in await feeds.unfinished(connection_id):
        alive()
        await apply_snapshot(
            snapshot,
            feeds=feeds,
            staff=staff,
            completers=completers,
            hires=hires,
            directory=directory,
            metrics=metrics,
            now=now,
        )
