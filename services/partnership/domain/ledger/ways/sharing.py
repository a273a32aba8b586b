"""Way 1: openings, completers, impact and projected vacancies are shared."""

from typing import ClassVar

from services.partnership.domain.ledger.ways.record import WayRecord, choice, count, words


class Sharing(WayRecord):
    """A data set that one side gave to the other."""

    title: ClassVar[str] = "Data shared"
    explained: ClassVar[str] = "Openings, completers, impact or projected vacancies, given by one side to the other."

    dataset: str = choice("What was shared", "openings", "completers", "impact", "projected_vacancies")
    licence_field: str = words("Licence field", most=80)
    openings: int | None = count("Openings told", "openings")
    openings_filled: int | None = count("Of them, filled by completers of the provider", "openings")
    completers: int | None = count("Completers told", "completers")
    projected_vacancies: int | None = count("Vacancies projected", "vacancies")
    days_to_share: int | None = count("Days from asking to receiving", "days", most=3660)
