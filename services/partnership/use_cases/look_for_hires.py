"""The other order: a completer becomes known after the hire; look whether one of the new colleagues is this person."""

from datetime import datetime

from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.hires import HireStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.settle_hires import settle_hires
from shared.errors import StaleRevision

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
    """For all completers that changed since the last time; what was not finished is found again."""
    while changed := await completers.to_match(AT_ONCE):
        keys = {key for completer, _ in changed for key in completer.known.match_keys()}
        people = await staff.unhired_sharing(keys)
        settled = await settle_hires(
            people, completers=completers, hires=hires, directory=directory, metrics=metrics, now=now
        )
        for before, after in zip(people, settled, strict=True):
            if after.matching == before.matching:
                continue
            try:
                await staff.replace(after)
            except StaleRevision:
                return
        for completer, revision in changed:
            await completers.matched(completer, revision)
