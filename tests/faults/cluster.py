"""Apache Kafka, three nodes on loopback; clients reach each of them through a proxy whose port it advertises."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.kafka.topics import TOPICS
from deploy.local.kafka_broker import kafka_jars, kafka_recipe, user_cache
from deploy.local.process import Child, free_port
from deploy.local.recipe import BrokerKind, Recipe
from shared.brokers import TopicSpec, topics_in
from shared.kafka import create_topics
from tests.faults.proxy import Proxy
from tests.journeys.system import run_aside

NODES = 3
START_SECONDS = 90.0
ANSWER_MS = 3_000
IN_SYNC = "2"


class Node:
    """One broker and controller. Clients come through `proxy`, the other nodes by a listener of their own."""

    def __init__(self, number: int, proxy: Proxy, recipe: Recipe) -> None:
        self.number = number
        self.proxy = proxy
        self._recipe = recipe
        self.child: Child

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.proxy.port}"

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Returns at once; also after `kill` and `stop`. Without `environment` it inherits ours."""
        log = self._recipe.folder / "broker.log"
        self.child = Child.start("kafka", self._recipe.command, log=log, environment=environment)

    def stop(self) -> None:
        self.child.stop(seconds=40)

    def kill(self) -> None:
        self.child.kill()

    def freeze(self) -> None:
        os.killpg(self.child.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGCONT)


class Cluster:
    """Stands where a `Broker` stands: `bootstrap`, `kind`, `note`, `stop`. ToolMissing where Kafka cannot be had."""

    kind: BrokerKind = "kafka"
    note = "Apache Kafka, three nodes"

    def __init__(self, folder: Path) -> None:
        jars = kafka_jars(user_cache(), lambda _: None)
        ports = [{who: free_port() for who in ("clients", "inside", "controller")} for _ in range(NODES)]
        voters = ",".join(f"{number}@127.0.0.1:{of['controller']}" for number, of in enumerate(ports, 1))
        self.nodes = [_node(folder, number, of, voters, jars) for number, of in enumerate(ports, 1)]

    @classmethod
    def start(cls, folder: Path) -> "Cluster":
        """Returns when every node answers and all topics are there, three copies of each partition."""
        cluster = cls(folder)
        try:
            for node in cluster.nodes:
                node.start()
            cluster.await_health()
            cluster.create_topics()
            cluster.await_health()
        except BaseException:
            cluster.stop()
            raise
        return cluster

    @property
    def bootstrap(self) -> str:
        return ",".join(node.bootstrap for node in self.nodes)

    @property
    def proxies(self) -> list[Proxy]:
        return [node.proxy for node in self.nodes]

    def node(self, number: int) -> Node:
        return self.nodes[number - 1]

    def leader_of(self, topic: str, partition: int = 0) -> Node:
        """The node that leads it at this moment."""
        [described] = run_aside(_asked(self.bootstrap, lambda admin: admin.describe_topics([topic])))
        leader = next(each["leader"] for each in described["partitions"] if each["partition"] == partition)
        return self.node(int(leader))

    def coordinator_of(self, group: str) -> Node:
        """The node with which the members of a consumer group talk."""
        number = run_aside(_asked(self.bootstrap, lambda admin: admin.find_coordinator(group)))
        return self.node(int(number))

    def create_topics(self) -> None:
        """Those that are not there, three copies of each partition."""
        run_aside(create_topics(self.bootstrap, _copied(topics_in(TOPICS))))

    def await_health(self) -> None:
        """Return when all nodes are there and every partition has all its copies in step."""
        child = next(node.child for node in self.nodes if node.child.exit_status is None)
        with ThreadPoolExecutor(1) as thread:
            child.wait_until(lambda: thread.submit(self._is_healthy).result(), seconds=START_SECONDS)

    def stop(self) -> None:
        for node in self.nodes:
            if hasattr(node, "child"):
                node.thaw()
                node.kill()
            node.proxy.stop()

    def start_again(self) -> None:
        for node in self.nodes:
            if node.child.exit_status is not None:
                node.start()
        self.await_health()

    def _is_healthy(self) -> bool:
        try:
            for node in self.nodes:
                if len(run_aside(_asked(node.bootstrap, lambda admin: admin.describe_cluster()))["brokers"]) != NODES:
                    return False
            described = run_aside(_asked(self.bootstrap, lambda admin: admin.describe_topics()))
        except (KafkaError, OSError):
            return False
        partitions = [partition for topic in described for partition in topic["partitions"]]
        return all(len(each["isr"]) == len(each["replicas"]) for each in partitions)


async def _asked(bootstrap: str, question: Callable[[Any], Any]) -> Any:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ANSWER_MS)
    try:
        await admin.start()
        return await question(admin)
    finally:
        await admin.close()


def _copied(topics: Sequence[TopicSpec]) -> list[TopicSpec]:
    return [replace(topic, replicas=NODES, config={**topic.config, "min.insync.replicas": IN_SYNC}) for topic in topics]


def _node(folder: Path, number: int, ports: dict[str, int], voters: str, jars: Path) -> Node:
    proxy = Proxy.start(ports["clients"])
    listeners = {"PLAINTEXT": ports["clients"], "INSIDE": ports["inside"], "CONTROLLER": ports["controller"]}
    also = {
        "node.id": str(number),
        "controller.quorum.voters": voters,
        "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items()),
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{proxy.port},INSIDE://127.0.0.1:{ports['inside']}",
        "inter.broker.listener.name": "INSIDE",
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners),
        "offsets.topic.replication.factor": str(NODES),
        "transaction.state.log.replication.factor": str(NODES),
        "share.coordinator.state.topic.replication.factor": str(NODES),
    }
    recipe = kafka_recipe(folder / str(number), ports["clients"], ports["controller"], jars, also=also, cluster=folder)
    return Node(number, proxy, recipe)
