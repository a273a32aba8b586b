"""What the doors of vacancies are given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.partnership.domain.district_needs import DistrictNeeds
from services.partnership.domain.vacancies import VacancyStatement
from services.partnership.domain.vacancy_file import VacancyReport
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.partnerships import PartnershipStore
from services.partnership.store.vacancies import VacancyStore
from services.partnership.use_cases.state_vacancies import state_vacancies, take_vacancy_file
from services.partnership.use_cases.weigh_needs import weigh_needs
from shared.frame import Frame


@dataclass(frozen=True)
class Vacancies:
    """Openings of districts, and what they mean to a provider."""

    statements: VacancyStore
    state: Callable[..., Awaitable[VacancyStatement]]
    take_file: Callable[..., Awaitable[VacancyReport]]
    weigh: Callable[..., Awaitable[DistrictNeeds]]

    @classmethod
    def wired(
        cls, frame: Frame, *, directory: Directory, completers: CompleterStore, partnerships: PartnershipStore
    ) -> "Vacancies":
        statements = VacancyStore(frame.documents("vacancies"), frame.mongo.collection("vacancies_replaced"))
        both: dict[str, Any] = {"directory": directory, "vacancies": statements}
        return cls(
            statements,
            state=partial(state_vacancies, **both),
            take_file=partial(take_vacancy_file, **both),
            weigh=partial(
                weigh_needs,
                partnerships=partnerships,
                completers=completers,
                smallest_group=frame.settings.smallest_group,
                **both,
            ),
        )
