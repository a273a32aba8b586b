"""Copies of who holds which role and of what completers are called; both sealed, both erasable."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.survey.domain.recipient import Way
from services.survey.domain.role_holder import RoleHolder
from shared.access.callers import Scope
from shared.coalesce import CoalescedReads, CoalescedWrites
from shared.errors import AlreadyThere, StaleRevision
from shared.events.partnership import CompleterProfileChanged
from shared.mongo import Collection, Document
from shared.seal import Seal


async def replace_if_newer(writes: CoalescedWrites, document_id: str, sequence: int, fields: Document) -> None:
    """Keep a copy unless a later one is kept already."""
    older = {"_id": document_id, "sequence": {"$lt": sequence}}
    try:
        await writes.update(older, {"$set": {**fields, "sequence": sequence}}, upsert=True)
    except AlreadyThere:
        return


@dataclass(frozen=True, slots=True)
class Naming:
    """Whom a district, or a partner who was asked, named for a role; who said so, and when."""

    holder: RoleHolder
    district_id: str
    by: str
    at: datetime


class People:
    """`role_holders` by role key, `profiles` by completer."""

    def __init__(self, role_holders: Collection, profiles: Collection, seal: Seal) -> None:
        self._role_holders = role_holders
        self._profiles = profiles
        self._role_holder_reads = CoalescedReads(role_holders)
        self._role_holder_writes = CoalescedWrites(role_holders)
        self._profile_writes = CoalescedWrites(profiles)
        self._seal = seal

    async def keep_role_holder(self, holder: RoleHolder, *, after: RoleHolder | None) -> None:
        """Keep who holds a role `after` whoever held it; StaleRevision if somebody else was told of in between."""
        fields: dict[str, Any] = holder.model_dump(mode="json", exclude={"role_key", "name", "email"})
        for field in ("name", "email"):
            text = getattr(holder, field)
            fields[f"{field}_sealed"] = self._seal.close(text, record=holder.role_key, field=f"role_holder.{field}")
        read = {"_id": holder.role_key, "sequence": after.sequence if after is not None else None}
        try:
            await self._role_holder_writes.update(read, {"$set": fields}, upsert=True)
        except AlreadyThere:
            raise StaleRevision("Another holder of this role was told of at the same time.") from None

    async def holders(self, role_keys: Iterable[str]) -> list[RoleHolder]:
        """Who is asked in these roles, as far as we know: whom the district named, else whom we were told of."""
        found = await self._role_holder_reads.get_all(role_keys)
        return [holder for kept in found if (holder := self._named(kept) or self._told(kept)) is not None]

    async def told_holder(self, role_key: str) -> RoleHolder | None:
        """Whom we were told of, whoever was named."""
        kept = await self._role_holders.find_one({"_id": role_key})
        return self._told(kept) if kept is not None else None

    async def name_recipient(
        self,
        role_key: str,
        name: str,
        email: str,
        *,
        district_id: str,
        by: str,
        at: datetime,
        way: Way = Way.NAMED_BY_DISTRICT,
    ) -> None:
        """Somebody is named who is asked in a role, until that is taken back."""
        await self._keep_naming(
            role_key,
            {
                "name_sealed": self._seal.close(name, record=role_key, field="named.name"),
                "email_sealed": self._seal.close(email, record=role_key, field="named.email"),
                "district_id": district_id,
                "by": by,
                "at": at,
                "way": way.value,
            },
        )

    async def take_naming_back(self, role_key: str, *, district_id: str, by: str, at: datetime) -> None:
        await self._keep_naming(role_key, {"district_id": district_id, "by": by, "at": at})

    async def namings(self, scope: Scope) -> list[Naming]:
        """Who was named, in the caller's districts."""
        query = {"named.email_sealed": {"$type": "binData"}, **scope.district_filter("named.district_id")}
        found = await self._role_holders.find(query, sort=[("_id", 1)])
        holders = [(kept, self._named(kept)) for kept in found]
        return [
            Naming(holder, kept["named"]["district_id"], kept["named"]["by"], kept["named"]["at"])
            for kept, holder in holders
            if holder is not None
        ]

    async def _keep_naming(self, role_key: str, named: Document) -> None:
        """StaleRevision if somebody else named somebody at the same time."""
        kept = await self._role_holders.find_one({"_id": role_key}, {"named.number": 1}) or {}
        number = (kept.get("named") or {}).get("number")
        guard = {"_id": role_key, "named.number": number}
        change = {"$set": {"named": {**named, "number": (number or 0) + 1}}}
        try:
            await self._role_holders.update_one(guard, change, upsert=True)
        except AlreadyThere:
            raise StaleRevision("Somebody else named a recipient for this role at the same time.") from None

    async def note_profile(self, profile: CompleterProfileChanged, sequence: int) -> None:
        sealed = self._seal.close(profile.display_name, record=profile.completer_id, field="profile.display_name")
        await replace_if_newer(self._profile_writes, profile.completer_id, sequence, {"display_name_sealed": sealed})

    async def display_names(self, completer_ids: Iterable[str]) -> dict[str, str]:
        """Names by completer; one without a name, or with an erased one, is missing."""
        found = await self._profiles.find({"_id": {"$in": list(completer_ids)}})
        names = {
            kept["_id"]: self._seal.open(
                kept.get("display_name_sealed"), record=kept["_id"], field="profile.display_name"
            )
            for kept in found
        }
        return {completer_id: name for completer_id, name in names.items() if name}

    async def erase(self, key: str) -> None:
        """Forget whoever this role key or completer stands for."""
        await self._role_holders.delete_many({"_id": key})
        await self._profiles.delete_many({"_id": key})

    def _named(self, kept: Document) -> RoleHolder | None:
        named = kept.get("named") or {}
        name, email = (
            self._seal.open(named.get(f"{field}_sealed"), record=kept["_id"], field=f"named.{field}")
            for field in ("name", "email")
        )
        if not name or not email:
            return None
        way = Way(named.get("way", Way.NAMED_BY_DISTRICT))
        return RoleHolder.named(kept["_id"], named["number"], name, email, named["at"].date(), self._told(kept), way)

    def _told(self, kept: Document) -> RoleHolder | None:
        if "sequence" not in kept:
            return None
        opened = {
            field: self._seal.open(kept.get(f"{field}_sealed"), record=kept["_id"], field=f"role_holder.{field}")
            for field in ("name", "email")
        }
        return RoleHolder.model_validate({**kept, **opened, "role_key": kept["_id"]})
