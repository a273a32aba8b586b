"""Way 3: new educators are inducted by both sides together."""

from datetime import date
from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, count, day, figure, words


class SharedInduction(WayRecord):
    """Mentoring of new educators in one period."""

    title: ClassVar[str] = "Shared induction"
    explained: ClassVar[str] = "New educators are mentored towards goals that both sides set."

    goals: str = words("Goals of the induction", required=True)
    new_educators: int | None = count("New educators", "educators")
    matched_before_first_day: int | None = count("Of them, matched with a mentor before their first day", "educators")
    mentors: int | None = count("Mentors", "mentors")
    mentor_hours: float | None = figure("Hours of mentoring, all together", "hours")
    release_hours: float | None = figure("Hours of release time", "hours")
    retained_next_year: int | None = count("New educators who returned the year after", "educators")
    report_sent_on: date | None = day("Induction report sent on")
