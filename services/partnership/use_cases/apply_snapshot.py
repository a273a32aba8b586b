"""Make a complete snapshot known: who came, moved, returned and left, and what follows for hires."""

from collections.abc import Callable
from datetime import datetime

import structlog

from services.partnership.domain.connection import Connection
from services.partnership.domain.roll import Change
from services.partnership.domain.snapshot import Snapshot
from services.partnership.domain.staff import Snapped, Staff, first_seen
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import FeedStore
from services.partnership.store.hires import HireStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.settle_hires import settle_hires
from services.partnership.use_cases.tell_hires import tell_hires
from shared.access.callers import EVERYTHING
from shared.fault import fault

log = structlog.get_logger()


async def apply_snapshot(
    snapshot: Snapshot,
    *,
    feeds: FeedStore,
    staff: StaffStore,
    completers: CompleterStore,
    hires: HireStore,
    directory: Directory,
    metrics: PartnershipMetrics,
    now: datetime,
    alive: Callable[[], None] = lambda: None,
) -> Snapshot:
    """Each person is a write of its own that an earlier attempt may have made: again from the start is the same."""
    connection = await feeds.connection(snapshot.connection_id, EVERYTHING)
    snapped = snapshot.snapped(connection.day_of(snapshot.observed_at))
    people = 0
    async for piece in feeds.staged(snapshot):
        alive()
        people += len(piece)
        known = await staff.by_ids([staff_id for staff_id, _ in piece])
        after = [
            _after(change, known.get(change[0]), connection, snapped)
            for change in piece
            if change[0] not in known or known[change[0]].sequence < snapped.sequence
        ]
        settled = await settle_hires(after, completers=completers, hires=hires, now=now)
        fault("feed.hires_followed")
        await staff.follow_all([each for each in settled if each.staff_id in known], known)
        fault("feed.staff_changed")
        await staff.add_all([each for each in settled if each.staff_id not in known])
        fault("feed.staff_added")
    await tell_hires(
        staff=staff,
        completers=completers,
        hires=hires,
        directory=directory,
        metrics=metrics,
        now=now,
        connection_id=snapshot.connection_id,
    )
    fault("feed.hires_told")
    applied = snapshot.applied(now)
    if await feeds.move(applied, was="complete"):
        metrics.snapshots.labels(outcome="applied").inc()
    fault("feed.applied_not_discarded")
    await feeds.discard_staged(snapshot.snapshot_id)
    log.info("snapshot_applied", snapshot_id=snapshot.snapshot_id, people=people)
    return applied


def _after(change: Change, known: Staff | None, connection: Connection, snapped: Snapped) -> Staff:
    staff_id, sighting = change
    if known is not None:
        return known.missed(snapped, connection.exits) if sighting is None else known.seen(sighting, snapped)
    if sighting is None:
        raise ValueError("Somebody who was never seen cannot be missed.")
    return first_seen(
        staff_id,
        connection.connection_id,
        connection.district_id,
        sighting,
        snapped,
        live_since=connection.live_since,
    )
