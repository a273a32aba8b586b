"""Make a complete snapshot known: who came, moved, returned and left, and what follows for hires."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from services.partnership.domain.connection import Connection
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.snapshot import Snapshot
from services.partnership.domain.staff import Snapped, Staff, first_seen
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import FeedStore
from services.partnership.store.hires import HireStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.settle_hires import settle_hires
from shared.access.callers import EVERYTHING
from shared.mongo import Document

log = structlog.get_logger()
PIECE = 1000


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
    seen: set[str] = set()

    async def save(changed: Sequence[Staff], new: Sequence[Staff], revisions: Mapping[str, int]) -> None:
        settled = await settle_hires(
            [*changed, *new], completers=completers, hires=hires, directory=directory, metrics=metrics, now=now
        )
        await staff.follow_all(settled[: len(changed)], revisions)
        await staff.add_all(settled[len(changed) :])

    async for piece in feeds.staged(snapshot):
        alive()
        seen.update(staff_id for staff_id, _ in piece)
        changed, new, revisions = await _after_being_seen(piece, connection, snapped, staff)
        await save(changed, new, revisions)
    if not snapshot.is_delta:
        missing = [each async for each, _, _ in staff.still_there(snapshot.connection_id) if each not in seen]
        for start in range(0, len(missing), PIECE):
            alive()
            known = await staff.by_ids(missing[start : start + PIECE])
            due = [each for each in known.values() if each.sequence < snapped.sequence]
            left = [each.missed(snapped, connection.exits) for each in due]
            await save(left, [], {each.staff_id: each.revision for each in due})
    applied = snapshot.applied(now)
    if await feeds.move(applied, was="complete"):
        metrics.snapshots.labels(outcome="applied").inc()
    await feeds.discard_staged(snapshot.snapshot_id)
    log.info("snapshot_applied", snapshot_id=snapshot.snapshot_id, people=len(seen))
    return applied


async def _after_being_seen(
    piece: Sequence[tuple[str, Sighting]],
    connection: Connection,
    snapped: Snapped,
    staff: StaffStore,
) -> tuple[list[Staff], list[Staff], dict[str, int]]:
    """(known people who are otherwise now, new people, the revisions of the known).

    Whoever is as before is neither read in full nor written.
    """
    marks = await staff.marks([staff_id for staff_id, _ in piece])
    otherwise = {
        staff_id: sighting
        for staff_id, sighting in piece
        if staff_id in marks and not _is_as_before(marks[staff_id], sighting, snapped)
    }
    known = await staff.by_ids(list(otherwise))
    changed = [each.seen(otherwise[each.staff_id], snapped) for each in known.values()]
    new = [
        first_seen(
            staff_id,
            connection.connection_id,
            connection.district_id,
            sighting,
            snapped,
            live_since=connection.live_since,
        )
        for staff_id, sighting in piece
        if staff_id not in marks and sighting.ended_on is None
    ]
    return changed, new, {each.staff_id: each.revision for each in known.values()}


def _is_as_before(mark: Document, sighting: Sighting, snapped: Snapped) -> bool:
    if mark["sequence"] >= snapped.sequence:
        return True
    where_it_was = "present" if sighting.ended_on is None else "exited"
    return bool(mark["digest"] == sighting.digest and mark["status"] == where_it_was)
