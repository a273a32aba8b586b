"""Way 8: PK-12 educators teach in the program."""

from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, count, figure, words


class EducatorsTeaching(WayRecord):
    """Courses of one term that educators of the district taught."""

    title: ClassVar[str] = "PK-12 educators teaching in the program"
    explained: ClassVar[str] = "Educators of the district who teach candidates."

    course: str = words("Course", required=True, most=200)
    term: str = words("Term", most=40)
    educators: int = count("Educators who taught", "educators", required=True)
    sections: int | None = count("Sections taught", "sections")
    full_time_equivalent: float | None = figure("Full-time equivalent", "FTE", most=100)
    candidate_rating: float | None = figure("Candidates' rating, out of five", "points", most=5)
