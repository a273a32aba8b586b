"""Take an upload of a feed: read it, compare it, and save it whole or not at all."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import BinaryIO

import structlog

from services.partnership.domain.connection import Connection
from services.partnership.domain.findings import FindingKind, Findings, Place
from services.partnership.domain.observation import Roster
from services.partnership.domain.oneroster import read_oneroster
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_zip import RosterLimits
from services.partnership.domain.sighting import Sighting, sight
from services.partnership.domain.snapshot import (
    Comparison,
    Snapshot,
    forced_time,
    hold_reasons,
    receive,
    snapshot_id,
)
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import FeedStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.recognise_staff import Recognised, compare, recognise

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
    last = await feeds.last_taken(connection.connection_id)
    observed_at = observed_at or await _seen_when(connection, content_hash, last, feeds, now)
    identity = snapshot_id(connection.connection_id, content_hash, observed_at)
    earlier = await feeds.snapshot(identity)
    if earlier is not None and earlier.state not in ("staging", "rejected"):
        return earlier
    snapshot = receive(
        identity,
        connection.connection_id,
        connection.district_id,
        content_hash,
        forced_time(observed_at, last) if forced else observed_at,
        now,
        last,
    )
    await feeds.claim(connection.connection_id, snapshot.snapshot_id, now)
    try:
        await feeds.save(snapshot)
        try:
            roster = await asyncio.to_thread(read_oneroster, file, connection.mapping, limits)
        except RosterRejected as rejection:
            return await _reject(snapshot, rejection.findings, feeds, metrics)
        schools = await directory.schools_of(connection.district_id)
        day = connection.day_of(snapshot.observed_at)
        _note_unknown_schools(roster, schools)
        sightings = await asyncio.to_thread(_sightings, roster, day, schools)
        people = await recognise(sightings, connection.connection_id, staff)
        chunks = await _stage(people, snapshot.snapshot_id, feeds)
        comparison = await compare(people, connection, staff, is_delta=roster.mode == "delta")
        reasons = _reasons(roster, comparison, day, connection) if last is not None else _faults(roster)
        staged = _reported(snapshot, roster).staged(chunks, comparison, reasons, is_baseline=last is None)
        await feeds.save(staged)
    finally:
        await feeds.give_back(connection.connection_id, snapshot.snapshot_id)
    _count(staged, roster.findings, metrics)
    return staged


async def _seen_when(
    connection: Connection, content_hash: str, last: Snapshot | None, feeds: FeedStore, now: datetime
) -> datetime:
    """When an upload without a time was seen: as its first attempt said, or now."""
    attempt = await feeds.newest_of_content(connection.connection_id, content_hash)
    if attempt is not None and (last is None or attempt.observed_at >= last.observed_at):
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


async def _stage(people: Sequence[Recognised], snapshot_id: str, feeds: FeedStore) -> int:
    """How many pieces there are."""
    starts = range(0, len(people), PIECE)
    for number, start in enumerate(starts):
        piece = [(each.staff_id, each.sighting) for each in people[start : start + PIECE]]
        await feeds.stage(snapshot_id, number, piece)
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
    for finding in findings:
        metrics.findings.labels(level=finding.level).inc()
    log.info("snapshot_received", snapshot_id=snapshot.snapshot_id, outcome=snapshot.state)
