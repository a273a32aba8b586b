"""Learn from the registry and the staff how records of one person differ, once there is enough to learn from."""

import structlog

from services.partnership.domain.comparing import FIELDS, record_of_completer, record_of_staff
from services.partnership.domain.linkage.engine import ComparisonFailed
from services.partnership.domain.linkage.training import train
from services.partnership.store.completers import CompleterStore
from services.partnership.store.linkage_models import LinkageModelStore, model_without_training
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.compute_aside import compute_aside
from shared.access.callers import EVERYTHING
from shared.supervise import Heartbeat

LEAST, MOST = 1_000, 20_000
GROWN = 1.25

log = structlog.get_logger()


async def learn_likeness(
    *,
    staff: StaffStore,
    completers: CompleterStore,
    models: LinkageModelStore,
    alive: Heartbeat,
) -> bool:
    """Whether there is a new model: the first one, or one from a quarter more completers than the last."""
    _, trained_on = await models.trained_on()
    registry = min(await completers.count(EVERYTHING), MOST)
    if registry < max(LEAST, GROWN * trained_on):
        return False
    people = await staff.sample(MOST)
    if len(people) < LEAST:
        return False
    left = [record_of_staff(each) for each in people]
    right = [record_of_completer(each) for each in await completers.sample(MOST)]
    try:
        model = await compute_aside(alive, train, left, right, FIELDS, model_without_training())
    except ComparisonFailed as error:
        log.error("likeness_not_learnt", records=len(right), error=type(error).__name__)
        return False
    await models.add(model)
    return True
