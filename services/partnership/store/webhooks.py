"""Webhooks, and what is owed to each."""

from collections.abc import Collection as Ids
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.partnership.domain.delivery import Delivery, DeliveryState
from services.partnership.domain.webhook import SealedSecret, Webhook
from shared.access.callers import Scope
from shared.errors import AlreadyThere, Misconfigured, NotFound, StaleRevision
from shared.mongo import Collection, Document, Filter, Index
from shared.seal import Seal

FIELD = "webhook.secret"


class WebhookStore:
    """Each change is guarded by the revision that was read."""

    def __init__(self, collection: Collection, seal: Seal) -> None:
        self._collection = collection
        self._seal = seal

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(Index(["event_types"]), Index(["role", "organizations"]))

    def sealed(self, webhook_id: str, secret: str) -> bytes:
        return self._seal.close(secret, record=webhook_id, field=FIELD) or b""

    def secrets_of(self, webhook: Webhook, now: datetime) -> list[str]:
        """In the clear: those that sign now."""
        in_use = [each for each in webhook.secrets if each.valid_until is None or each.valid_until > now]
        return [self._opened(webhook, each) for each in in_use]

    def _opened(self, webhook: Webhook, secret: SealedSecret) -> str:
        opened = self._seal.open(secret.sealed, record=webhook.webhook_id, field=FIELD)
        if opened is None:
            raise Misconfigured("A webhook has no secret.")
        return opened

    async def add(self, webhook: Webhook) -> None:
        await self._collection.insert_one(_document(webhook.webhook_id, webhook))

    async def replace(self, webhook: Webhook) -> None:
        """StaleRevision if somebody else changed it in between."""
        guard = {"_id": webhook.webhook_id, "revision": webhook.revision - 1}
        if not await self._collection.update_one(guard, {"$set": webhook.model_dump()}):
            raise StaleRevision("This webhook has changed since it was read.")

    async def remove(self, webhook_id: str) -> None:
        await self._collection.delete_many({"_id": webhook_id})

    async def get(self, webhook_id: str, scope: Scope) -> Webhook:
        found = await self._collection.find_one({"_id": webhook_id, **_visible(scope)})
        if found is None:
            raise NotFound("There is no such webhook.")
        return Webhook.model_validate(found)

    async def all(self, scope: Scope) -> list[Webhook]:
        found = await self._collection.find(_visible(scope), sort=[("created_at", 1), ("_id", 1)])
        return [Webhook.model_validate(each) for each in found]

    async def by_ids(self, ids: Ids[str]) -> dict[str, Webhook]:
        found = await self._collection.find({"_id": {"$in": list(ids)}})
        return {each["_id"]: Webhook.model_validate(each) for each in found}

    async def wanting(self, event_type: str, at: datetime) -> list[Webhook]:
        """Those that were there when it happened, and want to hear of such."""
        found = await self._collection.find({"event_types": event_type, "created_at": {"$lte": at}})
        return [Webhook.model_validate(each) for each in found]


class DeliveryStore:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(
            Index(["state", "next_at"]),
            Index(["webhook_id", "state", "next_at"]),
            Index(["webhook_id", ("created_at", -1)]),
            Index(["webhook_id", "hire_id", "sequence"], partial={"state": "waiting"}),
            Index(["expires_at"], expire_after_seconds=0),
        )

    async def add(self, delivery: Delivery) -> bool:
        """False: it is owed already."""
        try:
            await self._collection.insert_one(_document(delivery.delivery_id, delivery))
        except AlreadyThere:
            return False
        return True

    async def replace(self, delivery: Delivery) -> None:
        """StaleRevision if somebody else has it in hands."""
        guard = {"_id": delivery.delivery_id, "revision": delivery.revision - 1}
        if not await self._collection.update_one(guard, {"$set": delivery.model_dump()}):
            raise StaleRevision("This delivery has changed since it was read.")

    async def owed_to(self, now: datetime) -> list[str]:
        """The webhooks for which something is due."""
        due: list[Document] = [
            {"$match": {"state": "waiting", "next_at": {"$lte": now}}},
            {"$group": {"_id": "$webhook_id"}},
        ]
        return sorted(each["_id"] for each in await self._collection.aggregate(due))

    async def due(self, webhook_id: str, now: datetime, limit: int) -> list[Delivery]:
        query = {"webhook_id": webhook_id, "state": "waiting", "next_at": {"$lte": now}}
        order = [("next_at", 1), ("sequence", 1), ("_id", 1)]
        return [_delivery(each) for each in await self._collection.find(query, sort=order, limit=limit)]

    async def first_of(self, webhook_id: str, hire_ids: Sequence[str]) -> Mapping[str, Delivery]:
        """Hire → the earliest event of it that has not reached the webhook yet and is not given up."""
        query = {"webhook_id": webhook_id, "hire_id": {"$in": list(set(hire_ids))}, "state": "waiting"}
        found = await self._collection.find(query, sort=[("sequence", -1)])
        return {each["hire_id"]: _delivery(each) for each in found}

    async def get(self, webhook_id: str, delivery_id: str) -> Delivery:
        found = await self._collection.find_one({"_id": delivery_id, "webhook_id": webhook_id})
        if found is None:
            raise NotFound("There is no such delivery.")
        return _delivery(found)

    async def page(self, webhook_id: str, state: DeliveryState | None, *, limit: int, skip: int) -> list[Delivery]:
        order = [("created_at", -1), ("_id", 1)]
        found = await self._collection.find(_of(webhook_id, state), sort=order, limit=limit, skip=skip)
        return [_delivery(each) for each in found]

    async def count(self, webhook_id: str, state: DeliveryState | None) -> int:
        return await self._collection.count(_of(webhook_id, state))

    async def count_all(self, state: DeliveryState) -> int:
        return await self._collection.count({"state": state})

    async def park_all(self, webhook_id: str) -> int:
        """All that waits for a webhook that is sent nothing any more."""
        return await self._collection.update_many(
            _of(webhook_id, "waiting"), {"$set": {"state": "parked"}, "$inc": {"revision": 1}}
        )

    async def replay_parked(self, webhook_id: str, now: datetime, give_up_at: datetime) -> int:
        again = {"state": "waiting", "next_at": now, "give_up_at": give_up_at, "attempts": 0}
        return await self._collection.update_many(_of(webhook_id, "parked"), {"$set": again, "$inc": {"revision": 1}})

    async def forget(self, webhook_id: str) -> None:
        await self._collection.delete_many({"webhook_id": webhook_id})


def _of(webhook_id: str, state: DeliveryState | None) -> Filter:
    return {"webhook_id": webhook_id, **({"state": state} if state else {})}


def _visible(scope: Scope) -> Document:
    """One's own: those whose owner is nobody but the organizations that one acts for."""
    if scope.sees_all:
        return {}
    others = {"$elemMatch": {"$nin": sorted(scope.organizations)}}
    return {"role": scope.role, "organizations": {"$not": others, "$ne": []}}


def _document(identity: str, thing: Webhook | Delivery) -> Document:
    return {"_id": identity, **thing.model_dump()}


def _delivery(document: Document) -> Delivery:
    return Delivery.model_validate(document)
