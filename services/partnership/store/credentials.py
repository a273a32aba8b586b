"""Client ids and secrets of feeds, sealed: they go in, and come out only where a source is asked."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.credentials import Credentials
from shared.mongo import Collection
from shared.seal import Seal

FIELD = "connection.credentials"


class CredentialsKept(BaseModel):
    """All that anybody is told of credentials."""

    model_config = ConfigDict(frozen=True)

    changed_at: datetime
    changed_by: str


class CredentialStore:
    """A sealed value opens only for the connection that it was sealed for."""

    def __init__(self, credentials: Collection, seal: Seal) -> None:
        self._credentials = credentials
        self._seal = seal

    async def keep(self, connection_id: str, credentials: Credentials, *, by: str, now: datetime) -> CredentialsKept:
        kept = CredentialsKept(changed_at=now, changed_by=by)
        sealed = self._seal.close(credentials.in_clear(), record=connection_id, field=FIELD)
        change = {"$set": {"sealed": sealed, **kept.model_dump()}}
        await self._credentials.update_one({"_id": connection_id}, change, upsert=True)
        return kept

    async def known(self, connection_id: str) -> CredentialsKept | None:
        """Since when there are any, and from whom."""
        found = await self._credentials.find_one({"_id": connection_id}, {"_id": 0, "sealed": 0})
        return CredentialsKept.model_validate(found) if found else None

    async def known_since(self) -> dict[str, datetime]:
        """Connection → since when its credentials are known."""
        found = await self._credentials.find({}, projection={"changed_at": 1})
        return {each["_id"]: each["changed_at"] for each in found}

    async def credentials(self, connection_id: str) -> Credentials | None:
        found = await self._credentials.find_one({"_id": connection_id})
        opened = self._seal.open(found["sealed"], record=connection_id, field=FIELD) if found else None
        return Credentials.model_validate_json(opened) if opened else None

    async def forget(self, connection_id: str) -> None:
        await self._credentials.delete_many({"_id": connection_id})
