"""Ask likeness about new colleagues whom no exact evidence ties to a completer; what it finds goes to a person."""

import structlog

from services.partnership.domain.block_keys import block_keys
from services.partnership.domain.comparing import proposals
from services.partnership.domain.linkage.engine import ComparisonFailed
from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.linkage_models import LinkageModelStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.compute_aside import compute_aside
from shared.access.callers import EVERYTHING
from shared.errors import StaleRevision
from shared.supervise import Heartbeat

AT_ONCE = 200
FAILED = "failed"
"""In place of a model's version: who could not be compared is again once they, or a completer, change."""

log = structlog.get_logger()


async def compare_by_likeness(
    *,
    staff: StaffStore,
    completers: CompleterStore,
    models: LinkageModelStore,
    metrics: PartnershipMetrics,
    alive: Heartbeat,
) -> int:
    """Until everybody has been compared; how many that were. Whoever changes meanwhile is compared the next time."""
    count = 0
    while people := await staff.to_compare(AT_ONCE):
        alive()
        model = await models.current()
        pool = await completers.resembling(key for each in people for key in block_keys(each.known))
        registry = await completers.count(EVERYTHING)
        version = model.version
        try:
            found = await compute_aside(alive, proposals, people, pool, registry, model)
        except ComparisonFailed as error:
            log.error("likeness_failed", people=len(people), error=type(error).__name__)
            version, found = FAILED, {}
        for each in people:
            after = each.with_matching(each.matching.compared(version, found.get(each.staff_id, ())))
            try:
                await staff.replace(after)
            except StaleRevision:
                continue
            count += 1
            if after.is_in_review and not each.is_in_review:
                metrics.proposed.inc()
    return count
