"""What the local stack is told by its environment and by `.env`: ports, and servers that are there already."""

import errno
import socket

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.process import PortTaken
from shared.errors import Misconfigured


class LocalSettings(BaseSettings):
    """Variables that begin with PREPBRIDGE_. Kafka's controller takes the port after `port_kafka`."""

    model_config = SettingsConfigDict(env_prefix="PREPBRIDGE_", env_file=".env", extra="ignore", frozen=True)

    port_survey: int = Field(8101, ge=1, le=65535, description="Survey: pages and API.")
    port_survey_metrics: int = Field(9101, ge=1, le=65535, description="Survey: metrics.")
    port_partnership: int = Field(8102, ge=1, le=65535, description="Partnership: pages and API.")
    port_partnership_metrics: int = Field(9102, ge=1, le=65535, description="Partnership: metrics.")
    port_analytics: int = Field(8103, ge=1, le=65535, description="Analytics: pages and API.")
    port_analytics_metrics: int = Field(9103, ge=1, le=65535, description="Analytics: metrics.")
    port_mail_smtp: int = Field(8125, ge=1, le=65535, description="Mail catcher: SMTP.")
    port_mail_pages: int = Field(8120, ge=1, le=65535, description="Mail catcher: pages and API.")
    port_kafka: int = Field(8192, ge=1, le=65534, description="The embedded broker; Kafka's controller: the next one.")
    port_mongodb: int = Field(8127, ge=1, le=65535, description="The embedded mongod.")

    mongodb_uri: SecretStr | None = Field(None, description="A MongoDB to use; then none is started.")
    kafka_bootstrap_servers: str = Field("", description="A Kafka to use; then no broker is started.")

    def wanted_ports(self) -> list[tuple[int, str, str]]:
        """(port, what listens there, the variable that changes it) of everything that the stack starts itself."""
        ports = [
            (port, _LISTENERS[name], f"PREPBRIDGE_{name.upper()}")
            for name, port in self.model_dump(include=set(_LISTENERS)).items()
            if not (name == "port_mongodb" and self.mongodb_uri)
            and not (name == "port_kafka" and self.kafka_bootstrap_servers)
        ]
        if not self.kafka_bootstrap_servers:
            ports.append((self.port_kafka + 1, "Kafka's controller", "PREPBRIDGE_PORT_KAFKA"))
        return ports


_LISTENERS = {
    "port_survey": "the survey service",
    "port_survey_metrics": "the metrics of survey",
    "port_partnership": "the partnership service",
    "port_partnership_metrics": "the metrics of partnership",
    "port_analytics": "the analytics service",
    "port_analytics_metrics": "the metrics of analytics",
    "port_mail_smtp": "the mail catcher's SMTP",
    "port_mail_pages": "the mail catcher's pages",
    "port_kafka": "the Kafka broker",
    "port_mongodb": "mongod",
}


def read_local_settings() -> LocalSettings:
    """Misconfigured names each variable that does not do."""
    try:
        return LocalSettings()
    except ValidationError as error:
        faults = (f"PREPBRIDGE_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        raise Misconfigured(f"The environment is not as it should be: {'; '.join(faults)}.") from None


def check_ports(settings: LocalSettings) -> None:
    """PortTaken for the first port on which somebody listens, or that is given to two of ours."""
    seen: dict[int, str] = {}
    for port, who, variable in settings.wanted_ports():
        if port in seen:
            raise PortTaken(f"Port {port} is given to both {seen[port]} and {who}: set {variable} to another port.")
        seen[port] = who
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as refusal:
                reason = "is taken by another program" if refusal.errno == errno.EADDRINUSE else "cannot be opened"
                raise PortTaken(
                    f"Port {port}, which {who} wants, {reason}: free it, or set {variable} in .env to another port."
                ) from None
