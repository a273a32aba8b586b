"""The three services, and where their mail goes, as the local stack runs them: each with its settings, until ready."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from dotenv import dotenv_values

from deploy.local.process import Child
from deploy.local.recipe import BrokerKind
from deploy.local.settings import LocalSettings

SERVICES = ("partnership", "survey", "analytics")
_READY_SECONDS = 60.0
_MAIL_SECONDS = 30.0

# A demonstration is short: people are written to seconds after their hires are found, and nobody's mail server is hurt.
_IN_A_HURRY = {
    "SURVEY_INVITE_AFTER_QUIET_SECONDS": "3",
    "SURVEY_INVITE_AFTER_SECONDS_AT_MOST": "20",
    "SURVEY_MAILS_PER_SECOND_AND_DOMAIN": "200",
}


@dataclass(frozen=True)
class Surroundings:
    """What the services are given to run with. `secrets`: session_key, link_key, seal_key.

    `overriding`: variables that win over all others, prefix and all.
    """

    mongodb_uri: str
    kafka_bootstrap_servers: str
    kafka_broker: BrokerKind
    secrets: Mapping[str, str]
    access_file: Path
    campaigns_folder: Path | None = None
    overriding: Mapping[str, str] = field(default_factory=dict)


def start_service(name: str, settings: LocalSettings, surroundings: Surroundings, log: Path) -> Child:
    command = [sys.executable, "-m", f"services.{name}.app"]
    return Child.start(name, command, log=log, environment=_environment(name, settings, surroundings))


def wait_until_ready(service: Child, settings: LocalSettings) -> None:
    """Until its door says that it has all it needs."""
    address = f"http://127.0.0.1:{http_port(service.name, settings)}/health/ready"
    service.wait_until(lambda: answers(address), seconds=_READY_SECONDS)


def start_mail_catcher(settings: LocalSettings, folder: Path, log: Path) -> Child:
    """`folder` keeps what it catches."""
    ports = ["--smtp-port", str(settings.port_mail_smtp), "--http-port", str(settings.port_mail_pages)]
    command = [sys.executable, "-m", "deploy.local.mail_catcher", *ports, "--folder", str(folder)]
    return Child.start("mail catcher", command, log=log)


def wait_until_mail_is_taken(catcher: Child, settings: LocalSettings) -> None:
    address = f"http://127.0.0.1:{settings.port_mail_pages}/health/live"
    catcher.wait_until(lambda: answers(address), seconds=_MAIL_SECONDS)


def http_port(name: str, settings: LocalSettings) -> int:
    return int(getattr(settings, f"port_{name}"))


def metrics_port(name: str, settings: LocalSettings) -> int:
    return int(getattr(settings, f"port_{name}_metrics"))


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2.0).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _environment(name: str, settings: LocalSettings, surroundings: Surroundings) -> dict[str, str]:
    """`.env` and our own environment decide everything but what ties the stack together."""
    wiring = {
        "ENVIRONMENT": "development",
        "HTTP_PORT": str(http_port(name, settings)),
        "METRICS_PORT": str(metrics_port(name, settings)),
        "PUBLIC_URL": f"http://localhost:{http_port(name, settings)}",
        "MONGODB_URI": surroundings.mongodb_uri,
        "KAFKA_BOOTSTRAP_SERVERS": surroundings.kafka_bootstrap_servers,
        "KAFKA_BROKER": surroundings.kafka_broker,
        "SESSION_KEY": surroundings.secrets["session_key"],
        "ACCESS_FILE": str(surroundings.access_file),
    }
    if name in ("survey", "partnership"):
        wiring["SEAL_KEY"] = surroundings.secrets["seal_key"]
    if name == "survey":
        wiring |= {
            "LINK_KEY": surroundings.secrets["link_key"],
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(settings.port_mail_smtp),
            "SMTP_SECURITY": "none",
        }
        if surroundings.campaigns_folder is not None:
            wiring["CAMPAIGNS_FOLDER"] = str(surroundings.campaigns_folder)
    chosen = {key: value for key, value in dotenv_values(".env").items() if value is not None}
    wired = {f"{name.upper()}_{key}": value for key, value in wiring.items()}
    return {**_IN_A_HURRY, **chosen, **os.environ, **wired, **surroundings.overriding}
