"""The other order: a completer becomes known after the hire; look whether one of the new colleagues is this person."""

from datetime import datetime
from functools import partial

from services.partnership.domain.block_keys import block_keys
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.hires import HireStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.settle_hires import settle_hires
from services.partnership.use_cases.tell_hires import retell_hires, tell_hires
from shared.errors import StaleRevision
from shared.fault import fault

AT_ONCE = 500


async def look_for_hires(
    *,
    staff: StaffStore,
    completers: CompleterStore,
    hires: HireStore,
    directory: Directory,
    metrics: PartnershipMetrics,
    now: datetime,
) -> None:
    """For all completers that changed since the last time, those who are hired already included.

    What was not finished, or ran into somebody else's change, is found again.
    """
    tell = partial(
        tell_hires, staff=staff, completers=completers, hires=hires, directory=directory, metrics=metrics, now=now
    )
    try:
        await tell()
        while changed := await completers.to_match(AT_ONCE):
            people = await staff.unhired_sharing({key for each, _ in changed for key in each.known.match_keys()})
            settled = await settle_hires(people, completers=completers)
            for before, after in zip(people, settled, strict=True):
                if after is not before:
                    await staff.replace(after)
            await tell()
            ids = [completer.completer_id for completer, _ in changed]
            await retell_hires(ids, completers=completers, hires=hires, now=now)
            await staff.compare_again({key for each, _ in changed for key in block_keys(each.known)})
            fault("match.decided_not_noted")
            await completers.matched(changed)
    except StaleRevision:
        return
