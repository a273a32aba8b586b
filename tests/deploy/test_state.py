"""The folder of a local stack: its secrets, its story, and whom it may end."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.demonstration import DISTRICTS, Demonstration
from deploy.local.keys import service_secrets
from deploy.local.process import identity
from deploy.local.state import AlreadyRuns, StateFolder
from shared.errors import Misconfigured


def test_secrets_are_drawn_once_and_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = service_secrets(path)
    assert service_secrets(path) == first
    assert first["session_key"] != first["link_key"]
    assert min(map(len, first.values())) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_belongs_to_one_stack_at_a_time(tmp_path: Path) -> None:
    second = StateFolder(tmp_path).held()
    with StateFolder(tmp_path).held(), pytest.raises(AlreadyRuns, match="`prepbridge down` stops it"):
        second.__enter__()
    with StateFolder(tmp_path).held():
        pass


def test_a_process_that_only_has_the_number_of_one_of_ours_is_left_alone(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        state.note_running([])
        record = state.folder / "running.json"
        ours = f'{{"name": "mongod", "pid": {stranger.pid}, "identity": "began at another time"}}'
        record.write_text(f'{{"pid": {stranger.pid}, "identity": "another", "children": [{ours}]}}')
        state.end()
        assert identity(stranger.pid) is not None
        assert not record.exists()
    finally:
        stranger.communicate(b"\n")


def test_a_story_once_begun_is_told_to_its_end_unless_all_is_forgotten(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    assert Demonstration.of(state, None, None, 0.5).districts == DISTRICTS
    state.note_story({"districts": 5, "seed": 3})
    again = Demonstration.of(state, None, None, 0.5)
    assert (again.districts, again.seed) == (5, 3)
    assert Demonstration.of(state, 5, 3, 0.5) == again
    with pytest.raises(Misconfigured, match="holds the demonstration of 5 districts and seed 3: say --fresh"):
        Demonstration.of(state, 40, None, 0.5)
    with pytest.raises(Misconfigured, match="seed 3"):
        Demonstration.of(state, None, 0, 0.5)
    state.forget_data()
    assert Demonstration.of(state, 40, 0, 0.5).seed == 0


def test_forgetting_the_data_keeps_what_is_not_data(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    service_secrets(tmp_path / "secrets.json")
    (tmp_path / "mine.txt").write_text("keep me")
    state.note_story({"districts": 5, "seed": 3})
    state.forget_data()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "secrets.json"]
