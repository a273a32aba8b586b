"""Way 6: a cohort is prepared for one district."""

from datetime import date
from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, count, day, figure, words


class DistrictCohort(WayRecord):
    """How a cohort stands on the day of the activity."""

    title: ClassVar[str] = "Cohort for the district"
    explained: ClassVar[str] = "Candidates who are prepared together for the needs of one district."

    cohort: str = words("Name of the cohort", required=True, most=100)
    need: str = words("Which need it answers")
    starts_on: date | None = day("Starts on")
    ends_on: date | None = day("Ends on")
    enrolled: int = count("Candidates enrolled", "candidates", required=True)
    completed: int | None = count("Completed", "candidates")
    hired: int | None = count("Hired by the district", "hires")
    retained: int | None = count("Still there after two years", "hires")
    cost: float | None = figure("Cost to both sides", "dollars", most=1e9)
