"""Way 11: supervising practitioners lead, and are recognised."""

from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, count, figure, words, yes


class PractitionerRecognition(WayRecord):
    """Supervising practitioners chosen, trained, paid or honoured."""

    title: ClassVar[str] = "Supervising practitioners lead and are recognised"
    explained: ClassVar[str] = "How supervising practitioners are chosen, trained, paid and honoured."

    selection: str = words("How they were chosen")
    practitioners: int = count("Supervising practitioners", "people", required=True)
    trained: int | None = count("Of them, trained", "people")
    rated_proficient: int | None = count("Of them, rated proficient or better", "people")
    stipend: float | None = figure("Stipend for each", "dollars", most=100_000)
    award_given: bool = yes("An award was given")
    returned: int | None = count("Of them, who serve again", "people")
