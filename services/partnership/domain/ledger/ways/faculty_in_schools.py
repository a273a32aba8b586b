"""Way 9: faculty of the program work in schools."""

from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, count, figure, words


class FacultyInSchools(WayRecord):
    """Days that faculty worked in one school."""

    title: ClassVar[str] = "Faculty working in schools"
    explained: ClassVar[str] = "Faculty of the provider who teach, coach or observe in schools."

    school: str = words("School, by name or code", required=True, most=200)
    purpose: str = words("What for")
    faculty: int = count("Faculty members", "people", required=True)
    days: float | None = figure("Days, all together", "days", most=100_000)
    courses_changed: int | None = count("Courses changed because of it", "courses")
