"""Send what is owed to webhooks: once it is due, in the order of each hire's events, for as long as it takes.

The claim is saved before a message leaves, the outcome after it: whoever dies in between leaves a delivery that is sent
again a minute later, under the same id. So it may come twice, and never gets lost.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from services.partnership.domain.delivery import GONE, Delivery, Try, ping
from services.partnership.domain.webhook import Webhook, signed
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.webhooks import DeliveryStore, WebhookStore
from shared.access.callers import Scope
from shared.backoff import Jitter
from shared.clock import Clock
from shared.errors import StaleRevision
from shared.rounds import in_rounds, on_a_fresh_reading
from shared.supervise import Heartbeat
from shared.web_client import Call, WebClient
from shared.web_trouble import WebTrouble

AT_ONCE = 10
"""To one webhook."""
SAID_GONE = "The receiver answered 410 Gone."

log = structlog.get_logger()


@dataclass(frozen=True)
class Sending:
    """What it takes to send."""

    webhooks: WebhookStore
    deliveries: DeliveryStore
    web: WebClient
    metrics: PartnershipMetrics
    clock: Clock
    chance: Jitter


async def keep_sending(heartbeat: Heartbeat, *, sending: Sending, seconds: float) -> None:
    """For ever."""
    try:
        await in_rounds(heartbeat, partial(send_deliveries, sending), seconds=seconds)
    finally:
        await sending.web.close()


async def send_deliveries(sending: Sending) -> int:
    """What is due now; answers how many messages left. No webhook waits for another."""
    owed_to = await sending.deliveries.owed_to(sending.clock())
    known = await sending.webhooks.by_ids(owed_to)
    outcomes = await asyncio.gather(
        *(_send_to(webhook_id, known.get(webhook_id), sending) for webhook_id in owed_to), return_exceptions=True
    )
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, StaleRevision):
            raise outcome
    return sum(outcome for outcome in outcomes if isinstance(outcome, int))


async def ping_webhook(webhook_id: str, *, scope: Scope, sending: Sending) -> Try:
    """What the receiver answers to a message that tells nothing, now."""
    webhook = await sending.webhooks.get(webhook_id, scope)
    attempt, _ = await _attempt(ping(webhook, sending.clock()), webhook, sending)
    return attempt


async def _send_to(webhook_id: str, webhook: Webhook | None, sending: Sending) -> int:
    now = sending.clock()
    if webhook is None:
        await sending.deliveries.forget(webhook_id)
        return 0
    if webhook.disabled_at is not None:
        await sending.deliveries.park_all(webhook_id)
        return 0
    if webhook.is_resting(now):
        return 0
    due = await _heads(await sending.deliveries.due(webhook_id, now, AT_ONCE), now, sending)
    sent = await asyncio.gather(*(_send(each, webhook, sending) for each in due), return_exceptions=True)
    await _note_receiver(webhook, [each for each in sent if isinstance(each, Delivery)], sending)
    for each in sent:
        if isinstance(each, BaseException):
            raise each
    return len(sent)


async def _heads(due: Sequence[Delivery], now: datetime, sending: Sending) -> list[Delivery]:
    """Those that nothing earlier of the same hire is before."""
    if not due:
        return []
    first = await sending.deliveries.first_of(due[0].webhook_id, [each.hire_id for each in due])
    heads = []
    for each in due:
        before = first.get(each.hire_id, each)
        if before.sequence >= each.sequence:
            heads.append(each)
        elif before.next_at > now:
            await sending.deliveries.replace(each.behind(before.next_at))
    return heads


async def _send(delivery: Delivery, webhook: Webhook, sending: Sending) -> Delivery:
    claimed = delivery.claimed(sending.clock())
    await sending.deliveries.replace(claimed)
    attempt, wish = await _attempt(claimed, webhook, sending)
    after = claimed.tried(attempt, sending.clock(), wish=wish, chance=sending.chance())
    await sending.deliveries.replace(after)
    outcome = "failed" if after.state == "waiting" else after.state
    sending.metrics.webhook_deliveries.labels(outcome=outcome).inc()
    log.info("webhook_sent", delivery_id=after.delivery_id, outcome=outcome, status=attempt.status)
    return after


async def _attempt(delivery: Delivery, webhook: Webhook, sending: Sending) -> tuple[Try, float | None]:
    """What came of it, and for how long the receiver asks us to wait. Redirects are not followed."""
    now = sending.clock()
    secrets = sending.webhooks.secrets_of(webhook, now)
    headers = signed(delivery.event_id, delivery.body, secrets, now)
    call = Call(webhook.url, method="POST", headers=headers, body=delivery.body.encode(), ignores_body=True)
    try:
        answer = await sending.web.call(call)
    except WebTrouble as trouble:
        return Try(at=now, said=trouble.message), None
    return Try(at=now, status=answer.status), sending.web.wish(answer)


async def _note_receiver(webhook: Webhook, sent: Sequence[Delivery], sending: Sending) -> None:
    """A receiver that is gone is disabled; one that is away has a rest, so that others are not kept waiting by it."""
    last = [(each, each.tries[-1]) for each in sent if each.tries]
    is_gone = any(attempt.status == GONE for _, attempt in last)
    away = [each.next_at for each, attempt in last if attempt.is_receiver_away]
    if not is_gone and (not away or any(attempt.is_good for _, attempt in last)):
        return

    async def note() -> None:
        now = sending.clock()
        fresh = (await sending.webhooks.by_ids([webhook.webhook_id])).get(webhook.webhook_id)
        if fresh is not None and fresh.disabled_at is None:
            await sending.webhooks.replace(fresh.disabled(SAID_GONE, now) if is_gone else fresh.resting(min(away), now))

    await on_a_fresh_reading(note)
