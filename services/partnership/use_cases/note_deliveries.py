"""A hire event becomes what is owed to each webhook that may hear of it."""

from services.partnership.domain.delivery import deliver
from services.partnership.store.hires import HireStore
from services.partnership.store.webhooks import DeliveryStore, WebhookStore
from shared.clock import Clock
from shared.errors import RuleBroken
from shared.events.envelope import Envelope
from shared.events.partnership import HireEvent


async def note_deliveries(
    envelope: Envelope[HireEvent],
    *,
    webhooks: WebhookStore,
    deliveries: DeliveryStore,
    hires: HireStore,
    api: str,
    clock: Clock,
) -> None:
    """The id of what is owed follows from webhook and event: heard again, nothing is owed twice."""
    wanting = await webhooks.wanting(envelope.event.wire_name, envelope.time)
    if not wanting:
        return
    hire = (await hires.by_ids([envelope.event.hire_id])).get(envelope.event.hire_id)
    if hire is None:
        raise RuleBroken("The hire that this event tells of is not known here.")
    for webhook in wanting:
        if webhook.may_hear_of(hire.district_id, hire.provider_ids):
            await deliveries.add(deliver(webhook, envelope, hire, api=api, now=clock()))
