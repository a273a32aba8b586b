"""The whole system on a replica set and a cluster, with a proxy on every hop: to doors, stores, broker and mail."""

from collections.abc import Mapping
from pathlib import Path

from deploy.local.process import free_port
from deploy.local.services import SERVICES, answers, http_port
from tests.faults.cluster import Cluster
from tests.faults.proxy import Proxy
from tests.faults.replica_set import ReplicaSet
from tests.journeys.system import System, until

READY_SECONDS = 60.0


class ProxiedSystem(System):
    """As System; clients reach a service's door, and survey the mail server, through a proxy too."""

    mongod: ReplicaSet  # type: ignore[assignment]  # stands where a single server stands
    broker: Cluster  # type: ignore[assignment]

    def __init__(self, folder: Path, season_folder: Path, environment: Mapping[str, str] | None = None) -> None:
        super().__init__(folder, "kafka", season_folder, environment)
        self.doors = {name: Proxy.start(free_port(), http_port(name, self.settings)) for name in SERVICES}
        self.mail_proxy = Proxy.start(self.settings.port_mail_smtp)

    def start_stores(self) -> None:
        self.mongod = ReplicaSet.start(self.folder / "mongod")
        self.broker = Cluster.start(self.folder / "broker")

    def stop(self) -> None:
        self.heal()
        super().stop()
        for proxy in (*self.doors.values(), self.mail_proxy):
            proxy.stop()

    def overriding(self, name: str) -> dict[str, str]:
        """It listens behind its proxy, whose port is the public one."""
        ports = {"HTTP_PORT": str(self.doors[name].target)}
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
