"""Partnership: who prepared whom, and who hired whom."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from services.partnership.domain.roster_zip import RosterLimits
from services.partnership.metrics import PartnershipMetrics
from services.partnership.settings import PartnershipSettings
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import FeedStore
from services.partnership.store.hires import HireStore
from services.partnership.store.imports import ImportStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.connect_feed import connect_feed
from services.partnership.use_cases.decide_match import confirm_match, reject_match
from services.partnership.use_cases.finish_snapshots import finish_snapshots
from services.partnership.use_cases.import_files import import_files
from services.partnership.use_cases.look_for_hires import look_for_hires
from services.partnership.use_cases.receive_snapshot import receive_snapshot
from services.partnership.use_cases.release_snapshot import release_snapshot
from services.partnership.use_cases.take_snapshot import take_snapshot
from services.partnership.web import (
    api_feeds,
    api_imports,
    api_matches,
    api_reads,
    pages_feeds,
    pages_home,
    pages_imports,
    pages_matches,
)
from services.partnership.web.state import Partnership
from shared.access.callers import EVERYTHING
from shared.pages import Pages
from shared.service import Frame, Heartbeat, Wiring, run

HERE = Path(__file__).parent
NAVIGATION = (("/", "Home"), ("/feeds", "Feeds"), ("/matches", "Matches"), ("/imports", "Imports"))


async def wire(frame: Frame) -> Wiring:
    settings: PartnershipSettings = frame.settings
    metrics = PartnershipMetrics(frame.registry)
    pages = Pages(
        HERE / "web" / "templates",
        service_name="Partnership",
        service_nav=NAVIGATION,
        release=settings.release,
    )

    directory = Directory(
        frame.documents("organizations"), frame.documents("programs"), frame.documents("role_holders")
    )
    completers = CompleterStore(frame.documents("completers"))
    hires = HireStore(frame.documents("hires"))
    collection = frame.mongo.collection
    feeds = FeedStore(collection("connections"), collection("snapshots"), collection("staged"))
    staff = StaffStore(collection("staff"))
    imports = ImportStore(collection("imports"))

    known: dict[str, Any] = {
        "completers": completers,
        "hires": hires,
        "directory": directory,
        "staff": staff,
        "metrics": metrics,
    }
    look = partial(look_for_hires, **known)
    finish = partial(finish_snapshots, feeds=feeds, **known)
    limits = RosterLimits(
        max_unpacked_bytes=settings.snapshot_unpacked_limit_bytes, max_error_share=settings.error_share
    )
    receive = partial(receive_snapshot, limits=limits, feeds=feeds, staff=staff, directory=directory, metrics=metrics)

    async def recover(alive: Heartbeat) -> None:
        while True:
            alive()
            await feeds.discard_abandoned(frame.clock())
            await finish(now=frame.clock(), alive=alive)
            await look(now=frame.clock())
            metrics.review_queue.set(await staff.count_in_review(EVERYTHING))
            await asyncio.sleep(settings.recovery_seconds)

    async def indexes() -> None:
        for store in (directory, completers, hires, feeds, staff, imports):
            await store.ensure_indexes()

    return Wiring(
        routers=[
            module.router
            for module in (
                api_feeds,
                api_imports,
                api_matches,
                api_reads,
                pages_home,
                pages_feeds,
                pages_imports,
                pages_matches,
            )
        ],
        state=Partnership(
            clock=frame.clock,
            pages=pages,
            metrics=metrics,
            directory=directory,
            completers=completers,
            feeds=feeds,
            staff=staff,
            hires=hires,
            imports=imports,
            connect_feed=partial(connect_feed, feeds=feeds, directory=directory),
            take_snapshot=partial(take_snapshot, receive=receive, finish=finish, feeds=feeds),
            release_snapshot=partial(release_snapshot, feeds=feeds),
            finish_snapshots=finish,
            import_files=partial(
                import_files,
                completed_reasons=settings.completed_reasons,
                directory=directory,
                completers=completers,
                imports=imports,
                look_for_hires=look,
                metrics=metrics,
            ),
            confirm_match=partial(confirm_match, **known),
            reject_match=partial(reject_match, staff=staff),
        ),
        loops={"recovery": recover},
        indexes=indexes,
        pages=pages,
        body_limits={
            "/v1/feeds/": settings.snapshot_limit_bytes,
            "/feeds/": settings.snapshot_limit_bytes,
            "/v1/imports/": settings.import_limit_bytes,
            "/imports/": settings.import_limit_bytes,
        },
    )


if __name__ == "__main__":
    run("partnership", PartnershipSettings, wire)
