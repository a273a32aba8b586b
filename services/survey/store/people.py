"""Copies of who holds which role and of what completers are called; both sealed, both erasable."""

from collections.abc import Iterable
from typing import Any

from services.survey.domain.role_holder import RoleHolder
from shared.coalesce import CoalescedWrites
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


class People:
    """`role_holders` by role key, `profiles` by completer."""

    def __init__(self, role_holders: Collection, profiles: Collection, seal: Seal) -> None:
        self._role_holders = role_holders
        self._profiles = profiles
        self._role_holder_writes = CoalescedWrites(role_holders)
        self._profile_writes = CoalescedWrites(profiles)
        self._seal = seal

    async def keep_role_holder(self, holder: RoleHolder, *, after: RoleHolder | None) -> None:
        """Keep who holds a role `after` whoever held it; StaleRevision if somebody else was told of in between."""
        fields: dict[str, Any] = holder.model_dump(exclude={"role_key", "name", "email"})
        for field in ("name", "email"):
            text = getattr(holder, field)
            fields[f"{field}_sealed"] = self._seal.close(text, record=holder.role_key, field=f"role_holder.{field}")
        read = {"_id": holder.role_key, "sequence": after.sequence if after is not None else None}
        try:
            await self._role_holder_writes.update(read, {"$set": fields}, upsert=True)
        except AlreadyThere:
            raise StaleRevision("Another holder of this role was told of at the same time.") from None

    async def holders(self, role_keys: Iterable[str]) -> list[RoleHolder]:
        """Who holds these roles, as far as we know."""
        found = await self._role_holders.find({"_id": {"$in": list(role_keys)}}, sort=[("_id", 1)])
        return [self._read(kept) for kept in found]

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

    def _read(self, kept: Document) -> RoleHolder:
        opened = {
            field: self._seal.open(kept.get(f"{field}_sealed"), record=kept["_id"], field=f"role_holder.{field}")
            for field in ("name", "email")
        }
        return RoleHolder.model_validate({**kept, **opened, "role_key": kept["_id"]})
