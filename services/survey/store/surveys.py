"""Surveys: one document each, with the events that announce its change aboard."""

import asyncio
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.survey.domain.survey import OPEN, Survey
from shared.access.callers import Scope
from shared.events.survey import SurveyEvent
from shared.mongo import Document, Index
from shared.outbox import OUTBOX_INDEX, Documents
from shared.seal import Seal

INDEXES = (
    OUTBOX_INDEX,
    Index(keys=["campaign_id", "awaiting_since"], partial={"awaiting_since": {"$type": "date"}}),
    Index(keys=["target.recipient_role", "state"]),
    Index(keys=["sitting_id"], partial={"sitting_id": {"$type": "string"}}),
    Index(keys=["completer_id"]),
    Index(keys=["review_id"], partial={"review_id": {"$type": "string"}}),
    Index(keys=["campaign_id", "state", "last_day"]),
)

OPEN_STATES = sorted(OPEN)
WAITING_FIELDS = {"survey_id": "_id", "since": "awaiting_since", "campaign_id": "campaign_id", "last_day": "last_day"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A role with surveys to be announced, and since when each of them waits; of which campaigns, and until when."""

    role_key: str
    since: Mapping[str, datetime]
    campaign_ids: frozenset[str]
    last_day: date

    def without(self, survey_ids: Container[str]) -> "Waiting":
        return replace(self, since={one: since for one, since in self.since.items() if one not in survey_ids})


class Surveys:
    """Comments are sealed on their way in and opened on their way out."""

    def __init__(self, documents: Documents, seal: Seal) -> None:
        self._documents = documents
        self._seal = seal

    async def ensure_indexes(self) -> None:
        await self._documents.collection.ensure_indexes(*INDEXES)

    async def get(self, survey_id: str) -> Survey | None:
        kept = await self._documents.get(survey_id)
        return self._read(kept) if kept is not None else None

    async def add(self, survey: Survey, events: Sequence[SurveyEvent], *, at: datetime) -> bool:
        """False: there is a survey about the same already."""
        return await self._documents.insert(survey.survey_id, self._body(survey), *events, at=at)

    async def save(self, survey: Survey, events: Sequence[SurveyEvent], *, at: datetime) -> None:
        """Keep the next revision; StaleRevision if somebody else did so first."""
        await self._documents.update(survey.survey_id, self._body(survey), *events, at=at)

    async def on_the_list_of(self, sitting_id: str) -> list[Survey]:
        """All that this sitting's person is asked, open or not, in a stable order."""
        return await self._find({"sitting_id": sitting_id}, sort=[("_id", 1)])

    async def open_among(self, survey_ids: Iterable[str]) -> list[Survey]:
        found = await asyncio.gather(*(self.get(survey_id) for survey_id in sorted(set(survey_ids))))
        return [survey for survey in found if survey is not None and survey.is_open]

    async def announced_to_others(self, role_key: str, sitting_ids: Iterable[str]) -> list[Survey]:
        """Open surveys of a role that are on a list other than these."""
        return await self._find(
            {
                "target.recipient_role": role_key,
                "state": {"$in": OPEN_STATES},
                "sitting_id": {"$type": "string", "$nin": list(sitting_ids)},
            }
        )

    async def waiting(self, campaign_ids: Iterable[str], today: date) -> list[Waiting]:
        """Roles with surveys of these campaigns to be announced, and time left to answer them."""
        rows = await self._documents.collection.aggregate(
            [
                {
                    "$match": {
                        "awaiting_since": {"$type": "date"},
                        "campaign_id": {"$in": list(campaign_ids)},
                        "last_day": {"$gte": today.isoformat()},
                    }
                },
                {
                    "$group": {
                        "_id": "$target.recipient_role",
                        "surveys": {"$push": {field: f"${kept}" for field, kept in WAITING_FIELDS.items()}},
                    }
                },
            ]
        )
        return [_waiting(row["_id"], row["surveys"]) for row in rows]

    async def waiting_by_role(self, scope: Scope, campaign_ids: Iterable[str]) -> list[Document]:
        """Open surveys that nobody has been told of, by role: `role_key`, `district_id`, `school_id`, `count`,
        `since`, and the completers or providers that they are about."""
        return await self._documents.collection.aggregate(
            [
                {
                    "$match": {
                        "$and": [
                            {"awaiting_since": {"$type": "date"}, "state": {"$in": OPEN_STATES}},
                            {"campaign_id": {"$in": list(campaign_ids)}},
                            _seen_by(scope),
                        ]
                    }
                },
                {
                    "$group": {
                        "_id": "$target.recipient_role",
                        "district_id": {"$first": "$target.district_id"},
                        "school_id": {"$first": "$target.school_id"},
                        "count": {"$sum": 1},
                        "since": {"$min": "$awaiting_since"},
                        "completers": {"$addToSet": "$completer_id"},
                        "providers": {
                            "$addToSet": {"$cond": [{"$gt": ["$review_id", None]}, "$target.provider_id", None]}
                        },
                    }
                },
                {"$sort": {"since": 1, "_id": 1}},
            ]
        )

    async def district_of_role(self, role_key: str, scope: Scope) -> str | None:
        """The district of which this role is asked, if the caller may see it."""
        query = {"$and": [{"target.recipient_role": role_key}, _seen_by(scope)]}
        found = await self._documents.collection.find_one(query, {"target.district_id": 1})
        return found["target"]["district_id"] if found else None

    async def overdue(self, today: date, *, limit: int) -> list[str]:
        """Open surveys whose last day is over."""
        rows = await self._documents.collection.find(
            {"state": {"$in": OPEN_STATES}, "last_day": {"$lt": today.isoformat()}}, projection={"_id": 1}, limit=limit
        )
        return [row["_id"] for row in rows]

    async def of_review(self, review_id: str) -> list[Survey]:
        return await self._find({"review_id": review_id}, sort=[("_id", 1)])

    async def of_completer(self, completer_id: str) -> list[Survey]:
        return await self._find({"completer_id": completer_id}, sort=[("_id", 1)])

    async def counts(self, scope: Scope) -> list[Document]:
        """Per campaign: how many surveys are in each state, and how many of all have been announced."""
        return await self._documents.collection.aggregate(
            [
                {"$match": _seen_by(scope)},
                {
                    "$group": {
                        "_id": {"campaign_id": "$campaign_id", "state": "$state"},
                        "surveys": {"$sum": 1},
                        "announced": {"$sum": {"$cond": [{"$ne": ["$sitting_id", None]}, 1, 0]}},
                    }
                },
            ]
        )

    async def _find(self, filter: Document, **options: Any) -> list[Survey]:
        found = await self._documents.collection.find(filter, projection={"_outbox": 0}, **options)
        return [self._read(kept) for kept in found]

    def _body(self, survey: Survey) -> Document:
        body = survey.model_dump(exclude={"survey_id", "comment"})
        body["comment_sealed"] = self._seal.close(survey.comment, record=survey.survey_id, field="survey.comment")
        return body

    def _read(self, kept: Document) -> Survey:
        survey_id = kept["_id"]
        comment = self._seal.open(kept.get("comment_sealed"), record=survey_id, field="survey.comment")
        return Survey.model_validate({**kept, "survey_id": survey_id, "comment": comment})


def _seen_by(scope: Scope) -> Document:
    return {} if scope.sees_all else dict(scope.district_filter("target.district_id"))


def _waiting(role_key: str, surveys: Sequence[Document]) -> Waiting:
    return Waiting(
        role_key,
        {one["survey_id"]: one["since"] for one in surveys},
        frozenset(one["campaign_id"] for one in surveys),
        date.fromisoformat(max(one["last_day"] for one in surveys)),
    )
