"""One pull of a feed, from the moment when it is wanted until what it brought is a snapshot, or it came to nothing.

waiting ─▶ running ─▶ delivered       (a snapshot, received like an upload)
   ▲          ├─────▶ failed          (nothing is applied)
   └─ again ──┤
              └─────▶ cancelled
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.connection import Connection
from services.partnership.domain.pull_paging import Cursor
from services.partnership.domain.pull_settings import PulledSource
from services.partnership.domain.pulled_rows import Harvest
from services.partnership.domain.source_trouble import SourceTrouble
from shared.errors import Conflict
from shared.ids import derived
from shared.web_trouble import WebTrouble

State = Literal["waiting", "running", "delivered", "failed", "cancelled"]
OPEN: tuple[State, ...] = ("waiting", "running")
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120))
"""After each trouble that may pass; after the last the pull has failed, and the calendar's next one begins afresh."""
TAKES = 12
REREADS = 3


class Pull(BaseModel):
    """`wanted_by` nobody: by the calendar. `takes`: how often a process set to work on it; who saves says which take it
    is. `generation` names the rows that it fills, `since` from which stamp or change on it asks, `newest` up to where
    it has come; `step` and `cursor` are where it goes on after a stop."""

    model_config = ConfigDict(frozen=True)

    pull_id: str
    connection_id: str
    district_id: str
    source: PulledSource
    wanted_by: str | None = None
    wanted_at: datetime
    due_at: datetime
    wants_all: bool = False
    state: State = "waiting"
    next_try_at: datetime | None
    tries: int = 0
    takes: int = 0
    until: datetime | None = None
    cancelled_by: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    kind: Literal["all", "changes"] | None = None
    generation: str = ""
    since: str | None = None
    newest: str | None = None
    uses_snapshot: bool = False
    unfiltered: bool = False
    step: int = 0
    cursor: Cursor = Cursor()
    rereads: int = 0
    pages: int = 0
    rows: int = 0
    kept: int = 0
    dropped: dict[str, int] = {}
    error: str = ""
    hint: str = ""
    snapshot_id: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def planned(self, since: str | None, newest: str | None, generation: str, *, uses_snapshot: bool) -> Self:
        """What is to be asked for is settled, once: changes if `since` is known, else all."""
        plan = {"since": since, "newest": newest, "generation": generation, "uses_snapshot": uses_snapshot}
        return self.model_copy(update=plan | {"kind": "all" if since is None else "changes"})

    def without_filter(self) -> Self:
        """The source does not filter: whoever wanted changes has to read all, from the beginning."""
        if self.kind == "changes":
            return self.model_copy(update=_BEGINNING | {"unfiltered": True, "wants_all": True})
        return self.model_copy(update={"unfiltered": True, "cursor": Cursor()})

    def turned(self, cursor: Cursor, harvest: Harvest, newest: str | None) -> Self:
        """A page further."""
        dropped = Counter(self.dropped) + harvest.dropped
        return self.model_copy(
            update={
                "cursor": cursor,
                "newest": newest,
                "pages": self.pages + 1,
                "rows": self.rows + len(harvest.keys),
                "kept": self.kept + len(harvest.kept),
                "dropped": dict(dropped),
                "error": "",
                "hint": "",
            }
        )

    def list_read(self) -> Self:
        return self.model_copy(update={"step": self.step + 1, "cursor": Cursor(), "rereads": 0})

    def rereading(self) -> Self:
        """The list in hand from its beginning."""
        return self.model_copy(update={"cursor": Cursor(), "rereads": self.rereads + 1})

    def delivered(self, snapshot_id: str, now: datetime) -> Self:
        return self._ended("delivered", now).model_copy(update={"snapshot_id": snapshot_id})

    def refused(self, snapshot_id: str, message: str, hint: str, now: datetime) -> Self:
        """What was pulled could not be read: nothing of it is applied."""
        said = {"snapshot_id": snapshot_id, "error": message, "hint": hint}
        return self._ended("failed", now).model_copy(update=said)

    def cancelled(self, by: str, now: datetime) -> Self:
        if not self.is_open:
            raise Conflict("This pull has ended already.")
        return self._ended("cancelled", now).model_copy(update={"cancelled_by": by})

    def troubled(self, trouble: WebTrouble | SourceTrouble, now: datetime) -> Self:
        """It waits for another try if that can help, and goes on where it was; else it has failed."""
        said = {"error": trouble.message, "hint": trouble.hint}
        if not trouble.may_pass or self.tries >= len(WAITS):
            return self._ended("failed", now).model_copy(update=said)
        wished = timedelta(seconds=min(getattr(trouble, "retry_after", None) or 0, WAITS[-1].total_seconds()))
        again = now + max(WAITS[self.tries], wished)
        waiting = {"state": "waiting", "tries": self.tries + 1, "next_try_at": again, "until": None}
        return self.model_copy(update=said | waiting)

    def _ended(self, state: State, now: datetime) -> Self:
        return self.model_copy(update={"state": state, "ended_at": now, "next_try_at": None, "until": None})


_BEGINNING = {
    "kind": None,
    "generation": "",
    "since": None,
    "newest": None,
    "step": 0,
    "cursor": Cursor(),
    "rereads": 0,
}


class Mirror(BaseModel):
    """Up to where a connection's rows are known: the generation that is whole, since when, and its newest change."""

    model_config = ConfigDict(frozen=True)

    generation: str
    read_at: datetime
    newest: str | None


def wanted(
    connection_id: str,
    district_id: str,
    source: PulledSource,
    due_at: datetime,
    now: datetime,
    *,
    by: str | None = None,
    wants_all: bool = False,
) -> Pull:
    """A pull to be made as soon as it is due. Two processes that see the same run due name the same pull."""
    return Pull(
        pull_id=derived("pull", connection_id, by or "calendar", due_at.isoformat()),
        connection_id=connection_id,
        district_id=district_id,
        source=source,
        wanted_by=by,
        wanted_at=now,
        due_at=due_at,
        next_try_at=due_at,
        wants_all=wants_all,
    )


def changes_since(pull: Pull, mirror: Mirror | None, connection: Connection, now: datetime) -> str | None:
    """From where on changes will do; None: everything has to be read, since deletions show only in that, and rows that
    another mapping dropped."""
    settings, mapped_at = connection.pull, connection.mapping_changed_at
    if settings is None or not settings.changes_only or pull.wants_all or mirror is None or mirror.newest is None:
        return None
    if mapped_at is not None and mapped_at > mirror.read_at:
        return None
    if now - mirror.read_at >= timedelta(days=settings.reconcile_days):
        return None
    return mirror.newest
