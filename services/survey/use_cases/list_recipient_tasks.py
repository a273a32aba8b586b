"""For which surveys the district has to name somebody, because nobody can be written to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.survey.domain.recipient import Gap, gap_of
from services.survey.store.people import People
from services.survey.store.surveys import Surveys
from shared.access.callers import Scope


@dataclass(frozen=True, slots=True)
class RecipientTask:
    """One role for which somebody has to be named; its surveys are about these completers and providers."""

    role_key: str
    gap: Gap
    district_id: str
    school_id: str | None
    surveys: int
    since: datetime
    completer_ids: tuple[str, ...]
    provider_ids: tuple[str, ...] = ()


async def list_recipient_tasks(
    scope: Scope, campaign_ids: Iterable[str], *, surveys: Surveys, people: People
) -> list[RecipientTask]:
    """Longest waiting first. What waits only for its mail to be written is no task."""
    rows = await surveys.waiting_by_role(scope, campaign_ids)
    holders = {one.role_key: one for one in await people.holders([row["_id"] for row in rows])}
    tasks = []
    for row in rows:
        holder = holders.get(row["_id"])
        gap = gap_of(row["_id"], holder is not None, holder.way if holder else None, holder.email if holder else None)
        if gap is not None:
            tasks.append(
                RecipientTask(
                    role_key=row["_id"],
                    gap=gap,
                    district_id=row["district_id"],
                    school_id=row["school_id"],
                    surveys=row["count"],
                    since=row["since"],
                    completer_ids=tuple(sorted(filter(None, row["completers"]))),
                    provider_ids=tuple(sorted(filter(None, row["providers"]))),
                )
            )
    return tasks
