"""A system for the journeys: one that most stories share, and fresh ones for those who break things."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.journeys.partners import play_partners
from tests.journeys.people import fill_registers, play_season
from tests.journeys.season import Season
from tests.journeys.system import System, run_aside

NewSystem = Callable[..., AbstractContextManager[System]]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.broker)


@pytest.fixture(scope="session")
def season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    return Season.simulated(Path(tmp_path_factory.mktemp("simulated")) / "season")


@pytest.fixture(scope="session")
def new_system(tmp_path_factory: pytest.TempPathFactory, season: Season) -> NewSystem:
    """Starts a system with full registers, with settings of its own if need be; stops it at the end of the `with`."""

    @contextmanager
    def started(**environment: str) -> Iterator[System]:
        kind = os.environ.get("PREPBRIDGE_BROKER", "auto")
        system = System(tmp_path_factory.mktemp("system"), kind, season.folder, environment)  # type: ignore[arg-type]
        try:
            system.start()
            run_aside(fill_registers(system, season))
            yield system
        finally:
            system.stop()

    return started


@pytest.fixture(scope="session")
def system(new_system: NewSystem, season: Season) -> Iterator[System]:
    """The one that most stories share, in which the season was played, partnerships and all; each brings districts of
    its own."""
    with new_system() as started:
        run_aside(play_season(started, season))
        run_aside(play_partners(started, season))
        yield started


@pytest.fixture
def durable(request: pytest.FixtureRequest, system: System) -> None:
    """Asked for by tests that stop the broker and want its records back."""
    if system.broker.kind == "tansu":
        pytest.skip(f"not run: {system.broker.note}")
