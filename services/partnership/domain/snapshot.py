"""One upload of a feed, from its arrival to the moment when its staff are compared and known.

            ┌─▶ rejected                 (unreadable: nothing is applied)
staging ────┼─▶ held ──released──┐       (too much changed: a person looks first)
            │    └──refused──▶ refused   (the person said that it is wrong: nothing is applied)
            └─▶ complete ◀───────┘ ──▶ applied ──taken back──▶ retracting ──▶ retracted
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.timeline import Snapped
from shared.errors import Conflict, InvalidInput
from shared.ids import derived

CLOCK_DIFFERENCE = timedelta(minutes=5)
CLOCK_PUT_BACK = timedelta(hours=2)
State = Literal["staging", "rejected", "held", "refused", "complete", "applied", "retracting", "retracted"]


class HoldRules(BaseModel):
    """From which change on a person has to look (sis §4.3); shares of the staff before, and people."""

    model_config = ConfigDict(frozen=True)

    drop_share: float = 0.20
    growth_share: float = 0.30
    growth_share_in_hiring_season: float = 0.60
    people: int = 10
    rekeyed_share: float = 0.50
    smallest_school: int = 3


class Comparison(BaseModel):
    """A snapshot beside what was known: people, and schools whose staff are all gone.

    `unknown_keys` are people whose keys were never seen here; `rekeyed` of them are known by their identifiers.
    """

    model_config = ConfigDict(frozen=True)

    before: int = 0
    now: int = 0
    new: int = 0
    gone: int = 0
    unknown_keys: int = 0
    rekeyed: int = 0
    emptied_schools: tuple[str, ...] = ()


class Snapshot(BaseModel):
    """`sequence` orders a connection's snapshots: its observation time in milliseconds since 1970.

    `line_pieces`: how much is kept of what the source said, for its next delta; None when that is not known.
    `written`: the newest time stamp in its archive, in the time of whoever wrote it.
    """

    model_config = ConfigDict(frozen=True)

    snapshot_id: str
    connection_id: str
    district_id: str
    content_hash: str
    sequence: int
    observed_at: datetime
    received_at: datetime
    state: State = "staging"
    is_baseline: bool = False
    is_delta: bool = False
    chunks: int = 0
    line_pieces: int | None = None
    written: str = ""
    comparison: Comparison = Comparison()
    rows_read: dict[str, int] = {}
    people_kept: int = 0
    people_dropped: dict[str, int] = {}
    findings: tuple[dict[str, Any], ...] = ()
    finding_counts: dict[str, int] = {}
    hold_reasons: tuple[str, ...] = ()
    released_by: str | None = None
    release_reason: str | None = None
    refused_by: str | None = None
    refuse_reason: str | None = None
    decided_at: datetime | None = None
    retracted_by: str | None = None
    retract_reason: str | None = None
    retracted_at: datetime | None = None
    applied_at: datetime | None = None

    def snapped(self, day: date) -> Snapped:
        return Snapped(sequence=self.sequence, day=day, is_delta=self.is_delta)

    def read(self, **report: Any) -> Self:
        """With what was read and found."""
        return self.model_copy(update=report)

    def rejected(self) -> Self:
        return self.model_copy(update={"state": "rejected"})

    def staged(self, chunks: int, comparison: Comparison, reasons: Sequence[str], *, is_baseline: bool) -> Self:
        """All of it is saved: from here on it is applied, whatever happens, unless a person has to look first."""
        return self.model_copy(
            update={
                "state": "held" if reasons else "complete",
                "chunks": chunks,
                "comparison": comparison,
                "hold_reasons": tuple(reasons),
                "is_baseline": is_baseline,
            }
        )

    def released(self, by: str, reason: str, now: datetime) -> Self:
        self._must_be_held()
        said = {"released_by": by, "release_reason": reason, "decided_at": now}
        return self.model_copy(update={"state": "complete", **said})

    def refused(self, by: str, reason: str, now: datetime) -> Self:
        """A person looked, and it is wrong: it is never applied."""
        self._must_be_held()
        return self.model_copy(
            update={"state": "refused", "refused_by": by, "refuse_reason": reason, "decided_at": now}
        )

    def retracting(self, by: str, reason: str, now: datetime) -> Self:
        if self.state != "applied":
            raise Conflict("Only what was applied can be taken back.", hint="Open the run again to see its state.")
        said = {"retracted_by": by, "retract_reason": reason, "retracted_at": now}
        return self.model_copy(update={"state": "retracting", **said})

    def retracted(self) -> Self:
        return self.model_copy(update={"state": "retracted"})

    def was_written_after(self, written_at: datetime | None) -> bool:
        """By the time stamps of two archives of one writer, whose clock may be put back in autumn."""
        if written_at is None or not self.written:
            return False
        return written_at + CLOCK_PUT_BACK < datetime.fromisoformat(self.written)

    def applied(self, now: datetime) -> Self:
        return self.model_copy(update={"state": "applied", "applied_at": now})

    def _must_be_held(self) -> None:
        if self.state != "held":
            raise Conflict("This run is not on hold.", hint="Open the run again to see what became of it.")


def snapshot_id(connection_id: str, content_hash: str, observed_at: datetime) -> str:
    """The same content, seen at the same time, is the same snapshot."""
    return derived("snapshot", connection_id, content_hash, observed_at.isoformat())


def receive(
    identity: str,
    connection_id: str,
    district_id: str,
    content_hash: str,
    observed_at: datetime,
    now: datetime,
    last: Snapshot | None,
    *,
    forced: bool,
) -> Snapshot:
    """An upload begins. One that is older than the last is taken only if that is meant, and put where it belongs; one
    from the future would make all that come after it late: it is refused."""
    if observed_at > now + CLOCK_DIFFERENCE:
        raise InvalidInput(
            "This observation time lies in the future.",
            hint="Say when the export was made, or leave it out if that was just now.",
            where="observed_at",
        )
    if last is not None and observed_at <= last.observed_at and not forced:
        raise Conflict(
            "This snapshot is not newer than the last one of this feed.",
            hint="Upload a newer export, or force it: then it is put where its observation time says.",
            where="observed_at",
        )
    return Snapshot(
        snapshot_id=identity,
        connection_id=connection_id,
        district_id=district_id,
        content_hash=content_hash,
        sequence=int(observed_at.timestamp() * 1000),
        observed_at=observed_at,
        received_at=now,
    )


def hold_reasons(comparison: Comparison, day: date, rules: HoldRules) -> tuple[str, ...]:
    """Why a person has to look before this is applied; in words for them."""
    reasons = []
    before = max(comparison.before, 1)
    in_season = (7, 1) <= (day.month, day.day) <= (10, 15)
    growth = rules.growth_share_in_hiring_season if in_season else rules.growth_share
    if comparison.gone > rules.people and comparison.gone / before > rules.drop_share:
        reasons.append(f"{comparison.gone} of {comparison.before} people are gone.")
    if comparison.new > rules.people and comparison.new / before > growth:
        reasons.append(f"{comparison.new} people are new, against {comparison.before} before.")
    if comparison.emptied_schools:
        reasons.append(f"No staff is left at: {', '.join(comparison.emptied_schools)}.")
    mostly_new_keys = comparison.unknown_keys > rules.people and (
        comparison.unknown_keys / max(comparison.now, 1) > rules.rekeyed_share
    )
    if mostly_new_keys and comparison.rekeyed > 0.8 * comparison.unknown_keys:
        reasons.append(f"{comparison.rekeyed} people have new keys: was the system changed?")
    return tuple(reasons)
