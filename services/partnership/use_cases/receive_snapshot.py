"""Take an upload of a feed: read it, compare it, and save it whole or not at all."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import BinaryIO

import structlog

from services.partnership.domain.connection import Connection
from services.partnership.domain.findings import LEVELS, FindingKind, Findings, Place
from services.partnership.domain.observation import Roster, StaffObservation
from services.partnership.domain.oneroster_known import Known
from services.partnership.domain.roll import Change, Roll, Seen
from services.partnership.domain.roster_findings import WRITTEN_BEFORE, RosterRejected
from services.partnership.domain.roster_zip import RosterLimits
from services.partnership.domain.sighting import Sighting, says_something, sight
from services.partnership.domain.snapshot import (
    Comparison,
    Snapshot,
    hold_reasons,
    receive,
    snapshot_id,
)
from services.partnership.domain.sources import MAY_BE_DELTA, READERS
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
FIRST_IS_DELTA = "The first set of a feed says changes only; a set of everybody should come first."
DELTA_MUST_WAIT = FindingKind(
    "delta.earlier_on_hold",
    "reject",
    "An earlier delta of this feed is on hold, and this one builds on it.",
    "Release or reject that run, then upload this file again.",
)
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
    But then its files may not have been written before those of the last.
    """
    content_hash = await asyncio.to_thread(_content_hash, file)
    await feeds.claim(connection.connection_id, content_hash, now)
    fault("feed.claimed")
    try:
        last = await feeds.last_taken(connection.connection_id)
        must_follow = last if observed_at is None and not forced else None
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
        return await _read(file, snapshot, connection, must_follow, limits, feeds, staff, directory, metrics)
    finally:
        await feeds.give_back(connection.connection_id, content_hash)


async def _read(
    file: BinaryIO,
    snapshot: Snapshot,
    connection: Connection,
    must_follow: Snapshot | None,
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
        roster = await _roster(file, connection, limits, feeds)
        if must_follow is not None and must_follow.was_written_after(roster.written_at):
            roster.findings.note(WRITTEN_BEFORE)
            raise RosterRejected(roster.findings)
    except RosterRejected as rejection:
        return await _reject(snapshot, rejection.findings, feeds, metrics)
    snapshot = snapshot.read(is_delta=roster.mode == "delta")
    _note_unknown_schools(roster, await directory.schools_of(connection.district_id))
    is_late, is_earliest = chronicle.is_late(snapshot.sequence), chronicle.is_baseline(snapshot.sequence)
    roll = await staff.roll(connection.connection_id, snapshot.sequence if is_late else None)
    comparison, chunks = await _stage(roster, snapshot, connection, roll, is_earliest, feeds, staff, directory)
    if roster.kept is not None and (snapshot.is_delta or not is_late):
        snapshot = snapshot.read(line_pieces=await _keep(roster.kept, snapshot, feeds))
    reasons = _reasons(roster, comparison, connection.day_of(snapshot.observed_at), connection, is_earliest=is_earliest)
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


async def _roster(file: BinaryIO, connection: Connection, limits: RosterLimits, feeds: FeedStore) -> Roster:
    """What the upload says; a delta on top of what is known. One that builds on a delta on hold has to wait for it."""
    read, may_be_delta = READERS[connection.source], MAY_BE_DELTA.get(connection.source)
    if may_be_delta is None or not await asyncio.to_thread(may_be_delta, file, connection.mapping, limits):
        return await asyncio.to_thread(read, file, connection.mapping, limits)
    if any(held.is_delta for held in await feeds.held(connection.connection_id)):
        findings = Findings()
        findings.note(DELTA_MUST_WAIT)
        raise RosterRejected(findings)
    known = None
    for base in await feeds.knowing(connection.connection_id):
        known = Known() if await feeds.lines.are_whole(base) else None
        if known is not None:
            async for lines in feeds.lines.of(base):
                await asyncio.to_thread(known.take, lines)
    return await asyncio.to_thread(partial(read, file, connection.mapping, limits, known=known))


async def _stage(
    roster: Roster,
    snapshot: Snapshot,
    connection: Connection,
    roll: Roll,
    is_earliest: bool,
    feeds: FeedStore,
    staff: StaffStore,
    directory: Directory,
) -> tuple[Comparison, int]:
    """Piece by piece, whatever the number of people. The upload beside the roll, and how many pieces there are."""
    schools, day = await directory.schools_of(connection.district_id), connection.day_of(snapshot.observed_at)
    taken = await asyncio.to_thread(_under_known_keys, roster, day, roll)
    seen, people, number = Seen(), iter(roster.observations), 0
    while piece := await asyncio.to_thread(_sightings, people, day, schools):
        recognised = await recognise(
            [each for each in piece if each is not None], taken, connection.connection_id, roll, staff=staff
        )
        for each in recognised:
            seen.note(each)
        number = await _stage_changes(filter(None, map(roll.change, recognised)), snapshot, number, feeds)
    if not snapshot.is_delta:
        missed = roll.missed(seen.mentioned, is_earliest=is_earliest)
        number = await _stage_changes(missed, snapshot, number, feeds)
    return roll.compare(seen, connection.holds, is_delta=snapshot.is_delta), number


async def _stage_changes(changes: Iterable[Change], snapshot: Snapshot, number: int, feeds: FeedStore) -> int:
    """How many pieces there are now."""
    left = iter(changes)
    while piece := list(islice(left, PIECE)):
        await feeds.stage(snapshot, number, piece)
        fault("feed.piece_staged")
        number += 1
    return number


async def _keep(kept: Iterable[str], snapshot: Snapshot, feeds: FeedStore) -> int:
    """What the source said, for its next delta; how many pieces there are."""
    lines, number = iter(kept), 0
    while piece := await asyncio.to_thread(lambda: list(islice(lines, PIECE))):
        await feeds.lines.keep(snapshot, number, piece)
        fault("feed.lines_kept")
        number += 1
    return number


def _under_known_keys(roster: Roster, day: date, roll: Roll) -> set[str]:
    """The people who occur in the upload under keys that are known."""
    known = (roll.whose(each.keys) for each in roster.observations if says_something(each, day))
    return {staff_id for staff_id in known if staff_id is not None}


def _sightings(people: Iterator[StaffObservation], day: date, schools: frozenset[str]) -> list[Sighting | None]:
    """Of the next so many; None for those of whom nothing is said."""
    return [sight(each, day, schools) for each in islice(people, PIECE)]


def _content_hash(file: BinaryIO) -> str:
    digest = sha256()
    file.seek(0)
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _reasons(
    roster: Roster, comparison: Comparison, day: date, connection: Connection, *, is_earliest: bool
) -> tuple[str, ...]:
    """Why a person has to look first. With the baseline there is nothing to compare."""
    faults = tuple(finding.message for finding in roster.findings if finding.level == "hold")
    if not is_earliest:
        return (*faults, *hold_reasons(comparison, day, connection.holds))
    return (*faults, FIRST_IS_DELTA) if roster.mode == "delta" and not roster.is_full_list else faults


def _reported(snapshot: Snapshot, roster: Roster) -> Snapshot:
    return snapshot.read(
        written=roster.written_at.isoformat() if roster.written_at else "",
        rows_read=dict(roster.rows_read),
        people_kept=roster.people_kept,
        people_dropped=dict(roster.people_dropped),
        findings=tuple(finding.as_dict() for finding in roster.findings),
        finding_counts=dict(roster.findings.counts),
    )


def _note_unknown_schools(roster: Roster, schools: frozenset[str]) -> None:
    file = "orgs.csv" if "orgs.csv" in roster.rows_read else ""
    for organization in roster.organizations:
        if organization.type == "school" and organization.code and organization.code not in schools:
            roster.findings.note(SCHOOL_UNKNOWN, Place(file, None, "identifier"), public=organization.code)


def _count(snapshot: Snapshot, findings: Findings, metrics: PartnershipMetrics) -> None:
    metrics.snapshots.labels(outcome=snapshot.state).inc()
    metrics.rows.inc(sum(snapshot.rows_read.values()))
    for level in LEVELS:
        metrics.findings.labels(level=level).inc(findings.count_of(level))
    log.info("snapshot_received", snapshot_id=snapshot.snapshot_id, outcome=snapshot.state)
