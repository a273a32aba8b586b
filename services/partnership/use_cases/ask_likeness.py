"""Off the path of hires: learn from the registry how records differ, and compare whom nothing identifies."""

import asyncio
from math import ceil

from services.partnership.metrics import PartnershipMetrics
from services.partnership.store.completers import CompleterStore
from services.partnership.store.linkage_models import LinkageModelStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.compare_by_likeness import compare_by_likeness
from services.partnership.use_cases.learn_likeness import learn_likeness
from shared.supervise import Heartbeat

BEAT_SECONDS = 20.0
"""However long the pause is: who is silent for longer counts as stuck."""


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
        for beat in range(ceil(wait / BEAT_SECONDS)):
            alive()
            await asyncio.sleep(min(BEAT_SECONDS, wait - beat * BEAT_SECONDS))
