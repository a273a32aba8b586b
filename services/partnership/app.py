"""Partnership: who prepared whom, and who hired whom."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from services.partnership.domain.pull_settings import PullSettings
from services.partnership.domain.roster_zip import RosterLimits
from services.partnership.metrics import PartnershipMetrics
from services.partnership.settings import PartnershipSettings
from services.partnership.store.completers import CompleterStore
from services.partnership.store.credentials import CredentialStore
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import FeedStore
from services.partnership.store.hires import HireStore
from services.partnership.store.imports import ImportStore
from services.partnership.store.linkage_models import LinkageModelStore
from services.partnership.store.mirror import MirrorStore
from services.partnership.store.pulls import PullStore
from services.partnership.store.staff import StaffStore
from services.partnership.store.webhooks import DeliveryStore, WebhookStore
from services.partnership.use_cases.apply_snapshot import apply_snapshot
from services.partnership.use_cases.ask_likeness import ask_likeness
from services.partnership.use_cases.cancel_pull import cancel_pull
from services.partnership.use_cases.change_mapping import change_mapping
from services.partnership.use_cases.change_pulling import (
    change_pulling,
    credentials_known,
    forget_credentials,
    keep_credentials,
)
from services.partnership.use_cases.connect_feed import connect_feed
from services.partnership.use_cases.decide_match import confirm_match, reject_match, undo_match
from services.partnership.use_cases.finish_snapshots import Turns, finish_feed, finish_feeds
from services.partnership.use_cases.forget import forget
from services.partnership.use_cases.import_files import import_files
from services.partnership.use_cases.look_for_hires import look_for_hires
from services.partnership.use_cases.note_deliveries import note_deliveries
from services.partnership.use_cases.pull_feed import PullStores, pull_feed
from services.partnership.use_cases.receive_snapshot import receive_snapshot
from services.partnership.use_cases.refuse_snapshot import refuse_snapshot
from services.partnership.use_cases.release_snapshot import release_snapshot
from services.partnership.use_cases.retract_snapshot import retract_snapshot
from services.partnership.use_cases.send_deliveries import Sending, keep_sending
from services.partnership.use_cases.start_pulls import start_pulls
from services.partnership.use_cases.take_snapshot import take_snapshot
from services.partnership.use_cases.take_stated_hires import take_stated_hires
from services.partnership.use_cases.tell_hires import tell_hires
from services.partnership.use_cases.trace_hire import trace_hire
from services.partnership.use_cases.want_pull import want_pull
from services.partnership.use_cases.withdraw_hire import withdraw_hire
from services.partnership.web import api_stated_hires
from services.partnership.web.doors import ROUTERS
from services.partnership.web.ledger_wired import LARGEST_REQUEST, PLACES, Ledger
from services.partnership.web.reviews_wired import Reviews
from services.partnership.web.state import HOME, Partnership, Pulling
from services.partnership.web.vacancies_wired import Vacancies
from services.partnership.web.webhooks_wired import Webhooks
from shared.access.callers import EVERYTHING
from shared.backoff import chance
from shared.clock import Clock
from shared.events.partnership import HIRES, CompleterHired, EmploymentEnded, HireAmended, HireWithdrawn
from shared.events.survey import SURVEYS
from shared.idempotency import Idempotency
from shared.pages import Pages
from shared.seal import Seal
from shared.service import Figure, Frame, Heartbeat, Wiring, run
from shared.web_client import CallLimits, WebClient

HERE = Path(__file__).parent


async def wire(frame: Frame) -> Wiring:
    settings: PartnershipSettings = frame.settings
    metrics = PartnershipMetrics(frame.registry)
    directory, completers, hires, feeds, staff, imports, models = stores = _stores(frame)
    idempotency = Idempotency(frame.mongo.collection("idempotency"), frame.clock)

    known = dict[str, Any](completers=completers, hires=hires, directory=directory, staff=staff, metrics=metrics)
    ask = partial(
        ask_likeness, staff=staff, completers=completers, models=models, metrics=metrics, wait=settings.likeness_seconds
    )
    ledger = Ledger.wired(frame, directory=directory, hires=hires)
    reviews, vacancies = (
        Reviews.wired(frame, directory=directory, partnerships=ledger.partnerships),
        Vacancies.wired(frame, directory=directory, completers=completers, partnerships=ledger.partnerships),
    )
    kept, turns = frame.mongo.collection, Turns()
    look = partial(look_for_hires, **known)
    apply = partial(apply_snapshot, feeds=feeds, **known)
    finish = partial(finish_feed, feeds=feeds, apply=apply, turns=turns)
    receive = partial(
        receive_snapshot, limits=_limits(settings), feeds=feeds, staff=staff, directory=directory, metrics=metrics
    )

    async def recover(alive: Heartbeat) -> None:
        forget_at = frame.clock()
        while True:
            now = frame.clock()
            alive()
            await feeds.discard_abandoned(now)
            await finish_feeds(feeds=feeds, apply=partial(apply, alive=alive), turns=turns, alive=alive, now=now)
            await look(now=now)
            metrics.review_queue.set(await staff.count_in_review(EVERYTHING))
            if now >= forget_at:
                await forget(settings.keeping, staff=staff, stores=pulled, metrics=metrics, now=now, alive=alive)
                forget_at = now + timedelta(days=1)
            metrics.webhooks_waiting.set(await sending.deliveries.count_all("waiting"))
            metrics.webhooks_parked.set(await sending.deliveries.count_all("parked"))
            await asyncio.sleep(settings.recovery_seconds)

    async def indexes() -> None:
        for store in (*stores, idempotency, *_kept_by(pulled, sending), ledger, vacancies.statements, reviews):
            await store.ensure_indexes()

    seal = Seal(settings.seal_key.get_secret_value(), service="partnership")
    sending = Sending(
        webhooks=WebhookStore(kept("webhooks"), seal),
        deliveries=DeliveryStore(kept("deliveries")),
        web=WebClient(private_allowed=settings.calls_private_addresses, limits=_webhook_limits(settings)),
        metrics=metrics,
        clock=frame.clock,
        chance=chance,
    )
    note = partial(
        note_deliveries,
        webhooks=sending.webhooks,
        deliveries=sending.deliveries,
        hires=hires,
        api=settings.public_url,
        clock=frame.clock,
    )
    pulled = PullStores(
        feeds,
        CredentialStore(kept("credentials"), seal),
        PullStore(kept("pulls")),
        MirrorStore(kept("mirrors"), kept("mirrored")),
    )
    take = partial(take_snapshot, receive=receive, finish=finish, turns=turns, feeds=feeds)
    pull = partial(
        pull_feed,
        stores=pulled,
        open_web=partial(_open_web, settings, frame.clock),
        take_snapshot=take,
        metrics=metrics,
        clock=frame.clock,
        beat_seconds=settings.pull_round_seconds,
    )
    pulls = partial(
        start_pulls,
        stores=pulled,
        pull_one=pull,
        metrics=metrics,
        clock=frame.clock,
        at_once=settings.pulls_at_once,
        round_seconds=settings.pull_round_seconds,
    )
    connect = partial(connect_feed, feeds=feeds, directory=directory)
    pages = Pages(HERE / "web" / "templates", service_name="Partnership", service_nav=HOME, release=settings.release)
    state = Partnership(
        clock=frame.clock,
        pages=pages,
        directory=directory,
        completers=completers,
        feeds=feeds,
        staff=staff,
        hires=hires,
        imports=imports,
        idempotency=idempotency,
        pulling=Pulling(
            pulls=pulled.pulls,
            credentials=pulled.credentials,
            change=partial(change_pulling, stores=pulled),
            keep_credentials=partial(keep_credentials, stores=pulled),
            credentials_known=partial(credentials_known, stores=pulled),
            forget_credentials=partial(forget_credentials, stores=pulled),
            want=partial(want_pull, stores=pulled),
            cancel=partial(cancel_pull, stores=pulled),
        ),
        webhooks=Webhooks.of(sending, private_allowed=settings.calls_private_addresses),
        ledger=ledger,
        vacancies=vacancies,
        reviews=reviews,
        connect_feed=connect,
        change_mapping=partial(change_mapping, feeds=feeds),
        take_snapshot=take,
        release_snapshot=partial(release_snapshot, feeds=feeds),
        refuse_snapshot=partial(refuse_snapshot, feeds=feeds),
        retract_snapshot=partial(retract_snapshot, feeds=feeds),
        finish_feed=finish,
        import_files=partial(
            import_files,
            rules=settings.completion_rules,
            limits=_limits(settings),
            directory=directory,
            completers=completers,
            imports=imports,
            look_for_hires=look,
            metrics=metrics,
        ),
        confirm_match=partial(confirm_match, **known),
        reject_match=partial(reject_match, staff=staff),
        trace_hire=partial(trace_hire, hires=hires, staff=staff, completers=completers, feeds=feeds),
        undo_match=partial(undo_match, **known),
        withdraw_hire=partial(withdraw_hire, hires=hires, staff=staff),
        take_stated_hires=partial(
            take_stated_hires,
            feeds=feeds,
            directory=directory,
            staff=staff,
            completers=completers,
            connect=connect,
            tell=partial(tell_hires, **known),
            turns=turns,
        ),
    )
    return Wiring(
        routers=ROUTERS,
        state=state,
        topics=[HIRES, SURVEYS],
        reactions={
            **dict.fromkeys((CompleterHired, HireAmended, HireWithdrawn, EmploymentEnded), note),
            **reviews.reactions(),
        },
        loops={
            "recovery": recover,
            "pulls": pulls,
            "webhooks": partial(keep_sending, sending=sending, seconds=settings.webhook_round_seconds),
            "likeness": ask,
            "ledger": ledger.loop,
        },
        indexes=indexes,
        pages=pages,
        figures=partial(_figures, staff, feeds, sending.deliveries),
        body_limits={
            "/v1/feeds/": settings.snapshot_limit_bytes,
            "/feeds/": settings.snapshot_limit_bytes,
            api_stated_hires.STREAM: settings.snapshot_limit_bytes,
            "/v1/imports/": settings.import_limit_bytes,
            "/imports/": settings.import_limit_bytes,
            **dict.fromkeys(PLACES, LARGEST_REQUEST),
            **dict.fromkeys(("/v1/vacancies/", "/vacancies/"), settings.import_limit_bytes),
        },
    )


async def _figures(staff: StaffStore, feeds: FeedStore, deliveries: DeliveryStore) -> list[Figure]:
    return [
        Figure("review_queue", "new colleagues to be recognised", await staff.count_in_review(EVERYTHING)),
        Figure("held_snapshots", "snapshots on hold", await feeds.count_held()),
        Figure("webhooks_waiting", "messages owed to webhooks", await deliveries.count_all("waiting")),
        Figure("webhooks_parked", "messages to webhooks given up", await deliveries.count_all("parked")),
    ]


def _stores(
    frame: Frame,
) -> tuple[Directory, CompleterStore, HireStore, FeedStore, StaffStore, ImportStore, LinkageModelStore]:
    """Documents announce their changes; plain collections are nobody else's concern."""
    told, kept = frame.documents, frame.mongo.collection
    return (
        Directory(told("organizations"), told("programs"), told("role_holders")),
        CompleterStore(told("completers")),
        HireStore(told("hires")),
        FeedStore(kept("connections"), kept("snapshots"), kept("staged"), kept("source_lines")),
        StaffStore(kept("staff"), frame.settings.seal_key.get_secret_value()),
        ImportStore(kept("imports")),
        LinkageModelStore(kept("linkage_models"), frame.clock),
    )


def _kept_by(pulled: PullStores, sending: Sending) -> tuple[PullStore, MirrorStore, WebhookStore, DeliveryStore]:
    return pulled.pulls, pulled.mirror, sending.webhooks, sending.deliveries


def _open_web(settings: PartnershipSettings, clock: Clock, pulled: PullSettings) -> WebClient:
    """A client for one source, with the patience that its settings ask for."""
    limits = CallLimits(step_seconds=pulled.answer_seconds, whole_seconds=2 * pulled.answer_seconds)
    return WebClient(
        private_allowed=settings.calls_private_addresses, limits=limits, authority=pulled.authority, clock=clock
    )


def _webhook_limits(settings: PartnershipSettings) -> CallLimits:
    seconds = settings.webhook_answer_seconds
    return CallLimits(connect_seconds=seconds / 2, step_seconds=seconds, whole_seconds=seconds)


def _limits(settings: PartnershipSettings) -> RosterLimits:
    return RosterLimits(max_unpacked_bytes=settings.snapshot_unpacked_limit_bytes, max_error_share=settings.error_share)


if __name__ == "__main__":
    run("partnership", PartnershipSettings, wire)
