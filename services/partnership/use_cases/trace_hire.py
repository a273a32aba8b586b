"""Say where a hire comes from."""

from dataclasses import dataclass

from services.partnership.domain.completer import Completer
from services.partnership.domain.hire import Hire
from services.partnership.domain.provenance import Step, person_shown, rows_behind, steps
from services.partnership.domain.snapshot import Snapshot
from services.partnership.domain.staff import Staff
from services.partnership.domain.timeline import Turn
from services.partnership.store.completers import CompleterStore
from services.partnership.store.feeds import FeedStore
from services.partnership.store.hires import HireStore
from services.partnership.store.staff import StaffStore
from shared.access.callers import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class Provenance:
    """`rows`: what the feed said, with the snapshot that said it, as far as that is kept."""

    hire: Hire
    completer: Completer
    staff: Staff
    rows: tuple[tuple[Turn, Snapshot | None], ...]
    steps: tuple[Step, ...]
    person: dict[str, str]


async def trace_hire(
    hire_id: str, *, scope: Scope, hires: HireStore, staff: StaffStore, completers: CompleterStore, feeds: FeedStore
) -> Provenance:
    """For whoever may see the hire; the district's person is shown in full to the district and the agency alone."""
    hire = await hires.get(hire_id, scope)
    person = await staff.get(hire.staff_id, EVERYTHING)
    completer = (await completers.by_ids([hire.completer_id]))[hire.completer_id]
    turns = rows_behind(person, hire)
    snapshots = await feeds.at(hire.connection_id, {turn.sequence for turn in turns})
    first = snapshots.get(hire.sequence)
    in_full = scope.role == "agency" or (scope.role == "district" and scope.has_district(hire.district_id))
    return Provenance(
        hire=hire,
        completer=completer,
        staff=person,
        rows=tuple((turn, snapshots.get(turn.sequence)) for turn in turns),
        steps=tuple(steps(hire, person, completer, in_baseline=first is not None and first.is_baseline)),
        person=person_shown(person.known, in_full=in_full),
    )
