"""A system that notices deaths soon, mails at once, and limits nobody; on disk, or in memory where there is room."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.services import SERVICES
from tests.journeys.season import Season
from tests.journeys.system import System

NO_LIMIT = {f"{name.upper()}_{whose}_REQUESTS_PER_SECOND": "0" for name in SERVICES for whose in ("CALLER", "STRANGER")}
BRISK = {
    **{f"{name.upper()}_KAFKA_SESSION_SECONDS": "2" for name in SERVICES},
    **NO_LIMIT,
    "SURVEY_INVITE_AFTER_QUIET_SECONDS": "0.2",
    "PARTNERSHIP_PULL_ROUND_SECONDS": "0.2",
}


@contextmanager
def brisk_system(folder: Path, **environment: str) -> Iterator[tuple[System, Season]]:
    """Started; stopped at the end. Its season gives it organizations, principals and a campaign."""
    season = Season.simulated(folder / "season")
    kind = os.environ.get("PREPBRIDGE_BROKER", "auto")
    system = System(folder / "system", kind, season.folder, BRISK | environment)  # type: ignore[arg-type]
    try:
        system.start()
        yield system, season
    finally:
        system.stop()
