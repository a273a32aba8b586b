"""What every measurement stands on: one real mongod, one real broker, and processes of its own."""

import multiprocessing
import platform
import resource
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import uvloop
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient

from deploy.kafka.topics import TOPICS
from deploy.local.broker import Broker
from deploy.local.mongod import Mongod
from deploy.local.recipe import BrokerKind
from shared.brokers import topics_in
from shared.kafka import create_topics
from shared.logs import start_logging
from shared.process import collect_garbage_seldom

Given = ParamSpec("Given")
Found = TypeVar("Found")

DRIVERS = ("motor", "pymongo")


@dataclass(frozen=True)
class Ground:
    """Where the servers are, and through which MongoDB driver they are spoken to."""

    mongodb_uri: str
    bootstrap: str
    broker: BrokerKind
    driver: str
    notes: tuple[str, ...]
    folder: Path

    def through(self, driver: str) -> "Ground":
        return replace(self, driver=driver)


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Servers of this run's own, with the topics of deploy/kafka/topics.yml."""
    mongod = Mongod.start(folder / "mongod")
    try:
        broker = Broker.start(folder / "broker")
        try:
            uvloop.run(create_topics(broker.bootstrap, topics_in(TOPICS)))
            notes = (mongod.note, broker.note)
            yield Ground(mongod.uri, broker.bootstrap, broker.kind, DRIVERS[0], notes, folder)
        finally:
            broker.stop()
    finally:
        mongod.stop()


@asynccontextmanager
async def bare_database(on: Ground, name: str) -> AsyncIterator[Any]:
    """The driver's own database, with the durability that shared.mongo asks for; dropped afterwards."""
    clients: dict[str, Any] = {"motor": AsyncIOMotorClient, "pymongo": AsyncMongoClient}
    client = clients[on.driver](on.mongodb_uri, w="majority", journal=True, tz_aware=True)
    try:
        yield client[name]
        await client.drop_database(name)
    finally:
        closing = client.close()
        if on.driver == "pymongo":
            await closing


def aside(measure: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs) -> Found:
    """Its result, from a fresh process: no measurement inherits another's memory, caches or garbage."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(measure, *args, **kwargs).result()


def in_a_loop(work: Coroutine[Any, Any, Found]) -> Found:
    """As a service runs: on uvloop, logging what goes wrong."""
    start_logging("bench", "bench", "warning")
    collect_garbage_seldom()
    return uvloop.run(work)


def peak_memory() -> float:
    """MiB that this process held at most."""
    status = Path("/proc/self/status")
    if status.exists():  # What getrusage tells there may be what the parent held.
        high_water = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(high_water.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def machine(cores: int, memory_bytes: int) -> str:
    """One line: what this was measured on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("motor", "pymongo", "aiokafka", "fastapi", "uvicorn"))
    return f"{cores} cores, {memory_bytes / 2**30:.0f} GiB, Python {platform.python_version()}, {libraries}"
