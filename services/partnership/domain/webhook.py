"""A webhook: where somebody wants to hear of hires, and of which. Signed as Standard Webhooks have it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from standardwebhooks import Webhook as Signer

from shared.access.callers import Role, Scope

HireEventType = Literal[
    "partnership.completer_hired.v1",
    "partnership.hire_amended.v1",
    "partnership.hire_withdrawn.v1",
    "partnership.employment_ended.v1",
]
HIRE_EVENT_TYPES: tuple[HireEventType, ...] = get_args(HireEventType)
PING = "webhook.ping.v1"
MOST_OF_ONE_OWNER = 20
LONGEST_REST = timedelta(minutes=5)
SECRET_PREFIX, SECRET_BYTES = "whsec_", 32


class NewWebhook(BaseModel):
    """What it takes to subscribe. `description` is for whoever reads the list later."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[\x21-\x7e]+$")]
    event_types: tuple[HireEventType, ...] = Field(HIRE_EVENT_TYPES, min_length=1, max_length=len(HIRE_EVENT_TYPES))
    description: Annotated[str, StringConstraints(max_length=200)] = ""

    @field_validator("event_types")
    @classmethod
    def _each_once(cls, types: tuple[HireEventType, ...]) -> tuple[HireEventType, ...]:
        return tuple(dict.fromkeys(types))


class SealedSecret(BaseModel):
    """Sealed for its webhook. One that was replaced signs until `valid_until`, beside its successor."""

    model_config = ConfigDict(frozen=True)

    sealed: bytes = Field(repr=False)
    valid_until: datetime | None = None


class Webhook(BaseModel):
    """`role` and `organizations`, the owner's, say which hires it may hear of. `rests_until`: the receiver is away or
    asked for a pause. One that is disabled is sent nothing until somebody resumes it."""

    model_config = ConfigDict(frozen=True)

    webhook_id: str
    role: Role
    organizations: tuple[str, ...]
    url: str
    event_types: tuple[HireEventType, ...]
    description: str = ""
    created_by: str
    created_at: datetime
    secrets: tuple[SealedSecret, ...]
    disabled_at: datetime | None = None
    disabled_because: str = ""
    rests_until: datetime | None = None
    revision: int = 1

    def may_hear_of(self, district_id: str, provider_ids: Sequence[str]) -> bool:
        owner = Scope(self.role, frozenset(self.organizations))
        return owner.has_district(district_id) or any(owner.has_provider(each) for each in provider_ids)

    def is_resting(self, now: datetime) -> bool:
        return self.rests_until is not None and now < self.rests_until

    def rotated(self, sealed: bytes, now: datetime, *, overlap: timedelta) -> Self:
        """With a new secret first; the one before signs too for a time."""
        until = now + overlap
        before = [each for each in self.secrets if each.valid_until is None or each.valid_until > now]
        ending = tuple(
            each.model_copy(update={"valid_until": min(each.valid_until or until, until)}) for each in before
        )
        return self._changed(secrets=(SealedSecret(sealed=sealed), *ending))

    def disabled(self, because: str, now: datetime) -> Self:
        return self._changed(disabled_at=now, disabled_because=because)

    def resumed(self) -> Self:
        return self._changed(disabled_at=None, disabled_because="", rests_until=None)

    def resting(self, until: datetime, now: datetime) -> Self:
        """Not for longer than a few minutes: it may be back long before what failed is due again."""
        return self._changed(rests_until=min(until, now + LONGEST_REST))

    def shown(self, now: datetime) -> dict[str, Any]:
        """All that may be told of it."""
        told = self.model_dump(mode="json", exclude={"secrets", "revision"})
        signing = sum(each.valid_until is None or each.valid_until > now for each in self.secrets)
        return told | {"secrets_in_use": signing}

    def _changed(self, **changes: object) -> Self:
        return self.model_copy(update={**changes, "revision": self.revision + 1})


def signed(message_id: str, body: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of a message: one signature for each secret that is in use."""
    return {
        "content-type": "application/cloudevents+json; charset=UTF-8",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Signer(secret).sign(message_id, now, body) for secret in secrets),
    }
