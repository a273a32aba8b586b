"""Off the path of hires: learn from the registry how records differ, and compare whom nothing identifies."""

import asyncio

from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.linkage_models import LinkageModelStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.compare_by_likeness import compare_by_likeness
from services.partnership.use_cases.learn_likeness import learn_likeness
from shared.supervise import Heartbeat


async def ask_likeness(
    alive: Heartbeat,
    *,
    staff: StaffStore,
    completers: CompleterStore,
    models: LinkageModelStore,
    metrics: PartnershipMetrics,
    wait: float,
) -> None:
    """For ever, with a pause of so many seconds."""
    while True:
        alive()
        await learn_likeness(staff=staff, completers=completers, models=models, alive=alive)
        await compare_by_likeness(staff=staff, completers=completers, models=models, metrics=metrics, alive=alive)
        await asyncio.sleep(wait)
