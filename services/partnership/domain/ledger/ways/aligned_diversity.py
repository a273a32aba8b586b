"""Way 2: candidates become as diverse as the students whom they will teach."""

from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, count, figure, words


class AlignedDiversity(WayRecord):
    """A step to recruit, and what became of those who applied."""

    title: ClassVar[str] = "Diversity of candidates aligned with students"
    explained: ClassVar[str] = "Recruitment for candidates who are as diverse as the district's students."

    action: str = words("What was done to recruit", required=True)
    student_share: float | None = figure("Share among the students", "percent", most=100)
    candidate_share: float | None = figure("Share among the candidates", "percent", most=100)
    applied: int | None = count("Applied", "candidates")
    admitted: int | None = count("Admitted", "candidates")
    completed: int | None = count("Completed", "candidates")
    hired: int | None = count("Hired by the district", "hires")
