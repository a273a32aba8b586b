"""A reviewer says which completer a new colleague is, or is not, or takes that back."""

from contextlib import suppress
from datetime import datetime

from services.partnership.domain.staff import Staff
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.hires import HireStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.tell_hires import tell_hires
from shared.access.callers import Scope
from shared.errors import Conflict, NotFound, StaleRevision


async def confirm_match(
    staff_id: str,
    completer_id: str,
    *,
    scope: Scope,
    by: str,
    reason: str,
    staff: StaffStore,
    completers: CompleterStore,
    hires: HireStore,
    directory: Directory,
    metrics: PartnershipMetrics,
    now: datetime,
) -> Staff:
    """The hire is told, with the reviewer as its basis. Confirming again changes nothing.

    The decision is saved first: of two reviewers who decide at once, one is told that the other was faster.
    """
    person = await staff.get(staff_id, scope)
    if person.completer_id is not None and completer_id in {each.completer_id for each in person.matching.candidates}:
        return person
    _must_be_open(person, completer_id)
    completer = (await completers.by_ids([completer_id])).get(completer_id)
    if completer is None or not completer.completions:
        raise Conflict("This completer has no recorded completion.", hint="Ask the provider to report it first.")
    matching = person.matching.confirmed(completer_id, by=by, reason=reason, now=now)
    decided = person.with_matching(matching, completer_id)
    await staff.replace(decided)
    with suppress(StaleRevision):  # Somebody tells it at this moment.
        await tell_hires(
            staff=staff,
            completers=completers,
            hires=hires,
            directory=directory,
            metrics=metrics,
            now=now,
            connection_id=person.connection_id,
        )
    return decided


async def reject_match(
    staff_id: str, completer_id: str, *, scope: Scope, by: str, reason: str, staff: StaffStore, now: datetime
) -> Staff:
    """This person is not that completer; nobody will be asked that again."""
    person = await staff.get(staff_id, scope)
    if completer_id in person.matching.rejected:
        return person
    _must_be_open(person, completer_id)
    decided = person.with_matching(person.matching.without(completer_id, by=by, reason=reason, now=now))
    await staff.replace(decided)
    return decided


async def undo_match(
    staff_id: str,
    completer_id: str,
    *,
    scope: Scope,
    by: str,
    reason: str,
    staff: StaffStore,
    completers: CompleterStore,
    hires: HireStore,
    directory: Directory,
    metrics: PartnershipMetrics,
    now: datetime,
) -> Staff:
    """The question is open again; a hire that came of the decision is withdrawn. All decisions stay on the record.

    Saved first, told afterwards: what a stopped process left untold is told by the next one.
    """
    person = await staff.get(staff_id, scope)
    decision = person.matching.standing(completer_id)
    if decision is None:
        raise Conflict("Nobody's decision about this completer stands.", hint="Open the record again.")
    if decision.what == "rejected" and person.completer_id is not None:
        raise Conflict("This colleague is taken for another completer now.", hint="Undo that first.")
    decided = person.with_matching(person.matching.undone(decision, by=by, reason=reason, now=now))
    await staff.replace(decided)
    with suppress(StaleRevision):  # Somebody tells it at this moment.
        await tell_hires(
            staff=staff,
            completers=completers,
            hires=hires,
            directory=directory,
            metrics=metrics,
            now=now,
            connection_id=person.connection_id,
        )
    return decided


def _must_be_open(person: Staff, completer_id: str) -> None:
    if not person.may_be_hired or person.matching.state != "review":
        raise Conflict("This has been decided already.", hint="Open the list again.")
    if completer_id not in {each.completer_id for each in person.matching.candidates}:
        raise NotFound("This completer is none of the candidates.")
