"""The whole system on one machine: servers, topics and services, started in order, watched, stopped in reverse."""

import asyncio
import time
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from deploy.kafka.topics import TOPICS
from deploy.local.broker import Broker
from deploy.local.keys import service_secrets
from deploy.local.mongod import Mongod
from deploy.local.process import RUNNING, Child
from deploy.local.recipe import BrokerKind
from deploy.local.services import (
    SERVICES,
    Surroundings,
    start_mail_catcher,
    start_service,
    wait_until_mail_is_taken,
    wait_until_ready,
)
from deploy.local.settings import LocalSettings
from deploy.local.signals import obey, stopping
from deploy.local.state import StateFolder
from deploy.local.steps import Steps
from shared.brokers import topics_in
from shared.errors import PrepBridgeError
from shared.kafka import create_topics

_WATCH_SECONDS = 0.5

Result = TypeVar("Result")


class ServerEnded(PrepBridgeError):
    """One of the stack's processes ended although nobody had told it to."""


class Stack:
    """Use as a context: whatever happens inside, no process is left when it ends."""

    def __init__(
        self, state: StateFolder, settings: LocalSettings, broker: Literal["auto", "kafka", "tansu"], steps: Steps
    ) -> None:
        self.state = state
        self.settings = settings
        self._kind = broker
        self._steps = steps
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not (self._children or RUNNING):
            return
        with stopping(), self._steps.step("stopping") as say:
            self._stop()
            say("everything has stopped")

    def start(self) -> None:
        """Everything but the demonstration; returns when each service is ready. A named error says what is wrong."""
        self.state.note_running([])
        uri = self._start_mongod()
        bootstrap, kind = self._start_broker()
        campaigns = self.state.simulated / "campaigns"
        self._create_topics(bootstrap)
        self._start_mail_catcher()
        self._start_services(
            Surroundings(
                mongodb_uri=uri,
                kafka_bootstrap_servers=bootstrap,
                kafka_broker=kind,
                secrets=service_secrets(self.state.folder / "secrets.json"),
                access_file=self.state.access_folder / "access.json",
                campaigns_folder=campaigns if campaigns.is_dir() else None,
            )
        )

    def watch(self) -> None:
        """Until told to stop; ServerEnded as soon as one of the processes ends."""
        self.state.note_running(self._children, ready=True)
        while True:
            self.check()
            time.sleep(_WATCH_SECONDS)

    def run_watched(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The outcome of `work`, which is given up with ServerEnded when one of the processes ends meanwhile."""

        async def watched() -> Result:
            working = asyncio.create_task(work)
            while not working.done():
                await asyncio.wait({working}, timeout=_WATCH_SECONDS)
                self.check()
            return working.result()

        return asyncio.run(watched())

    def check(self) -> None:
        """ServerEnded if one of the processes has; KeyboardInterrupt if a stop was asked for."""
        obey()
        for child in self._children:
            if child.exit_status is not None:
                raise ServerEnded(f"{child.name} ended by itself with status {child.exit_status}; {child.last_words()}")

    def _add(self, child: Child) -> None:
        self._children.append(child)
        self.state.note_running(self._children)

    def _start_mongod(self) -> str:
        if self.settings.mongodb_uri:
            self._steps.note("MongoDB: the one that PREPBRIDGE_MONGODB_URI names")
            return self.settings.mongodb_uri.get_secret_value()
        with self._steps.step("starting mongod") as say:
            mongod = Mongod.start(self.state.data / "mongod", self.settings.port_mongodb)
            self._add(mongod.child)
            say(f"MongoDB: {mongod.note}")
        return mongod.uri

    def _start_broker(self) -> tuple[str, BrokerKind]:
        if self.settings.kafka_bootstrap_servers:
            self._steps.note("Kafka: the one that PREPBRIDGE_KAFKA_BOOTSTRAP_SERVERS names")
            return self.settings.kafka_bootstrap_servers, "kafka"
        with self._steps.step("starting a Kafka broker") as say:
            broker = Broker.start(self.state.data / "broker", self._kind, self.settings.port_kafka, say=say)
            self._add(broker.child)
            say(f"Kafka: {broker.note}")
        return broker.bootstrap, broker.kind

    def _create_topics(self, bootstrap: str) -> None:
        """At every start, for a broker in memory comes back without any."""
        with self._steps.step("creating the topics") as say:
            topics = topics_in(TOPICS)
            asyncio.run(create_topics(bootstrap, topics))
            say(f"{len(topics)} topics")

    def _start_mail_catcher(self) -> None:
        with self._steps.step("starting the mail catcher") as say:
            catcher = start_mail_catcher(self.settings, self.state.data / "mail", self.state.logs / "mail-catcher.log")
            self._add(catcher)
            wait_until_mail_is_taken(catcher, self.settings)
            say("mail catcher")

    def _start_services(self, surroundings: Surroundings) -> None:
        with self._steps.step("starting the services") as say:
            services = [
                start_service(name, self.settings, surroundings, self.state.logs / f"{name}.log") for name in SERVICES
            ]
            for service in services:
                self._add(service)
            for service in services:
                say(f"waiting for {service.name}")
                wait_until_ready(service, self.settings)
            say(f"services: {', '.join(SERVICES)}")

    def _stop(self) -> None:
        """Services together, then what they need, the last started first."""
        services = [child for child in self._children if child.name in SERVICES]
        for service in services:
            service.ask_to_stop()
        servers = [child for child in self._children if child not in services]
        for child in [*services, *reversed(servers), *RUNNING.copy()]:
            child.stop(seconds=35.0 if child in services else 20.0)
