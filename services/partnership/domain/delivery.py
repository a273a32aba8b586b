"""That one event is to reach one webhook: how often it was tried, when it is tried next, and when that ends.

waiting ──2xx──▶ delivered
   │ ▲              │
   │ └───replayed───┤
   └─24 h, or 410─▶ parked
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict

from services.partnership.domain.hire import Hire
from services.partnership.domain.webhook import PING, Webhook
from shared.events.envelope import SPEC_VERSION, Envelope
from shared.events.partnership import HireEvent
from shared.ids import derived

PATIENCE = timedelta(hours=24)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=4)
GROWTH = 3
CLAIMED_FOR = timedelta(seconds=60)
"""Whoever has not noted by then what came of it has died over it: it is sent again, under the same id."""
KEPT_WHEN_DELIVERED = timedelta(days=30)
TRIES_KEPT = 20
GONE = 410
BUSY = frozenset({429, 502, 503, 504})

DeliveryState = Literal["waiting", "delivered", "parked"]


class Try(BaseModel):
    """One attempt. `status` is the receiver's answer; `said` are our words where there was none."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    status: int | None = None
    said: str = ""

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_receiver_away(self) -> bool:
        """Whether the next message would fare no better now."""
        return self.status is None or self.status in BUSY


class Delivery(BaseModel):
    """`sequence` orders the events of one hire. `body` is what is signed and sent, the same each time."""

    model_config = ConfigDict(frozen=True)

    delivery_id: str
    webhook_id: str
    event_id: str
    event_type: str
    hire_id: str
    sequence: int
    body: str
    state: DeliveryState = "waiting"
    created_at: datetime
    next_at: datetime
    give_up_at: datetime
    attempts: int = 0
    tries: tuple[Try, ...] = ()
    expires_at: datetime | None = None
    revision: int = 1

    def claimed(self, now: datetime) -> Self:
        """In somebody's hands: nobody else sends it meanwhile."""
        return self._changed(attempts=self.attempts + 1, next_at=now + CLAIMED_FOR)

    def tried(self, attempt: Try, now: datetime, *, wish: float | None, chance: float) -> Self:
        """After an attempt. `wish`: how many seconds the receiver asks us to wait; `chance` is drawn from [0, 1)."""
        tries = (*self.tries, attempt)[-TRIES_KEPT:]
        if attempt.is_good:
            return self._changed(state="delivered", tries=tries, expires_at=now + KEPT_WHEN_DELIVERED)
        if attempt.status == GONE or now >= self.give_up_at:
            return self._changed(state="parked", tries=tries)
        wait = max(backoff(self.attempts, chance), timedelta(seconds=min(wish or 0, PATIENCE.total_seconds())))
        return self._changed(tries=tries, next_at=min(now + wait, self.give_up_at))

    def replayed(self, now: datetime) -> Self:
        """From the beginning, because somebody says so."""
        return self._changed(state="waiting", next_at=now, give_up_at=now + PATIENCE, attempts=0, expires_at=None)

    def behind(self, other: datetime) -> Self:
        """Not before an earlier event of the same hire."""
        return self._changed(next_at=other)

    def _changed(self, **changes: object) -> Self:
        return self.model_copy(update={**changes, "revision": self.revision + 1})


def backoff(attempts: int, chance: float) -> timedelta:
    """Three times as long after each attempt, up to four hours, less up to a half."""
    wait = min(FIRST_WAIT.total_seconds() * GROWTH ** min(attempts - 1, 20), LONGEST_WAIT.total_seconds())
    return timedelta(seconds=wait * (1 - 0.5 * chance))


def deliver(webhook: Webhook, envelope: Envelope[HireEvent], hire: Hire, *, api: str, now: datetime) -> Delivery:
    """What is owed to a webhook for an event. Ids only: what they stand for is asked of the API, under its access."""
    content = {
        "hire_id": hire.hire_id,
        "completer_id": hire.completer_id,
        "district_id": hire.district_id,
        "href": f"{api}/v1/hires/{hire.hire_id}",
    }
    event = {
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.event.wire_name,
        "subject": envelope.subject,
        "time": _written(envelope.time),
        "partitionkey": envelope.partition_key,
        "sequence": f"{envelope.sequence:010d}",
    }
    return _owed(webhook, event, content, hire.hire_id, envelope.sequence, now)


def ping(webhook: Webhook, now: datetime) -> Delivery:
    """A message that tells nothing, for whoever sets up a receiver. It is owed to nobody, and not kept."""
    message_id = derived("ping", webhook.webhook_id, now.isoformat())
    event = {"id": message_id, "source": "partnership", "type": PING, "time": _written(now)}
    return _owed(webhook, event, {"webhook_id": webhook.webhook_id}, "", 0, now)


def _owed(
    webhook: Webhook, event: dict[str, Any], content: dict[str, Any], hire_id: str, sequence: int, now: datetime
) -> Delivery:
    fixed = {"specversion": SPEC_VERSION, "datacontenttype": "application/json"}
    is_disabled = webhook.disabled_at is not None
    return Delivery(
        delivery_id=derived("delivery", webhook.webhook_id, event["id"]),
        webhook_id=webhook.webhook_id,
        event_id=event["id"],
        event_type=event["type"],
        hire_id=hire_id,
        sequence=sequence,
        body=orjson.dumps({**fixed, **event, "data": content}).decode(),
        state="parked" if is_disabled else "waiting",
        created_at=now,
        next_at=now,
        give_up_at=now + PATIENCE,
    )


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
