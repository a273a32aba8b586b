"""Ask a district's system for its staff: one pull, from where it is to its end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from services.partnership.domain.pull import TAKES, Pull
from services.partnership.domain.pull_settings import PullSettings
from services.partnership.domain.snapshot import Snapshot
from services.partnership.domain.source_trouble import FilterRefused, SourceTrouble
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.credentials import CredentialStore
from services.partnership.store.feeds import FeedStore
from services.partnership.store.mirror import MirrorStore
from services.partnership.store.pulls import PullStore
from services.partnership.use_cases.deliver_pull import deliver_pull
from services.partnership.use_cases.plan_pull import plan_pull
from services.partnership.use_cases.read_lists import read_lists
from services.partnership.use_cases.sign_in_to_source import Signed
from shared.access.callers import EVERYTHING
from shared.clock import Clock
from shared.errors import StaleRevision
from shared.web_client import WebClient
from shared.web_trouble import WebTrouble

log = structlog.get_logger()
OpenWeb = Callable[[PullSettings], WebClient]


@dataclass(frozen=True)
class PullStores:
    feeds: FeedStore
    credentials: CredentialStore
    pulls: PullStore
    mirror: MirrorStore


async def pull_feed(
    pull: Pull,
    *,
    stores: PullStores,
    open_web: OpenWeb,
    take_snapshot: Callable[..., Awaitable[Snapshot]],
    metrics: PartnershipMetrics,
    clock: Clock,
    beat_seconds: float,
) -> None:
    """Until it has ended or waits for another try; or until somebody else has it, or it was cancelled. It beats
    meanwhile, so that a process that is gone is noticed."""
    work = asyncio.create_task(_work(pull, stores, open_web, take_snapshot, metrics, clock))
    beats = asyncio.create_task(_beat(pull, stores.pulls, clock, beat_seconds))
    is_over = False
    try:
        await asyncio.wait({work, beats}, return_when=asyncio.FIRST_COMPLETED)
        is_over = True
    finally:
        work.cancel()
        beats.cancel()
        ended, _ = await asyncio.gather(work, beats, return_exceptions=True)
        if not is_over:  # this process stops: the next one need not wait until nobody has beaten for a while
            await stores.pulls.release(pull, clock())
    if isinstance(ended, Exception):
        raise ended


async def _beat(pull: Pull, pulls: PullStore, clock: Clock, seconds: float) -> None:
    while await pulls.beat(pull, clock()):  # noqa: ASYNC110 - a sign of life, not a wait for something
        await asyncio.sleep(seconds)


async def _work(
    pull: Pull,
    stores: PullStores,
    open_web: OpenWeb,
    take_snapshot: Callable[..., Awaitable[Snapshot]],
    metrics: PartnershipMetrics,
    clock: Clock,
) -> None:
    progress = _Progress(pull, stores.pulls, clock)
    try:
        if pull.takes > TAKES:
            raise SourceTrouble(
                "Our own process stopped in the middle of it again and again.", "Tell whoever runs PrepBridge."
            )
        ended = await _pulled(progress, stores, open_web, take_snapshot, clock)
    except (WebTrouble, SourceTrouble) as trouble:
        ended = progress.pull.troubled(trouble, clock())
    except StaleRevision:
        return  # cancelled, or with another process
    if ended.state == "failed" and ended.kind == "all":
        await stores.mirror.clear(ended.connection_id, ended.generation)
    if not await stores.pulls.save(ended, clock()):
        return
    outcome = "again" if ended.is_open else ended.state
    metrics.pulls.labels(source=ended.source, outcome=outcome).inc()
    log.info("pull_ended", kind=ended.source, outcome=outcome, snapshot_id=ended.snapshot_id)


@dataclass
class _Progress:
    """How far the pull has come: what was saved last. StaleRevision when it is no longer ours."""

    pull: Pull
    pulls: PullStore
    clock: Clock

    async def save(self, pull: Pull) -> None:
        if not await self.pulls.save(pull, self.clock()):
            raise StaleRevision("Somebody else has this pull, or it was cancelled.")
        self.pull = pull


async def _pulled(
    progress: _Progress,
    stores: PullStores,
    open_web: OpenWeb,
    take_snapshot: Callable[..., Awaitable[Snapshot]],
    clock: Clock,
) -> Pull:
    pull = progress.pull
    now: datetime = clock()
    connection = await stores.feeds.connection(pull.connection_id, EVERYTHING)
    credentials = await stores.credentials.credentials(pull.connection_id)
    if connection.pull is None or credentials is None:
        raise SourceTrouble(
            "This feed lacks the credentials or the settings to be pulled.", "Give them on the feed's page."
        )
    if pull.started_at is None:
        await progress.save(pull.model_copy(update={"started_at": now}))
    async with open_web(connection.pull) as web:
        source = Signed(web, connection.pull.sign_in, credentials, clock)
        while True:
            mirror = await stores.mirror.mirror(pull.connection_id)
            planned, steps = await plan_pull(progress.pull, connection, mirror, source=source, now=now)
            await progress.save(planned)
            try:
                read = await read_lists(
                    planned,
                    steps,
                    connection,
                    source=source,
                    mirror=stores.mirror,
                    save=progress.save,
                    clock=clock,
                )
                break
            except FilterRefused:
                await progress.save(progress.pull.without_filter())
    return await deliver_pull(read, connection, mirror=stores.mirror, take_snapshot=take_snapshot, now=clock())
