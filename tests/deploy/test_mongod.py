"""The embedded mongod: writable when it says so, and it keeps what it was given."""

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, WriteConcern

from deploy.local.mongod import Mongod
from deploy.local.process import DidNotStart, free_port


@pytest.fixture
def own_mongod(tmp_path: Path) -> Iterator[Mongod]:
    server = Mongod.start(tmp_path)
    yield server
    server.stop()


def _write(mongod: Mongod, number: int) -> None:
    with MongoClient[dict[str, Any]](mongod.uri) as client:
        kept = client.get_database("kept").get_collection("things", write_concern=WriteConcern("majority"))
        kept.insert_one({"_id": number})


def _numbers(mongod: Mongod) -> list[int]:
    with MongoClient[dict[str, Any]](mongod.uri) as client:
        return sorted(each["_id"] for each in client["kept"]["things"].find())


def test_it_takes_a_majority_write_at_once_and_keeps_it_over_kill_and_stop(own_mongod: Mongod) -> None:
    _write(own_mongod, 1)
    own_mongod.kill()
    own_mongod.start_again()
    _write(own_mongod, 2)
    own_mongod.stop()
    own_mongod.start_again()
    assert _numbers(own_mongod) == [1, 2]


def test_a_folder_used_under_one_port_can_be_used_under_another(own_mongod: Mongod) -> None:
    _write(own_mongod, 1)
    own_mongod.stop()
    moved = Mongod.start(own_mongod.folder, free_port())
    try:
        _write(moved, 2)
        assert _numbers(moved) == [1, 2]
    finally:
        moved.stop()


def test_a_second_mongod_on_a_folder_in_use_says_so(own_mongod: Mongod) -> None:
    with pytest.raises(DidNotStart, match=r"mongod ended with status .* while starting; the end of .*mongod\.log"):
        Mongod.start(own_mongod.folder)


def test_it_lets_go_of_the_files_of_what_was_dropped(own_mongod: Mongod) -> None:
    """Else a long run of tests, each with a database of its own, ends it: too many open files."""
    data = own_mongod.folder / "data"
    before = len(list(data.iterdir()))
    with MongoClient[dict[str, Any]](own_mongod.uri) as client:
        for number in range(50):
            client[f"short_{number}"]["things"].create_index("name")
            client.drop_database(f"short_{number}")
        own_mongod.child.wait_until(lambda: len(list(data.iterdir())) <= before + 10, seconds=60)


def test_it_may_open_as_many_files_as_the_system_allows(tmp_path: Path) -> None:
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    try:
        server = Mongod.start(tmp_path)
        try:
            limits = Path(f"/proc/{server.pid}/limits").read_text()
        finally:
            server.stop()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    soft = next(line.split()[3] for line in limits.splitlines() if line.startswith("Max open files"))
    assert int(soft) == min(64_000, most)
