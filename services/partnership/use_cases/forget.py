"""Once a day: forget what is kept of people, uploads and findings longer than it is needed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from services.partnership.domain.retention import Keeping
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.feeds import FeedStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.pull_feed import PullStores
from shared.access.callers import EVERYTHING

log = structlog.get_logger()
AT_ONCE = 1000


async def forget(
    keeping: Keeping,
    *,
    staff: StaffStore,
    stores: PullStores,
    metrics: PartnershipMetrics,
    now: datetime,
    alive: Callable[[], None] = lambda: None,
) -> None:
    """Who left and is no completer loses name and identifiers; a run that nobody released is rejected; what was staged
    and belongs to no run that waits is deleted; of old runs the findings go, their counts stay. What the source of a
    feed said goes when that has long been silent: it has to begin with a whole set again."""
    counted = {"people": 0}
    while found := await staff.forget_who_left((now - timedelta(days=keeping.people)).date(), AT_ONCE):
        alive()
        counted["people"] += found
    counted["held_runs"] = await _reject_old(now - timedelta(days=keeping.held_runs), keeping, stores.feeds, now)
    counted["staged"] = await stores.feeds.discard_orphans(now - timedelta(days=1))
    counted["findings"] = await stores.feeds.forget_findings(now - timedelta(days=keeping.findings))
    silent = now - timedelta(days=keeping.sources)
    counted["sources"] = await stores.feeds.lines.forget(silent) + await stores.mirror.forget_older(silent)
    for kind, count in counted.items():
        metrics.forgotten.labels(kind=kind).inc(count)
    log.info("forgotten", people=counted["people"])


async def _reject_old(before: datetime, keeping: Keeping, feeds: FeedStore, now: datetime) -> int:
    rejected = 0
    for each in await feeds.held_since_before(before):
        run = await feeds.run(each.connection_id, each.snapshot_id, EVERYTHING)
        reason = f"Nobody released it within {keeping.held_runs} days."
        if run.state == "held" and await feeds.move(run.refused("retention", reason, now), was="held"):
            await feeds.discard_staged(run.snapshot_id)
            rejected += 1
    return rejected
