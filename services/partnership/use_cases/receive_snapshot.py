"""Take an upload of a feed: read it, compare it, and save it whole or not at all."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import BinaryIO

import structlog

from services.partnership.domain.connection import Connection
from services.partnership.domain.findings import LEVELS, FindingKind, Findings, Place
from services.partnership.domain.observation import Roster
from services.partnership.domain.roll import Change
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_zip import RosterLimits
from services.partnership.domain.sighting import Sighting, sight
from services.partnership.domain.snapshot import (
    Comparison,
    Snapshot,
    hold_reasons,
    receive,
    snapshot_id,
)
from services.partnership.domain.sources import READERS
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import UNREAD, FeedStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.recognise_staff import recognise
from shared.access.callers import EVERYTHING
from shared.errors import Conflict
from shared.fault import fault

log = structlog.get_logger()
PIECE = 1000
BLOCK = 1 << 20
SCHOOL_UNKNOWN = FindingKind(
    "org.not_in_directory",
    "warning",
    "This school code is not one of the district's in the state's directory; its staff have no school.",
    "Correct the code, map it in the connection, or ask the agency to add the school.",
)


async def receive_snapshot(
    file: BinaryIO,
    connection: Connection,
    *,
    observed_at: datetime | None,
    forced: bool,
    limits: RosterLimits,
    feeds: FeedStore,
    staff: StaffStore,
    directory: Directory,
    metrics: PartnershipMetrics,
    now: datetime,
) -> Snapshot:
    """The run of this upload: rejected, held, or complete and ready to be applied. The same upload is the same run.

    Without a time of observation, it was now; unless the last upload had the very same content, then it is that one.
    """
    content_hash = await asyncio.to_thread(_content_hash, file)
    await feeds.claim(connection.connection_id, content_hash, now)
    fault("feed.claimed")
    try:
        last = await feeds.last_taken(connection.connection_id)
        observed_at = observed_at or await _seen_when(connection, content_hash, last, feeds, now)
        identity = snapshot_id(connection.connection_id, content_hash, observed_at)
        earlier = await feeds.snapshot(identity)
        if earlier is not None and earlier.state not in UNREAD:
            return earlier
        snapshot = receive(
            identity,
            connection.connection_id,
            connection.district_id,
            content_hash,
            observed_at,
            now,
            last,
            forced=forced,
        )
        if await feeds.unfinished(connection.connection_id):
            raise Conflict("The last snapshot of this feed is still being applied.", hint="Upload again in a minute.")
        return await _read(file, snapshot, connection, limits, feeds, staff, directory, metrics)
    finally:
        await feeds.give_back(connection.connection_id, content_hash)


async def _read(
    file: BinaryIO,
    snapshot: Snapshot,
    connection: Connection,
    limits: RosterLimits,
    feeds: FeedStore,
    staff: StaffStore,
    directory: Directory,
    metrics: PartnershipMetrics,
) -> Snapshot:
    """Read the upload, and stage what it changes. All that was taken before has been applied, and nothing else can come
    between: the feed is claimed."""
    chronicle = await feeds.chronicle(connection)
    if any(each.sequence == snapshot.sequence for each in chronicle.snapshots):
        raise Conflict(
            "Another snapshot of this feed has the same observation time.",
            hint="Take that one back first, or say when this one was really exported.",
            where="observed_at",
        )
    chronicle = chronicle.with_snapshot(snapshot.snapped(connection.day_of(snapshot.observed_at)))
    await feeds.save(snapshot)
    fault("feed.begun")
    try:
        roster = await asyncio.to_thread(READERS[connection.source], file, connection.mapping, limits)
    except RosterRejected as rejection:
        return await _reject(snapshot, rejection.findings, feeds, metrics)
    schools = await directory.schools_of(connection.district_id)
    day, is_delta = connection.day_of(snapshot.observed_at), roster.mode == "delta"
    _note_unknown_schools(roster, schools)
    is_late, is_earliest = chronicle.is_late(snapshot.sequence), chronicle.is_baseline(snapshot.sequence)
    roll = await staff.roll(connection.connection_id, snapshot.sequence if is_late else None)
    sightings = await asyncio.to_thread(_sightings, roster, day, schools)
    people = await recognise(sightings, connection.connection_id, roll, staff=staff)
    chunks = await _stage(list(roll.changes(people, is_delta=is_delta, is_earliest=is_earliest)), snapshot, feeds)
    comparison = roll.compare(people, connection.holds, is_delta=is_delta)
    reasons = _faults(roster) if is_earliest else _reasons(roster, comparison, day, connection)
    staged = _reported(snapshot, roster).staged(chunks, comparison, reasons, is_baseline=is_earliest)
    if not await feeds.save(staged):
        taken = await feeds.run(connection.connection_id, snapshot.snapshot_id, EVERYTHING)
        if taken.received_at != staged.received_at:
            await feeds.discard_attempt(staged)
        return taken
    fault("feed.complete_not_applied")
    _count(staged, roster.findings, metrics)
    return staged


async def _seen_when(
    connection: Connection, content_hash: str, last: Snapshot | None, feeds: FeedStore, now: datetime
) -> datetime:
    """When an upload without a time was seen: as its first attempt said, or now. What a person refused and is sent
    once more is seen anew."""
    attempt = await feeds.newest_of_content(connection.connection_id, content_hash)
    was_refused = attempt is not None and attempt.state == "refused"
    if attempt is not None and not was_refused and (last is None or attempt.observed_at >= last.observed_at):
        return attempt.observed_at
    return now


async def _reject(snapshot: Snapshot, findings: Findings, feeds: FeedStore, metrics: PartnershipMetrics) -> Snapshot:
    rejected = snapshot.read(
        findings=tuple(finding.as_dict() for finding in findings), finding_counts=dict(findings.counts)
    ).rejected()
    await feeds.save(rejected)
    _count(rejected, findings, metrics)
    return rejected


def _sightings(roster: Roster, day: date, schools: frozenset[str]) -> list[Sighting]:
    seen = (sight(observation, day, schools) for observation in roster.observations)
    return [sighting for sighting in seen if sighting is not None]


async def _stage(changes: Sequence[Change], snapshot: Snapshot, feeds: FeedStore) -> int:
    """How many pieces there are."""
    starts = range(0, len(changes), PIECE)
    for number, start in enumerate(starts):
        await feeds.stage(snapshot, number, changes[start : start + PIECE])
        fault("feed.piece_staged")
    return len(starts)


def _content_hash(file: BinaryIO) -> str:
    digest = sha256()
    file.seek(0)
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _faults(roster: Roster) -> tuple[str, ...]:
    return tuple(finding.message for finding in roster.findings if finding.level == "hold")


def _reasons(roster: Roster, comparison: Comparison, day: date, connection: Connection) -> tuple[str, ...]:
    return (*_faults(roster), *hold_reasons(comparison, day, connection.holds))


def _reported(snapshot: Snapshot, roster: Roster) -> Snapshot:
    return snapshot.read(
        is_delta=roster.mode == "delta",
        rows_read=dict(roster.rows_read),
        people_kept=roster.people_kept,
        people_dropped=dict(roster.people_dropped),
        findings=tuple(finding.as_dict() for finding in roster.findings),
        finding_counts=dict(roster.findings.counts),
    )


def _note_unknown_schools(roster: Roster, schools: frozenset[str]) -> None:
    for organization in roster.organizations:
        if organization.type == "school" and organization.code and organization.code not in schools:
            roster.findings.note(SCHOOL_UNKNOWN, Place("orgs.csv", None, "identifier"), public=organization.code)


def _count(snapshot: Snapshot, findings: Findings, metrics: PartnershipMetrics) -> None:
    metrics.snapshots.labels(outcome=snapshot.state).inc()
    metrics.rows.inc(sum(snapshot.rows_read.values()))
    for level in LEVELS:
        metrics.findings.labels(level=level).inc(findings.count_of(level))
    log.info("snapshot_received", snapshot_id=snapshot.snapshot_id, outcome=snapshot.state)
