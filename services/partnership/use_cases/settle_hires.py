"""Decide which new colleagues are completers, and tell the hires; tell what became of the hires of others."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.partnership.domain.completer import Completer
from services.partnership.domain.hire import hire, judge
from services.partnership.domain.matching import Matching
from services.partnership.domain.staff import Staff
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.hires import HireStore


async def settle_hires(
    staff: Sequence[Staff],
    *,
    completers: CompleterStore,
    hires: HireStore,
    directory: Directory,
    metrics: PartnershipMetrics,
    now: datetime,
) -> list[Staff]:
    """The same people with what was decided; hires are saved here, people by the caller. Again changes nothing."""
    open_questions = [each for each in staff if each.may_be_hired]
    sharing = await completers.sharing(key for each in open_questions for key in each.known.match_keys())
    followed = await hires.by_ids(each.hire_id for each in staff if each.hire_id is not None)

    async def settle(each: Staff) -> Staff:
        if each.hire_id is not None:
            await hires.follow(followed[each.hire_id], each, now)
            return each
        candidates = _candidates(each, sharing)
        matching = judge(each, candidates)
        if matching.state != "matched":
            return each.with_matching(matching)
        chosen = next(one for one in candidates if one.completer_id == matching.candidates[0].completer_id)
        return await tell_hire(each, chosen, matching, hires=hires, directory=directory, metrics=metrics, now=now)

    due = [each for each in staff if each.may_be_hired or each.hire_id is not None]
    settled = {each.staff_id: each for each in await asyncio.gather(*(settle(each) for each in due))}
    return [settled.get(each.staff_id, each) for each in staff]


async def tell_hire(
    staff: Staff,
    completer: Completer,
    matching: Matching,
    *,
    hires: HireStore,
    directory: Directory,
    metrics: PartnershipMetrics,
    now: datetime,
) -> Staff:
    """Save the hire first; then the person, whom the caller saves, can say so."""
    employers = await directory.employers(staff.district_id)
    found = hire(staff, completer, matching, employers=employers)
    if await hires.add(found, now):
        metrics.hires.labels(basis=found.match_basis.value).inc()
    return staff.with_matching(matching, found.hire_id)


def _candidates(staff: Staff, sharing: Mapping[str, Sequence[Completer]]) -> list[Completer]:
    found = {each.completer_id: each for key in staff.known.match_keys() for each in sharing.get(key, ())}
    return [found[completer_id] for completer_id in sorted(found)]
