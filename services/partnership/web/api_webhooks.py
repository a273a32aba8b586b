"""Webhooks for machines: subscribe, look at what was delivered, send again."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel

from services.partnership.domain.delivery import Delivery, DeliveryState, Try
from services.partnership.domain.webhook import HireEventType, NewWebhook, Webhook
from services.partnership.web.state import Sliced, Wired
from shared.access.asking import requires
from shared.access.callers import Caller, Role

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
Owning = Annotated[Caller, Depends(requires("district", "provider", "agency"))]
Looking = Annotated[Caller, Depends(requires("district", "provider", "agency", "operator"))]
OVERLAP_HOURS, LONGEST_OVERLAP_HOURS = 24, 168


class ShownWebhook(BaseModel):
    """`secrets_in_use`: two while an old one still signs."""

    webhook_id: str
    role: Role
    organizations: list[str]
    url: str
    event_types: list[HireEventType]
    description: str
    created_by: str
    created_at: datetime
    disabled_at: datetime | None
    disabled_because: str
    rests_until: datetime | None
    secrets_in_use: int


class WebhookWithSecret(ShownWebhook):
    """The only time that the secret is shown."""

    secret: str


class Deliveries(BaseModel):
    items: list[Delivery]
    total: int
    page: int
    size: int


class Pinged(BaseModel):
    outcome: Literal["delivered", "failed"]
    attempt: Try


class Replayed(BaseModel):
    replayed: int


def _shown(webhook: Webhook, now: datetime) -> ShownWebhook:
    return ShownWebhook.model_validate(webhook.shown(now))


@router.post("", status_code=201)
async def subscribe(new: NewWebhook, caller: Owning, partnership: Wired) -> WebhookWithSecret:
    """Hear of hires: a district of its own, a provider of its completers', the agency of all. The answer holds the
    secret that messages are signed with (Standard Webhooks); it is not shown again."""
    now = partnership.clock()
    webhook, secret = await partnership.webhooks.subscribe(new, caller=caller, now=now)
    return WebhookWithSecret.model_validate(webhook.shown(now) | {"secret": secret})


@router.get("")
async def webhooks(caller: Looking, partnership: Wired) -> list[ShownWebhook]:
    found = await partnership.webhooks.webhooks.all(caller.scope())
    return [_shown(each, partnership.clock()) for each in found]


@router.get("/{webhook_id}")
async def webhook(webhook_id: str, caller: Looking, partnership: Wired) -> ShownWebhook:
    return _shown(await partnership.webhooks.webhooks.get(webhook_id, caller.scope()), partnership.clock())


@router.delete("/{webhook_id}", status_code=204)
async def remove(webhook_id: str, caller: Owning, partnership: Wired) -> None:
    """With all that is owed to it."""
    await partnership.webhooks.remove(webhook_id, scope=caller.scope())


@router.post("/{webhook_id}/rotate-secret")
async def rotate(
    webhook_id: str,
    caller: Owning,
    partnership: Wired,
    overlap_hours: Annotated[int, Body(embed=True, ge=0, le=LONGEST_OVERLAP_HOURS)] = OVERLAP_HOURS,
) -> WebhookWithSecret:
    """A new secret. Messages carry a signature of the old one too, until the overlap ends."""
    now = partnership.clock()
    rotated, secret = await partnership.webhooks.rotate(
        webhook_id, overlap=timedelta(hours=overlap_hours), scope=caller.scope(), now=now
    )
    return WebhookWithSecret.model_validate(rotated.shown(now) | {"secret": secret})


@router.post("/{webhook_id}/resume")
async def resume(webhook_id: str, caller: Owning, partnership: Wired) -> ShownWebhook:
    """Send to it again, after it was disabled."""
    resumed = await partnership.webhooks.resume(webhook_id, scope=caller.scope())
    return _shown(resumed, partnership.clock())


@router.post("/{webhook_id}/ping")
async def ping(webhook_id: str, caller: Owning, partnership: Wired) -> Pinged:
    """Send a signed message that tells nothing, now, and say what the receiver answered."""
    attempt: Try = await partnership.webhooks.ping(webhook_id, scope=caller.scope())
    return Pinged(outcome="delivered" if attempt.is_good else "failed", attempt=attempt)


@router.get("/{webhook_id}/deliveries")
async def deliveries(
    webhook_id: str, caller: Looking, partnership: Wired, part: Sliced, state: DeliveryState | None = None
) -> Deliveries:
    """Newest first: what is `waiting`, was `delivered` (kept for 30 days), or is `parked` after 24 hours in vain."""
    kept = partnership.webhooks
    await kept.webhooks.get(webhook_id, caller.scope())
    return Deliveries(
        items=await kept.deliveries.page(webhook_id, state, limit=part.size, skip=part.skip),
        total=await kept.deliveries.count(webhook_id, state),
        page=part.page,
        size=part.size,
    )


@router.post("/{webhook_id}/deliveries/{delivery_id}/replay")
async def replay(webhook_id: str, delivery_id: str, caller: Owning, partnership: Wired) -> Delivery:
    """Send one again, under the same webhook-id."""
    replayed: Delivery = await partnership.webhooks.replay(
        webhook_id, delivery_id, scope=caller.scope(), now=partnership.clock()
    )
    return replayed


@router.post("/{webhook_id}/replay")
async def replay_parked(webhook_id: str, caller: Owning, partnership: Wired) -> Replayed:
    """Send all that is parked again."""
    count = await partnership.webhooks.replay_parked(webhook_id, scope=caller.scope(), now=partnership.clock())
    return Replayed(replayed=count)
