"""The embedded mongod: writable when it says so, and it keeps what it was given."""

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
