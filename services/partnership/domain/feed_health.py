"""How a feed is, told from its latest runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Literal

from services.partnership.domain.snapshot import Snapshot

STALE_AFTER = timedelta(days=8)
"""A feed that is sent weekly may be a day late."""

FeedState = Literal["nothing_yet", "working", "waiting", "failing", "stale", "healthy"]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """`since`: the moment from which on it is so. `run`: the one to look at."""

    state: FeedState
    since: datetime | None = None
    run: Snapshot | None = None
    failures: int = 0


def feed_health(runs: Sequence[Snapshot], now: datetime) -> FeedHealth:
    """`runs`: the latest ones, the newest first. What needs a person is told before what does not."""
    if not runs:
        return FeedHealth("nothing_yet")
    newest = max(runs, key=lambda run: run.observed_at)
    if newest.state == "held":
        return FeedHealth("waiting", newest.received_at, newest)
    in_order = sorted(runs, key=lambda run: run.received_at, reverse=True)
    failed = list(takewhile(lambda run: run.state == "rejected", in_order))
    if failed:
        return FeedHealth("failing", failed[-1].received_at, failed[0], len(failed))
    if newest.state in ("staging", "complete"):
        return FeedHealth("working", newest.received_at, newest)
    applied = max((run for run in runs if run.state == "applied"), key=lambda run: run.observed_at, default=None)
    if applied is None:
        return FeedHealth("nothing_yet", run=newest)
    if now - applied.observed_at > STALE_AFTER:
        return FeedHealth("stale", applied.observed_at, applied)
    return FeedHealth("healthy", applied.observed_at, applied)
