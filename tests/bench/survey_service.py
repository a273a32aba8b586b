"""Servers of a measurement: survey as `make up` runs it, with a campaign that is open today, and what stands beside."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import yaml

from deploy.local.process import Child, free_port
from deploy.local.services import answers
from services.survey.domain.campaign import Campaign
from services.survey.store.library import CAMPAIGNS
from shared.clock import utc_now
from tests.bench.ground import Ground

START_SECONDS = 60.0
OPEN_DAYS = 60


def open_campaign() -> Campaign:
    """The shipped one, open today."""
    return Campaign.parse(_open_campaign())


def write_open_campaign(folder: Path) -> None:
    """As a campaign file of its own."""
    folder.mkdir(exist_ok=True)
    (folder / "open.yaml").write_text(_open_campaign(), "utf-8")


def _open_campaign() -> str:
    (shipped,) = CAMPAIGNS.glob("hiring-*.yaml")
    today = utc_now().date()
    dates = {"opens_on": today - timedelta(days=1), "closes_on": today + timedelta(days=OPEN_DAYS)}
    return yaml.safe_dump(yaml.safe_load(shipped.read_text("utf-8")) | dates)


def service_variables(on: Ground, run: str, port: int) -> dict[str, str]:
    """Survey's environment, on these servers."""
    return {
        "SURVEY_HTTP_PORT": str(port),
        "SURVEY_METRICS_PORT": str(free_port()),
        "SURVEY_MONGODB_URI": on.mongodb_uri,
        "SURVEY_MONGODB_DATABASE": run,
        "SURVEY_MONGO_DRIVER": on.driver,
        "SURVEY_KAFKA_BOOTSTRAP_SERVERS": on.bootstrap,
        "SURVEY_KAFKA_BROKER": on.broker,
    }


@contextmanager
def serving(
    on: Ground, run: str, port: int, module: Sequence[str], variables: Mapping[str, str], path: str = "/health/ready"
) -> Iterator[Child]:
    """A module as a server of its own, ready when this begins and stopped when it ends."""
    server = Child.start(
        module[0],
        [sys.executable, "-m", *module],
        log=on.folder / f"{run}.log",
        environment={**os.environ, **variables},
    )
    try:
        server.wait_until(lambda: answers(f"http://127.0.0.1:{port}{path}"), seconds=START_SECONDS)
        yield server
    finally:
        server.stop()
