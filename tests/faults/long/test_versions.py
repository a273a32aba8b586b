"""Two releases side by side: the older writes for the newer, reads what the newer wrote, and the other way round."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.services import SERVICES
from tests.faults.load import Load
from tests.faults.long.playing import Stage
from tests.faults.rows import Row

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = Path(__file__).parents[3]
BEFORE = "9c98f04"
"""The commit of the release before this one."""


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables with which a service's program is taken from the older release."""
    tree = tmp_path_factory.mktemp("older")
    packed = subprocess.run(["git", "-C", HERE, "archive", BEFORE], capture_output=True, check=False)
    if packed.returncode != 0:
        pytest.skip(f"needs the commit {BEFORE} in the git repository")
    subprocess.run(["tar", "-x", "-C", tree], input=packed.stdout, check=True)
    variables = {"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"}
    asked = [sys.executable, "-c", "import services.survey; print(services.survey.__file__)"]
    assert str(tree) in subprocess.run(asked, env=variables, capture_output=True, text=True, check=True).stdout
    return variables


@pytest.mark.fault("F42", "each service in turn runs the release before this one, then this one again")
async def test_the_release_before_this_one_works_beside_it_and_after_it(
    stage: Stage, row: Row, older: dict[str, str]
) -> None:
    world, system = stage.world, stage.system

    async def go_back_and_forth(load: Load) -> None:
        for name in SERVICES:
            for variables in (older, {}):
                await asyncio.to_thread(system.services[name].stop)
                system.begin(name, **variables)
                await asyncio.to_thread(system.await_ready, name)
                world.note_birth(name)
                await load.until(load.slices + 2)

    await stage.play(row, go_back_and_forth)
