"""Bring what is told of hires in line with what the feeds and people's decisions say."""

import asyncio
from collections.abc import Collection
from datetime import datetime

from services.partnership.domain.completer import Completer
from services.partnership.domain.hires_in_line import tellings
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
    """Of the people of a feed, or of all. What a stopped process left untold is found again, and told once."""

    async def tell(each: Staff, completer: Completer | None) -> None:
        employers = await directory.employers(each.district_id)
        known = await hires.concerning(each)
        for told, event in tellings(each, completer, known, employers=employers, now=now):
            if told.revision > 1:
                await hires.save(told, event, now)
            elif await hires.add(told, now):
                metrics.hires.labels(basis=told.match_basis.value).inc()
            else:
                return await tell(each, completer)
            fault("hire.told_not_followed")
        return None

    while people := await staff.with_hires_to_tell(AT_ONCE, connection_id):
        known = await completers.by_ids({each.completer_id for each in people if each.completer_id})
        ready = [each for each in people if _is_ready(each, known)]
        await asyncio.gather(*(tell(each, known.get(each.completer_id or "")) for each in ready))
        fault("hire.told_not_noted")
        await staff.hires_told(ready)
        fault("hire.noted")
        for each in people:
            if each not in ready:
                await staff.replace(each.with_matching(each.matching.reopened()))
        await retell_hires(list(known), completers=completers, hires=hires, now=now)


def _is_ready(staff: Staff, known: dict[str, Completer]) -> bool:
    return staff.completer_id is None or bool(known[staff.completer_id].completions)


async def retell_hires(
    completer_ids: Collection[str], *, completers: CompleterStore, hires: HireStore, now: datetime
) -> None:
    """A hire is told with all completions; one that was recorded meanwhile, or later, is told with them all again."""
    known = await completers.by_ids(completer_ids)
    for each in await hires.of_completers(completer_ids):
        retold, event = each.retold(known[each.completer_id].completions)
        if event is not None:
            await hires.save(retold.noting(event, now), event, now)
