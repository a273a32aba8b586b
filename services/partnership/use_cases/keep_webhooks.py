"""Subscribe, give a new secret, resume, remove; send again what was given up."""

import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from ipaddress import ip_address

from services.partnership.domain.delivery import PATIENCE, Delivery
from services.partnership.domain.webhook import (
    MOST_OF_ONE_OWNER,
    SECRET_BYTES,
    SECRET_PREFIX,
    NewWebhook,
    SealedSecret,
    Webhook,
)
from services.partnership.store.webhooks import DeliveryStore, WebhookStore
from shared.access.callers import Caller, Scope
from shared.errors import Conflict, InvalidInput
from shared.rounds import on_a_fresh_reading
from shared.web_addresses import is_public, read_address
from shared.web_trouble import AddressRefused

DISABLED = Conflict("This webhook is disabled.", hint="Resume it first.")


async def subscribe(
    new: NewWebhook, *, caller: Caller, webhooks: WebhookStore, private_allowed: bool, now: datetime
) -> tuple[Webhook, str]:
    """The webhook, and its secret in the clear: nobody sees that again."""
    _may_be_called(new.url, private_allowed=private_allowed)
    if caller.role != "agency" and not caller.organizations:
        raise InvalidInput("You act for no organization, and would hear of nothing.", where="url")
    mine = [each for each in await webhooks.all(caller.scope()) if each.created_by == caller.subject]
    if len(mine) >= MOST_OF_ONE_OWNER:
        raise Conflict(f"You have {MOST_OF_ONE_OWNER} webhooks already.", hint="Remove one that is not needed.")
    webhook_id = secrets.token_hex(12)
    secret = _new_secret()
    webhook = Webhook(
        webhook_id=webhook_id,
        role=caller.role,
        organizations=tuple(sorted(caller.organizations)) if caller.role != "agency" else (),
        **new.model_dump(),
        created_by=caller.subject,
        created_at=now,
        secrets=(SealedSecret(sealed=webhooks.sealed(webhook_id, secret)),),
    )
    await webhooks.add(webhook)
    return webhook, secret


async def rotate_secret(
    webhook_id: str, *, overlap: timedelta, scope: Scope, webhooks: WebhookStore, now: datetime
) -> tuple[Webhook, str]:
    """A new secret in the clear; the one before signs too until the overlap ends."""
    secret = _new_secret()
    webhook = await webhooks.get(webhook_id, scope)
    rotated = webhook.rotated(webhooks.sealed(webhook_id, secret), now, overlap=overlap)
    await webhooks.replace(rotated)
    return rotated, secret


async def resume_webhook(webhook_id: str, *, scope: Scope, webhooks: WebhookStore) -> Webhook:
    """Send to it again: what comes, and what is replayed."""

    async def resume() -> Webhook:
        webhook = await webhooks.get(webhook_id, scope)
        resumed = webhook.resumed()
        await webhooks.replace(resumed)
        return resumed

    return await on_a_fresh_reading(resume)


async def remove_webhook(webhook_id: str, *, scope: Scope, webhooks: WebhookStore, deliveries: DeliveryStore) -> None:
    """With all that is owed to it."""
    webhook = await webhooks.get(webhook_id, scope)
    await webhooks.remove(webhook.webhook_id)
    await deliveries.forget(webhook.webhook_id)


async def replay_delivery(
    webhook_id: str,
    delivery_id: str,
    *,
    scope: Scope,
    webhooks: WebhookStore,
    deliveries: DeliveryStore,
    now: datetime,
) -> Delivery:
    """Send one again from the beginning, whatever became of it."""
    webhook = await webhooks.get(webhook_id, scope)
    if webhook.disabled_at is not None:
        raise DISABLED
    replayed = (await deliveries.get(webhook_id, delivery_id)).replayed(now)
    await deliveries.replace(replayed)
    return replayed


async def replay_parked(
    webhook_id: str, *, scope: Scope, webhooks: WebhookStore, deliveries: DeliveryStore, now: datetime
) -> int:
    """Send again all that was given up; answers how many."""
    webhook = await webhooks.get(webhook_id, scope)
    if webhook.disabled_at is not None:
        raise DISABLED
    return await deliveries.replay_parked(webhook_id, now, now + PATIENCE)


def _new_secret() -> str:
    return SECRET_PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _may_be_called(url: str, *, private_allowed: bool) -> None:
    """What can be told of the address as it is written; where its name leads is looked at when it is called."""
    try:
        host = read_address(url, plain_allowed=private_allowed).hostname or ""
    except AddressRefused as refusal:
        raise InvalidInput(refusal.message, hint=refusal.hint, where="url") from None
    if private_allowed:
        return
    try:
        ip_address(host)
    except ValueError:
        is_ours = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
    else:
        is_ours = not is_public(host)
    if is_ours:
        raise InvalidInput(
            "This address lies in a network that is not called from here.",
            hint="Use an address that the internet knows.",
            where="url",
        )
