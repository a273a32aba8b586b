"""What the doors of webhooks are given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.partnership.domain.delivery import Delivery, Try
from services.partnership.domain.webhook import Webhook
from services.partnership.store.webhooks import DeliveryStore, WebhookStore
from services.partnership.use_cases.keep_webhooks import (
    remove_webhook,
    replay_delivery,
    replay_parked,
    resume_webhook,
    rotate_secret,
    subscribe,
)
from services.partnership.use_cases.send_deliveries import Sending, ping_webhook


@dataclass(frozen=True)
class Webhooks:
    """Those who want to hear of hires."""

    webhooks: WebhookStore
    deliveries: DeliveryStore
    subscribe: Callable[..., Awaitable[tuple[Webhook, str]]]
    rotate: Callable[..., Awaitable[tuple[Webhook, str]]]
    resume: Callable[..., Awaitable[Webhook]]
    remove: Callable[..., Awaitable[None]]
    ping: Callable[..., Awaitable[Try]]
    replay: Callable[..., Awaitable[Delivery]]
    replay_parked: Callable[..., Awaitable[int]]

    @classmethod
    def of(cls, sending: Sending, *, private_allowed: bool) -> "Webhooks":
        """All verbs, with the stores that they work on."""
        webhooks, deliveries = sending.webhooks, sending.deliveries
        both: dict[str, Any] = {"webhooks": webhooks, "deliveries": deliveries}
        return cls(
            webhooks,
            deliveries,
            subscribe=partial(subscribe, webhooks=webhooks, private_allowed=private_allowed),
            rotate=partial(rotate_secret, webhooks=webhooks),
            resume=partial(resume_webhook, webhooks=webhooks),
            remove=partial(remove_webhook, **both),
            ping=partial(ping_webhook, sending=sending),
            replay=partial(replay_delivery, **both),
            replay_parked=partial(replay_parked, **both),
        )
