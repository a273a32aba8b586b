"""Way 5: candidates are selected by both."""

from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, count, words


class Coselection(WayRecord):
    """A round of admission in which the district had a voice."""

    title: ClassVar[str] = "Candidates co-selected"
    explained: ClassVar[str] = "Educators of the district sit on the panel that admits candidates."

    criteria: str = words("Criteria agreed on")
    panel_members: int | None = count("Members of the panel", "people")
    district_panel_members: int | None = count("Of them, from the district", "people")
    considered: int = count("Candidates considered", "candidates", required=True)
    admitted: int | None = count("Candidates admitted", "candidates")
    admitted_with_district_vote: int | None = count("Of them, with a vote of the district", "candidates")
