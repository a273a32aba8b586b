"""The whole system on a replica set and a cluster, with a proxy on every hop: to doors, stores, broker and mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.process import Child, free_port
from deploy.local.services import SERVICES, answers, http_port, metrics_port
from tests.faults.cluster import Cluster
from tests.faults.proxy import Proxy
from tests.faults.replica_set import ReplicaSet
from tests.journeys.system import System, until

READY_SECONDS = 60.0


@dataclass(frozen=True)
class Instance:
    """One more process of a service, beside the first; its door is its own."""

    child: Child
    ports: tuple[int, int]
    """Door and metrics."""

    def await_ready(self) -> None:
        address = f"http://127.0.0.1:{self.ports[0]}/health/ready"
        self.child.wait_until(lambda: answers(address), seconds=READY_SECONDS)


class ProxiedSystem(System):
    """As System; clients reach a service's door, and survey the mail server, through a proxy too."""

    mongod: ReplicaSet  # type: ignore[assignment]  # stands where a single server stands
    broker: Cluster  # type: ignore[assignment]

    def __init__(self, folder: Path, season_folder: Path, environment: Mapping[str, str] | None = None) -> None:
        super().__init__(folder, "kafka", season_folder, environment)
        self._ports = {name: (free_port(), metrics_port(name, self.settings)) for name in SERVICES}
        self.doors = {name: Proxy.start(self._ports[name][0], http_port(name, self.settings)) for name in SERVICES}
        self.mail_proxy = Proxy.start(self.settings.port_mail_smtp)

    def start_stores(self) -> None:
        self.mongod = ReplicaSet.start(self.folder / "mongod")
        self.broker = Cluster.start(self.folder / "broker")

    def stop(self) -> None:
        self.heal()
        super().stop()
        for proxy in (*self.doors.values(), self.mail_proxy):
            proxy.stop()

    def beside(self, name: str, **environment: str) -> Instance:
        """Begin another process of the service, on other ports."""
        first, at = self.services[name], self._ports[name]
        self._ports[name] = other = (free_port(), free_port())
        try:
            self.begin(name, **environment)
            return Instance(self.services[name], other)
        finally:
            self.services[name], self._ports[name] = first, at

    def succeed(self, name: str, instance: Instance) -> Child:
        """The door's proxy leads to this one from now on. Answers the one that it led to before."""
        before = self.services[name]
        self.services[name], self._ports[name] = instance.child, instance.ports
        self.doors[name].target = instance.ports[0]
        return before

    def overriding(self, name: str) -> dict[str, str]:
        """It listens behind its proxy, whose port is the public one."""
        http, metrics = self._ports[name]
        ports = {"HTTP_PORT": str(http), "METRICS_PORT": str(metrics)}
        if name == "survey":
            ports["SMTP_PORT"] = str(self.mail_proxy.port)
        return {f"{name.upper()}_{key}": value for key, value in ports.items()}

    @property
    def proxies(self) -> list[Proxy]:
        """All of them."""
        return [*self.mongod.proxies, *self.broker.proxies, *self.doors.values(), self.mail_proxy]

    def heal(self) -> None:
        if hasattr(self, "broker"):
            for proxy in self.proxies:
                proxy.heal()

    def pid_of(self, name: str) -> bytes:
        """What a Kafka client of this service says in its first bytes: its process number is in the client id."""
        return b":%d:" % self.services[name].pid

    async def until_ready(self, *names: str) -> None:
        """Until the doors of these services, or of all, say that they have what they need."""

        async def is_ready() -> bool:
            return all(answers(f"{self.url(name)}/health/ready") for name in names or SERVICES)

        await until(is_ready, seconds=READY_SECONDS, what="the services to be ready")
