"""Decide which new colleagues are completers; tell what became of the hires of the others."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.partnership.domain.completer import Completer
from services.partnership.domain.hire import decide
from services.partnership.domain.staff import Staff
from services.partnership.store.completers import CompleterStore
from services.partnership.store.hires import HireStore


async def settle_hires(
    staff: Sequence[Staff], *, completers: CompleterStore, hires: HireStore, now: datetime
) -> list[Staff]:
    """The same people with what was decided, for the caller to save; new hires are told after that (tell_hires)."""
    sharing = await completers.sharing(key for each in staff if each.may_be_hired for key in each.known.match_keys())
    told = [each for each in staff if each.hire_is_told]
    followed = await hires.by_ids(each.hire_id for each in told if each.hire_id is not None)
    await asyncio.gather(*(hires.follow(followed[each.hire_id], each, now) for each in told if each.hire_id))
    return [decide(each, _candidates(each, sharing)) if each.may_be_hired else each for each in staff]


def _candidates(staff: Staff, sharing: Mapping[str, Sequence[Completer]]) -> list[Completer]:
    found = {each.completer_id: each for key in staff.known.match_keys() for each in sharing.get(key, ())}
    return [found[completer_id] for completer_id in sorted(found)]
