"""Way 10: leaders of the district sit on the provider's boards."""

from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, count, words


class LeadersOnBoards(WayRecord):
    """A meeting of a board."""

    title: ClassVar[str] = "District leaders on advisory boards"
    explained: ClassVar[str] = "Leaders of the district who advise the provider, and what came of it."

    board: str = words("Board", required=True, most=200)
    seats: int = count("Seats of the district", "seats", required=True)
    attended: int | None = count("Of them, present", "seats")
    recommendations: int | None = count("Recommendations made", "recommendations")
    recommendations_adopted: int | None = count("Recommendations adopted since", "recommendations")
    minutes: str = words("Where the minutes are")
