"""Make a complete snapshot known: who came, moved, returned and left, and what follows for hires."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from services.partnership.domain.connection import Connection
from services.partnership.domain.episodes import Chronicle
from services.partnership.domain.roll import Change
from services.partnership.domain.snapshot import Snapshot
from services.partnership.domain.staff import Staff, first_seen
from services.partnership.domain.timeline import Snapped
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import FeedStore
from services.partnership.store.hires import HireStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.settle_hires import settle_hires
from services.partnership.use_cases.tell_hires import tell_hires
from services.partnership.use_cases.tell_leaders import tell_leaders
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
    """Each person is a write of its own that an earlier attempt may have made: again from the start is the same.

    One that is being taken back is applied in reverse.
    """
    connection = await feeds.connection(snapshot.connection_id, EVERYTHING)
    chronicle = await feeds.chronicle(connection)
    if snapshot.state == "retracting":
        await _take_back(snapshot, chronicle, staff, completers, alive)
    else:
        await _make_known(snapshot, connection, chronicle, feeds, staff, completers, alive)
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
    day = connection.day_of(snapshot.observed_at)
    await tell_leaders(connection.district_id, day, staff=staff, directory=directory, now=now)
    done = snapshot.retracted() if snapshot.state == "retracting" else snapshot.applied(now)
    if await feeds.move(done, was=snapshot.state):
        metrics.snapshots.labels(outcome=done.state).inc()
    fault("feed.applied_not_discarded")
    await feeds.discard_staged(snapshot.snapshot_id)
    await feeds.discard_lines_before(snapshot)
    log.info("snapshot_applied", snapshot_id=snapshot.snapshot_id, outcome=done.state)
    return done


async def _make_known(
    snapshot: Snapshot,
    connection: Connection,
    chronicle: Chronicle,
    feeds: FeedStore,
    staff: StaffStore,
    completers: CompleterStore,
    alive: Callable[[], None],
) -> None:
    snapped = snapshot.snapped(connection.day_of(snapshot.observed_at))
    async for piece in feeds.staged(snapshot):
        alive()
        known = await staff.by_ids([staff_id for staff_id, _ in piece])
        after = [_after(change, known.get(change[0]), connection, chronicle, snapped) for change in piece]
        await _save([each for each in after if known.get(each.staff_id) is not each], known, staff, completers)


async def _take_back(
    snapshot: Snapshot,
    chronicle: Chronicle,
    staff: StaffStore,
    completers: CompleterStore,
    alive: Callable[[], None],
) -> None:
    """The connection's chronicle is without it already; so will be what each person's timeline comes to."""
    async for piece in staff.everybody(snapshot.connection_id):
        alive()
        known = {each.staff_id: each for each in piece}
        after = [each.without_snapshot(snapshot.sequence, chronicle) for each in piece]
        await _save([each for each in after if known[each.staff_id] is not each], known, staff, completers)


async def _save(
    changed: Sequence[Staff], known: dict[str, Staff], staff: StaffStore, completers: CompleterStore
) -> None:
    settled = await settle_hires(changed, completers=completers)
    fault("feed.hires_settled")
    await staff.follow_all([each for each in settled if each.staff_id in known], known)
    fault("feed.staff_changed")
    await staff.add_all([each for each in settled if each.staff_id not in known])
    fault("feed.staff_added")


def _after(
    change: Change, known: Staff | None, connection: Connection, chronicle: Chronicle, snapped: Snapped
) -> Staff:
    staff_id, sighting = change
    if known is not None:
        return known.after(sighting, snapped, chronicle)
    if sighting is None:
        raise ValueError("Somebody who was never seen cannot be missed.")
    return first_seen(staff_id, connection.connection_id, connection.district_id, sighting, snapped, chronicle)
