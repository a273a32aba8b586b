"""What both sides are reminded of: a term that ends, a goal or an annual review that is due."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.ledger.agreement import LIVE, Partnership
from services.partnership.domain.ledger.terms import Goal, Terms, years_after
from shared.ids import derived

TERM_DAYS = (180, 90, 30)
DUE_DAYS = (30, 0)
Occasion = Literal["term_ends", "goal_due", "annual_review"]


class Reminder(BaseModel):
    """`days_before`: which of the warnings this is. Its id follows from the fact, so it is kept once."""

    model_config = ConfigDict(frozen=True)

    reminder_id: str
    partnership_id: str
    provider_id: str
    district_id: str
    occasion: Occasion
    due_on: date
    days_before: int
    goal_id: str = ""
    about: str = ""
    since: date


def reminders(partnership: Partnership, today: date) -> list[Reminder]:
    """Those that stand on this day; of several warnings of one thing only the latest."""
    version = partnership.in_force
    if version is None or partnership.status not in LIVE:
        return []
    terms = version.terms
    found = [_of(partnership, "term_ends", terms.last_day(today), TERM_DAYS, today)]
    found += [_of(partnership, "goal_due", goal.due_on, DUE_DAYS, today, goal) for goal in terms.goals]
    found += [_of(partnership, "annual_review", day, DUE_DAYS, today) for day in _anniversaries(terms, today)]
    return [each for each in found if each is not None]


def _anniversaries(terms: Terms, today: date) -> Iterator[date]:
    """The last one and the next, within the term."""
    for years in (today.year - terms.begins_on.year, today.year - terms.begins_on.year + 1):
        day = years_after(terms.begins_on, years) if years > 0 else None
        if day is not None and day <= terms.last_day(today):
            yield day


def _of(
    partnership: Partnership,
    occasion: Occasion,
    due_on: date,
    warnings: tuple[int, ...],
    today: date,
    goal: Goal | None = None,
) -> Reminder | None:
    left = (due_on - today).days
    reached = [each for each in warnings if left <= each]
    if not reached or (occasion == "annual_review" and left < -90):
        return None
    goal_id, about = (goal.goal_id, goal.metric) if goal else ("", "")
    return Reminder(
        reminder_id=derived(
            "reminder", partnership.partnership_id, occasion, goal_id, due_on.isoformat(), str(min(reached))
        ),
        **partnership.model_dump(include={"partnership_id", "provider_id", "district_id"}),
        occasion=occasion,
        due_on=due_on,
        days_before=min(reached),
        goal_id=goal_id,
        about=about,
        since=today,
    )
