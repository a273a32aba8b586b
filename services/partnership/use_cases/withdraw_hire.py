"""A reviewer says that a hire was none: the person is somebody else, or is no new colleague."""

from datetime import datetime

from services.partnership.domain.hire import Hire, Mistake
from services.partnership.store.hires import HireStore
from services.partnership.store.staff import StaffStore
from shared.access.callers import EVERYTHING, Scope


async def withdraw_hire(
    hire_id: str,
    mistake: Mistake,
    *,
    scope: Scope,
    by: str,
    reason: str,
    hires: HireStore,
    staff: StaffStore,
    now: datetime,
) -> Hire:
    """The hire stays, with who withdrew it, when and why. Saying so again finishes what a stopped process left."""
    withdrawn, event = (await hires.get(hire_id, scope)).withdrawn(mistake, by=by, reason=reason, now=now)
    if event is not None:
        await hires.save(withdrawn.noting(event, now), event, now)
    person = await staff.get(withdrawn.staff_id, EVERYTHING)
    said = withdrawn.withdrawal
    is_noted = withdrawn.episode in person.denied or person.completer_id != withdrawn.completer_id
    if said is not None and said.by is not None and not is_noted:
        if said.mistake == "did_not_happen":
            corrected = person.without_appointment(withdrawn.episode)
        else:
            corrected = person.with_matching(
                person.matching.without(withdrawn.completer_id, by=said.by, reason=said.reason, now=said.at)
            )
        await staff.replace(corrected)
    return withdrawn
