"""Way 7: candidates spend a whole year in a school."""

from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, count, figure, words


class YearlongPlacement(WayRecord):
    """Placements in one school."""

    title: ClassVar[str] = "Year-long field experience"
    explained: ClassVar[str] = "Candidates who are placed in a school of the district for a whole year."

    school: str = words("School, by name or code", required=True, most=200)
    placements: int = count("Candidates placed", "candidates", required=True)
    yearlong: int | None = count("Of them, for the whole year", "candidates")
    weeks: int | None = count("Weeks of each placement", "weeks", most=60)
    hours: float | None = figure("Hours of each placement", "hours", most=3000)
    hired_in_school: int | None = count("Hired by this school", "hires")
    hired_in_district: int | None = count("Hired by the district", "hires")
