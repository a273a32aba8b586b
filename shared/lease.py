"""One holder at a time, by the database's clock.

A lease alone is no mutual exclusion: a holder that was paused wakes up and goes on. It keeps two from doing the same
work for long; that double work does no harm is the work's own business.
"""

from shared.errors import AlreadyThere
from shared.mongo import Collection

SECONDS = 5


class Lease:
    """`holder` must differ between processes; the same holder renews."""

    def __init__(self, leases: Collection, name: str, holder: str) -> None:
        self._leases = leases
        self._name = name
        self._holder = holder

    async def take(self) -> bool:
        """Take it, or renew it; False while somebody else holds it. Ask again within half of SECONDS."""
        mine_or_expired = {
            "_id": self._name,
            "$or": [{"holder": self._holder}, {"$expr": {"$lt": ["$expires_at", "$$NOW"]}}],
        }
        until = {"$dateAdd": {"startDate": "$$NOW", "unit": "second", "amount": SECONDS}}
        taken = [{"$set": {"holder": self._holder, "expires_at": until}}]
        if await self._leases.find_one_and_update(mine_or_expired, taken) is not None:
            return True
        try:
            await self._leases.insert_one({"_id": self._name, "holder": None, "expires_at": None})
        except AlreadyThere:
            return False
        return await self._leases.find_one_and_update(mine_or_expired, taken) is not None

    async def held_by(self) -> str | None:
        """Who holds it now; None: nobody."""
        current = {"_id": self._name, "$expr": {"$gte": ["$expires_at", "$$NOW"]}}
        found = await self._leases.find_one(current)
        return None if found is None else str(found["holder"])

    async def give_back(self) -> None:
        """Let the next one in at once."""
        await self._leases.update_one({"_id": self._name, "holder": self._holder}, {"$set": {"expires_at": None}})
