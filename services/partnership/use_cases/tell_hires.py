"""Tell the hires that were decided, and tell them again when the completer has finished more since."""

import asyncio
from collections.abc import Collection
from datetime import datetime

from services.partnership.domain.completer import Completer
from services.partnership.domain.hire import hire
from services.partnership.domain.staff import Staff
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.hires import HireStore
from services.partnership.store.staff import StaffStore
from shared.fault import fault

AT_ONCE = 500


async def tell_hires(
    *,
    staff: StaffStore,
    completers: CompleterStore,
    hires: HireStore,
    directory: Directory,
    metrics: PartnershipMetrics,
    now: datetime,
    connection_id: str | None = None,
) -> None:
    """Those of a feed, or of all. What a stopped process left untold is found again, and told once."""

    async def tell(each: Staff, completer: Completer) -> None:
        found = hire(each, completer, employers=await directory.employers(each.district_id))
        if await hires.add(found, now):
            metrics.hires.labels(basis=found.match_basis.value).inc()
        else:
            found = (await hires.by_ids([found.hire_id]))[found.hire_id]
        fault("hire.told_not_followed")
        await hires.follow(found, each, now)

    while people := await staff.with_hire_to_tell(AT_ONCE, connection_id):
        meant = [each.matching.candidates[0].completer_id for each in people]
        known = await completers.by_ids(meant)
        ready = [each for each, completer_id in zip(people, meant, strict=True) if known[completer_id].completions]
        await asyncio.gather(*(tell(each, known[each.matching.candidates[0].completer_id]) for each in ready))
        fault("hire.told_not_noted")
        await staff.hires_told(ready)
        fault("hire.noted")
        for each in people:
            if each not in ready:
                await staff.replace(each.with_matching(each.matching.reopened()))
        await retell_hires(meant, completers=completers, hires=hires, now=now)


async def retell_hires(
    completer_ids: Collection[str], *, completers: CompleterStore, hires: HireStore, now: datetime
) -> None:
    """A hire is told with all completions; one that was recorded meanwhile, or later, is told with them all again."""
    known = await completers.by_ids(completer_ids)
    for each in await hires.of_completers(completer_ids):
        retold, event = each.retold(known[each.completer_id].completions)
        if event is not None:
            await hires.save(retold, event, now)
