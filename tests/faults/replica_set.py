"""A real replica set of three mongods on loopback, each behind a proxy whose port is its name in the configuration."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.mongod import REPLICA_SET, command
from deploy.local.process import Child, DidNotStart, free_port
from tests.faults.proxy import Proxy

MEMBERS = 3
START_SECONDS = 60.0
ELECTION_SECONDS = 30.0
LOOK_MS = 500
NOBODY_CAUGHT_UP = 262


class Member:
    """One mongod. `port` is its own; everybody else comes through `proxy`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.proxy = Proxy.start(self.port)
        self.child: Child

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.proxy.port}"

    def start(self) -> None:
        """Returns at once; also after `kill`."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        told = [*command(data, self.port, self.folder / "mongod.log"), "--setParameter", "enableTestCommands=1"]
        self.child = Child.start("mongod", told, log=self.folder / "mongod.output")
        self.child.log = self.folder / "mongod.log"

    def kill(self) -> None:
        self.child.kill()

    def freeze(self) -> None:
        os.killpg(self.child.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGCONT)

    @contextmanager
    def asked(self) -> Iterator[MongoClient[dict[str, Any]]]:
        """A client of this member alone, past its proxy."""
        with MongoClient[dict[str, Any]](
            f"mongodb://127.0.0.1:{self.port}/", directConnection=True, serverSelectionTimeoutMS=LOOK_MS
        ) as client:
            yield client

    def is_primary(self) -> bool:
        try:
            with self.asked() as client:
                return bool(client.admin.command("hello")["isWritablePrimary"])
        except PyMongoError:
            return False

    def answers(self) -> bool:
        try:
            with self.asked() as client:
                return bool(client.admin.command("ping")["ok"])
        except PyMongoError:
            return False


class ReplicaSet:
    """Stands where a `Mongod` stands: `uri`, `stop`."""

    def __init__(self, folder: Path) -> None:
        self.members = [Member(folder / str(number)) for number in range(1, MEMBERS + 1)]

    @classmethod
    def start(cls, folder: Path) -> "ReplicaSet":
        """Returns when there is a primary, and every member has caught up with it."""
        started = cls(folder)
        try:
            for member in started.members:
                member.start()
            for member in started.members:
                member.child.wait_until(member.answers, seconds=START_SECONDS)
            started._found()
            started.await_health()
        except BaseException:
            started.stop()
            raise
        return started

    @property
    def uri(self) -> str:
        return f"mongodb://{','.join(member.host for member in self.members)}/?replicaSet={REPLICA_SET}"

    @property
    def proxies(self) -> list[Proxy]:
        return [member.proxy for member in self.members]

    def primary(self) -> Member:
        """Who says so, once one does. During a false death two may say so: then the first of them."""
        found: list[Member] = []

        def is_elected() -> bool:
            found[:] = [member for member in self.members if member.is_primary()]
            return bool(found)

        self._running().child.wait_until(is_elected, seconds=ELECTION_SECONDS)
        return found[0]

    def secondaries(self) -> list[Member]:
        primary = self.primary()
        return [member for member in self.members if member is not primary]

    def step_down(self) -> Member:
        """The primary that was, and is not for the next seconds. It waits until another one can take its place."""
        primary = self.primary()

        def has_stepped_down() -> bool:
            try:
                with primary.asked() as client:
                    client.admin.command("replSetStepDown", 5, secondaryCatchUpPeriodSecs=2)
            except OperationFailure as refusal:
                if refusal.code != NOBODY_CAUGHT_UP:
                    raise
                return False
            return True

        primary.child.wait_until(has_stepped_down, seconds=ELECTION_SECONDS)
        return primary

    def await_health(self) -> None:
        """Return when one is primary and the others follow it."""
        self._running().child.wait_until(self._is_healthy, seconds=START_SECONDS)

    def stop(self) -> None:
        for member in self.members:
            if hasattr(member, "child"):
                member.thaw()
                member.kill()
            member.proxy.stop()

    def _found(self) -> None:
        """The first election is quick; later ones are called after ten seconds, as by default."""
        members = [{"_id": number, "host": member.host} for number, member in enumerate(self.members)]
        wanted = {"_id": REPLICA_SET, "members": members}
        with self.members[0].asked() as client:
            client.admin.command("replSetInitiate", {**wanted, "settings": {"electionTimeoutMillis": 500}})
        with self.primary().asked() as client:
            present = client.admin.command("replSetGetConfig")["config"]
            client.admin.command("replSetReconfig", {**wanted, "version": present["version"] + 1})

    def _is_healthy(self) -> bool:
        try:
            with self.primary().asked() as client:
                states = sorted(each["stateStr"] for each in client.admin.command("replSetGetStatus")["members"])
        except (PyMongoError, DidNotStart):
            return False
        return states == ["PRIMARY", *["SECONDARY"] * (MEMBERS - 1)]

    def _running(self) -> Member:
        return next(member for member in self.members if member.child.exit_status is None)
