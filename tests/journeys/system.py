"""The whole system as real processes on free ports, whose pieces a test may stop, kill, freeze and start again."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar
from unittest.mock import patch

import httpx
from pymongo import MongoClient
from pymongo.database import Database

from deploy.demonstration.access import write_access
from deploy.demonstration.directory import AGENCY, districts, preparing_providers
from deploy.demonstration.places import Places
from deploy.kafka.topics import TOPICS
from deploy.local.broker import Broker
from deploy.local.keys import service_secrets
from deploy.local.mongod import Mongod
from deploy.local.process import Child, free_port
from deploy.local.services import (
    SERVICES,
    Surroundings,
    http_port,
    start_mail_catcher,
    start_service,
    wait_until_mail_is_taken,
    wait_until_ready,
)
from deploy.local.settings import LocalSettings
from shared.brokers import topics_in
from shared.kafka import create_topics

LOOK_AGAIN_SECONDS = 0.05
Seen = TypeVar("Seen")

# Short waits, so that a journey takes seconds; the few mails a second leave time to be interrupted among them.
HURRY = {
    "SURVEY_INVITE_AFTER_QUIET_SECONDS": "2",
    "SURVEY_INVITE_AFTER_SECONDS_AT_MOST": "60",
    "SURVEY_ROUND_SECONDS": "0.2",
    "SURVEY_MAILS_PER_SECOND_AND_DOMAIN": "200",
    "PARTNERSHIP_RECOVERY_SECONDS": "0.5",
    "ANALYTICS_REFRESH_SECONDS": "0.2",
}


@dataclass(frozen=True)
class Addresses:
    """Where a service finds its servers, if not where they listen themselves: behind a proxy, for example."""

    mongodb_uri: str | None = None
    kafka_bootstrap_servers: str | None = None
    smtp_port: int | None = None


class System:
    """Use `start` and `stop`. `environment` overrides the services' settings, by their variables' names.

    `addresses` holds, by service, those that the service is given from its next start on.
    """

    def __init__(
        self,
        folder: Path,
        broker: Literal["auto", "kafka", "tansu"],
        season_folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._kind = broker
        ports = {name: free_port() for name in LocalSettings.model_fields if name.startswith("port_")}
        self.settings = LocalSettings.model_validate(ports | {"mongodb_uri": None, "kafka_bootstrap_servers": ""})
        driver = os.environ.get("MONGO_DRIVER", "motor")
        drivers = {f"{name.upper()}_MONGO_DRIVER": driver for name in SERVICES}
        databases = {f"{name.upper()}_MONGODB_DATABASE": name for name in SERVICES}
        self.environment = HURRY | drivers | databases | dict(environment or {})
        self.addresses: dict[str, Addresses] = {}
        self.services: dict[str, Child] = {}
        self._season_folder = season_folder
        self.mongod: Mongod
        self.broker: Broker
        self.mail: Child

    def start(self) -> None:
        """Everything, in order; returns when each service is ready."""
        self.start_servers()
        for name in SERVICES:
            self.begin(name)
        for name in SERVICES:
            self.await_ready(name)

    def start_servers(self) -> None:
        """All but the services: MongoDB, Kafka with its topics, the mail catcher."""
        self._keys = write_access(self.folder / "access", districts(), preparing_providers())
        self.start_stores()
        self.client: MongoClient[dict[str, Any]] = MongoClient(self.mongod.uri, tz_aware=True)
        self.mail = start_mail_catcher(self.settings, self.folder / "mail", self.log("mail-catcher"))
        wait_until_mail_is_taken(self.mail, self.settings)

    def start_stores(self) -> None:
        """MongoDB, and the broker with its topics."""
        self.mongod = Mongod.start(self.folder / "mongod")
        self.broker = Broker.start(self.folder / "broker", self._kind)
        run_aside(create_topics(self.broker.bootstrap, topics_in(TOPICS)))

    def stop(self) -> None:
        """What was started, as far as it was, in the reverse order."""
        for service in self.services.values():
            service.ask_to_stop()
        for service in self.services.values():
            service.stop()
        for piece in ("mail", "broker", "client", "mongod"):
            if hasattr(self, piece):
                held = getattr(self, piece)
                held.close() if piece == "client" else held.stop()

    def begin(self, name: str, **environment: str) -> None:
        """Start a service, this time with these variables too, and return at once."""
        at = self.addresses.get(name, Addresses())
        settings = self.settings.model_copy(update={"port_mail_smtp": at.smtp_port or self.settings.port_mail_smtp})
        surroundings = Surroundings(
            mongodb_uri=at.mongodb_uri or self.mongod.uri,
            kafka_bootstrap_servers=at.kafka_bootstrap_servers or self.broker.bootstrap,
            kafka_broker=self.broker.kind,
            secrets=service_secrets(self.folder / "secrets.json"),
            access_file=self.folder / "access" / "access.json",
            campaigns_folder=self._season_folder / "campaigns",
            overriding=self.overriding(name),
        )
        with patch.dict(os.environ, self.environment | environment):
            self.services[name] = start_service(name, settings, surroundings, self.log(name))

    def overriding(self, name: str) -> dict[str, str]:
        """Variables of a service that win over all others."""
        return {}

    def await_ready(self, name: str) -> None:
        wait_until_ready(self.services[name], self.settings)

    def kill(self, name: str) -> None:
        """SIGKILL: nothing gets a last word."""
        self.services[name].kill()

    def start_again(self, name: str) -> None:
        """After `kill`; returns when it is ready."""
        self.begin(name)
        self.await_ready(name)

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def url(self, name: str) -> str:
        return f"http://localhost:{http_port(name, self.settings)}"

    def database(self, name: str) -> Database[dict[str, Any]]:
        """A look behind the doors; tests write nothing there but the passing of time."""
        return self.client[name]

    @property
    def places(self) -> Places:
        mail = f"http://localhost:{self.settings.port_mail_pages}"
        urls = {name: self.url(name) for name in SERVICES}
        return Places(**urls, mail=mail, folder=self._season_folder, api_keys=self._keys)

    async def ask(self, name: str, path: str, *, who: str = AGENCY, accept: str = "application/json") -> httpx.Response:
        """GET as a machine with a key, the agency's unless a district's is named."""
        headers = {"Authorization": f"Bearer {self._keys[who]}", "Accept": accept}
        async with httpx.AsyncClient(timeout=30) as client:
            return await client.get(f"{self.url(name)}{path}", headers=headers)


def run_aside(work: Coroutine[Any, Any, Seen]) -> Seen:
    """Its result, from an event loop of its own: fixtures and tests may have one that waits meanwhile."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def freeze(child: Child) -> None:
    os.killpg(child.pid, signal.SIGSTOP)


def thaw(child: Child) -> None:
    os.killpg(child.pid, signal.SIGCONT)


async def until(look: Callable[[], Awaitable[Seen]], *, seconds: float = 60.0, what: str | Callable[[], str]) -> Seen:
    """What is seen once it is anything; AssertionError, with what was waited for, when the time is over."""
    deadline = time.monotonic() + seconds
    while not (seen := await look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what if isinstance(what, str) else what()}: not within {seconds:.0f} s")
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return seen


def spin_until(moment: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Look without a pause, for moments that pass quickly; from a thread, if anything else is to go on meanwhile."""
    deadline = time.monotonic() + seconds
    while not moment():
        if time.monotonic() > deadline:
            raise AssertionError(f"the moment did not come within {seconds:.0f} s")
