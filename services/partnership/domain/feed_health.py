"""How a feed is, told from its latest runs and pulls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Literal

from services.partnership.domain.pull import Pull
from services.partnership.domain.snapshot import Snapshot

STALE_AFTER = timedelta(days=8)
"""A feed that is sent weekly may be a day late."""

FeedState = Literal["nothing_yet", "working", "waiting", "failing", "not_pulled", "stale", "healthy"]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """`since`: the moment from which on it is so. `run` or `pull`: the one to look at."""

    state: FeedState
    since: datetime | None = None
    run: Snapshot | None = None
    failures: int = 0
    pull: Pull | None = None


def feed_health(runs: Sequence[Snapshot], pulls: Sequence[Pull], now: datetime) -> FeedHealth:
    """`runs` and `pulls`: the latest ones, the newest first. What needs a person is told before what does not."""
    fruitless = _fruitless(pulls, max((run.received_at for run in runs), default=None))
    if not runs:
        return fruitless or FeedHealth("nothing_yet")
    newest = max(runs, key=lambda run: run.observed_at)
    if newest.state == "held":
        return FeedHealth("waiting", newest.received_at, newest)
    in_order = sorted(runs, key=lambda run: run.received_at, reverse=True)
    failed = list(takewhile(lambda run: run.state == "rejected", in_order))
    if failed:
        return FeedHealth("failing", failed[-1].received_at, failed[0], len(failed))
    if fruitless:
        return fruitless
    if newest.state in ("staging", "complete"):
        return FeedHealth("working", newest.received_at, newest)
    applied = max((run for run in runs if run.state == "applied"), key=lambda run: run.observed_at, default=None)
    if applied is None:
        return FeedHealth("nothing_yet", run=newest)
    if now - applied.observed_at > STALE_AFTER:
        return FeedHealth("stale", applied.observed_at, applied)
    return FeedHealth("healthy", applied.observed_at, applied)


def _fruitless(pulls: Sequence[Pull], last_received: datetime | None) -> FeedHealth | None:
    """The latest pulls that ended without anything to receive, if nothing has been received since."""
    ended = [pull for pull in pulls if pull.state in ("delivered", "failed")]
    failed = list(takewhile(lambda pull: pull.state == "failed" and pull.snapshot_id is None, ended))
    if not failed or (last_received is not None and last_received > failed[0].wanted_at):
        return None
    return FeedHealth("not_pulled", failed[-1].ended_at, failures=len(failed), pull=failed[0])
