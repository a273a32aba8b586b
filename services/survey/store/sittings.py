"""Sittings: whose link opens which list, and the mails that announce it."""

from datetime import date, datetime

from services.survey.domain.sitting import LONGEST_WAITS, SKEW, MailState, Sitting
from shared.errors import StaleRevision
from shared.mongo import Document, Index
from shared.outbox import Documents

INDEXES = (
    Index(keys=["token_hash"], unique=True),
    Index(keys=["next_at"], partial={"next_at": {"$type": "date"}}),
    Index(keys=["person_key"]),
    Index(keys=["mails.state", "last_day"], partial={"mails.state": MailState.UNKNOWN}),
)


class Sittings:
    """One document per person (of old, per person and campaign); its mails are inside it."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def ensure_indexes(self) -> None:
        await self._documents.collection.ensure_indexes(*INDEXES)

    async def get(self, sitting_id: str) -> Sitting | None:
        kept = await self._documents.get(sitting_id)
        return _read(kept) if kept is not None else None

    async def by_token_hash(self, token_hash: str) -> Sitting | None:
        kept = await self._documents.collection.find_one({"token_hash": token_hash}, {"_outbox": 0})
        return _read(kept) if kept is not None else None

    async def save(self, sitting: Sitting, *, at: datetime) -> None:
        """Keep this revision, the first one too; StaleRevision if somebody else did so first."""
        body = sitting.model_dump(exclude={"sitting_id"})
        if sitting.revision > 1:
            await self._documents.update(sitting.sitting_id, body, at=at)
        elif not await self._documents.insert(sitting.sitting_id, body, at=at):
            raise StaleRevision("The sitting is there already.")

    async def due(self, now: datetime, *, limit: int) -> list[str]:
        """Sittings with a mail that needs attention, longest waiting first (`Mail.is_due`)."""
        impossible = {"$elemMatch": {"due_at": {"$gt": now + SKEW}, "$or": _impossible(now)}}
        rows = await self._documents.collection.find(
            {
                "$or": [
                    {"next_at": {"$type": "date", "$lte": now}},
                    {"next_at": {"$gt": now + SKEW}, "mails": impossible},
                ]
            },
            projection={"_id": 1},
            sort=[("next_at", 1)],
            limit=limit,
        )
        return [row["_id"] for row in rows]

    async def count_to_be_written_to(self) -> int:
        """People for whom a mail is planned or being sent."""
        return await self._documents.collection.count({"next_at": {"$type": "date"}})

    async def count_maybe_unreached(self, today: date) -> int:
        """People of whom nobody knows whether a mail arrived, and who can still answer."""
        unknown = {"mails.state": MailState.UNKNOWN, "last_day": {"$gte": today.isoformat()}}
        return await self._documents.collection.count(unknown)

    async def is_unsubscribed(self, person_key: str) -> bool:
        """Whether this person wants no mail, in whichever campaign they said so."""
        wanted = {"person_key": person_key, "unsubscribed_at": {"$type": "date"}}
        return await self._documents.collection.find_one(wanted, {"_id": 1}) is not None

    async def mails_by_state(self, campaign_id: str) -> dict[str, int]:
        """Mails that announce something of this campaign; one may announce something of another as well."""
        from_before = {"campaign_id": campaign_id, "mails.campaign_ids.0": {"$exists": False}}
        rows = await self._documents.collection.aggregate(
            [
                {"$match": {"$or": [{"mails.campaign_ids": campaign_id}, {"campaign_id": campaign_id}]}},
                {"$unwind": "$mails"},
                {"$match": {"$or": [{"mails.campaign_ids": campaign_id}, from_before]}},
                {"$group": {"_id": "$mails.state", "mails": {"$sum": 1}}},
            ]
        )
        return {row["_id"]: row["mails"] for row in rows}


def _impossible(now: datetime) -> list[Document]:
    """As `Mail.is_due` says it."""
    return [
        {"attempts": 0},
        {"state": {"$in": [MailState.SENT, MailState.FAILED]}},
        *({"state": state, "due_at": {"$gt": now + longest + SKEW}} for state, longest in LONGEST_WAITS.items()),
    ]


def _read(kept: Document) -> Sitting:
    return Sitting.model_validate({**kept, "sitting_id": kept["_id"]})
