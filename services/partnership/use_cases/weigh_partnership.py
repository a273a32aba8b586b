"""A partnership with what was done and reached in it, as one viewer may see it."""

from dataclasses import dataclass
from datetime import date

from services.partnership.domain.ledger.activity import Activity
from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.measurement import Measurement
from services.partnership.domain.ledger.outcomes import Outcomes, outcomes
from services.partnership.domain.ledger.sides import viewing
from services.partnership.store.hires import HireStore
from services.partnership.store.ledger_entries import ActivityStore, MeasurementStore
from shared.access.callers import Scope


@dataclass(frozen=True)
class Weighed:
    """Newest first."""

    activities: list[Activity]
    measurements: list[Measurement]
    outcomes: Outcomes


async def weigh_partnership(
    partnership: Partnership,
    *,
    scope: Scope,
    activities: ActivityStore,
    measurements: MeasurementStore,
    hires: HireStore,
    smallest_group: int,
    today: date,
) -> Weighed:
    """Hires are counted within the term, from its first day to its last."""
    done = await activities.of(partnership.partnership_id, scope)
    measured = await measurements.of(partnership.partnership_id, scope)
    hired, version = 0, partnership.shown
    if version is not None:
        hired = await hires.count_within(
            partnership.provider_id, partnership.district_id, version.terms.begins_on, version.terms.last_day(today)
        )
    weighed = outcomes(
        partnership, done, measured, hired, viewer=viewing(scope), smallest_group=smallest_group, today=today
    )
    return Weighed(done, measured, weighed)
