"""Way 4: courses, field experience and feedback are designed by both."""

from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, choice, count, figure, words


class CodesignedCourses(WayRecord):
    """A course or field experience that both sides worked on."""

    title: ClassVar[str] = "Courses and field experience co-designed"
    explained: ClassVar[str] = (
        "Coursework, field experience or feedback, designed by both sides for a need of the district."
    )

    subject: str = words("Course or field experience", required=True, most=200)
    part: str = choice("What was designed", "coursework", "field_experience", "feedback")
    need: str = words("Which need of the district it answers")
    courses_revised: int | None = count("Courses revised", "courses")
    district_designers: int | None = count("Educators of the district who took part", "educators")
    working_hours: float | None = figure("Hours of work together", "hours")
