"""A Kafka broker without Docker: Apache Kafka where Java and its jars are to be had, else Tansu."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Literal

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.kafka_broker import find_java, kafka_jars, kafka_recipe, user_cache
from deploy.local.process import Child, ToolMissing, free_port
from deploy.local.recipe import BrokerKind, Recipe
from deploy.local.tansu import tansu_recipe

_START_SECONDS = 60.0
_ANSWER_MS = 3_000


def _say_nothing(_: str) -> None:
    pass


class Broker:
    """One running broker. Apache Kafka's records stay in the folder over stop, kill and start; Tansu's do not."""

    def __init__(self, recipe: Recipe, port: int) -> None:
        self._recipe = recipe
        self.port = port
        self._child: Child

    @classmethod
    def start(
        cls,
        folder: Path,
        kind: Literal["auto", "kafka", "tansu"] = "auto",
        port: int | None = None,
        *,
        jars: Path | None = None,
        say: Callable[[str], None] = _say_nothing,
    ) -> "Broker":
        """Return when a client is answered. Kafka's controller listens on the port after `port`; without a port both
        are free ones. `jars` caches Kafka's jars (default: the user's cache). ToolMissing when `kind` cannot be had."""
        taken = port or free_port()
        controller = port + 1 if port else free_port()
        broker = cls(_choose(folder.resolve(), kind, taken, controller, jars or user_cache(), say), taken)
        broker.start_again()
        return broker

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def kind(self) -> BrokerKind:
        return self._recipe.kind

    @property
    def note(self) -> str:
        """One line: what was taken and what it cannot do."""
        return self._recipe.note

    @property
    def child(self) -> Child:
        return self._child

    @property
    def pid(self) -> int:
        return self._child.pid

    def start_again(self) -> None:
        """Start on the same folder and port, after `stop` or `kill`. Tansu comes back without any topic."""
        recipe = self._recipe
        self._child = Child.start(
            recipe.kind,
            recipe.command,
            log=recipe.folder / "broker.log",
            folder=recipe.folder,
            environment=recipe.environment,
        )
        try:
            self.wait_until_it_answers()
        except BaseException:
            self._child.kill()
            raise

    def wait_until_it_answers(self) -> None:
        """Until it names its brokers to a client: also one that has been out of reach does not at once."""
        self._child.wait_until(lambda: _listens(self.port) and _answers(self.bootstrap), seconds=_START_SECONDS)

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        """SIGKILL, as in a crash."""
        self._child.kill()


def _choose(
    folder: Path,
    kind: Literal["auto", "kafka", "tansu"],
    port: int,
    controller_port: int,
    cache_folder: Path,
    say: Callable[[str], None],
) -> Recipe:
    if kind == "tansu":
        return tansu_recipe(folder / "tansu", port)
    try:
        find_java()
        return kafka_recipe(folder / "kafka", port, controller_port, kafka_jars(cache_folder, say))
    except ToolMissing as missing:
        if kind == "kafka":
            raise
        lack = missing
    tansu = tansu_recipe(folder / "tansu", port)
    return replace(tansu, note=f"{tansu.note}. {lack}")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(bootstrap: str) -> bool:
    """Whether the broker describes its cluster to a client; in a thread, for a caller may have a loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_describes_itself(bootstrap))).result()


async def _describes_itself(bootstrap: str) -> bool:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_ANSWER_MS)
    try:
        await client.start()
        return bool((await client.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()
