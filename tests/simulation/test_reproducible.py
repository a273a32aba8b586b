"""A seed that was printed yesterday shows the same history today, in whatever process."""

import os
import subprocess
import sys

from tests.house.files import ROOT
from tests.simulation.delivery import THINGS, Delivery
from tests.simulation.world import Trap

SEED = 20270405


def history_of(seed: int) -> list[str]:
    """A short life in which much goes wrong."""
    delivery = Delivery(seed)
    world = delivery.world
    world.weather.loses_answers = world.weather.loses_acknowledgements = world.weather.is_late = 0.2
    for number in range(20):
        for thing in THINGS:
            delivery.change(thing, is_told=True)
        world.pass_time(1.0)
        if number == 3:
            world.trap = Trap("relay.acknowledged_not_taken_off", None)
        if number == 6:
            delivery.broken.add("b")
        if number == 9:
            world.pause(delivery.readers.all[1].process, 20.0)
    delivery.end()
    return world.history


def test_the_same_seed_makes_the_same_history() -> None:
    assert history_of(SEED) == history_of(SEED)
    assert history_of(SEED) != history_of(SEED + 1)


def test_it_is_the_same_in_another_process_that_hashes_otherwise() -> None:
    tell = (
        "from tests.simulation.test_reproducible import SEED, history_of;"
        "import structlog; structlog.configure(wrapper_class=structlog.make_filtering_bound_logger('critical'));"
        "print(*history_of(SEED), sep='\\n')"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", tell],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(hashing)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hashing in (1, 2)
    ]
    assert told[0] == told[1]
    assert told[0].splitlines() == history_of(SEED)
