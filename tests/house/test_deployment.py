"""The files that run the system agree with the code: settings, metrics, runbooks, topics."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry
from pydantic_settings import BaseSettings

from deploy.described_settings import env_example, readme_table, with_table
from deploy.local.settings import LocalSettings
from deploy.operator.settings import OperatorSettings
from services.analytics.metrics import AnalyticsMetrics
from services.analytics.settings import AnalyticsSettings
from services.partnership.metrics import PartnershipMetrics
from services.partnership.settings import PartnershipSettings
from services.survey.metrics import SurveyMetrics
from services.survey.settings import SurveySettings
from shared.metrics import ConsumerMetrics, HttpMetrics, OutboxMetrics, ParkingMetrics, ProcessMetrics
from shared.settings import ServiceSettings
from tests.house.files import ROOT

SETTINGS: dict[str, type[ServiceSettings]] = {
    "partnership": PartnershipSettings,
    "survey": SurveySettings,
    "analytics": AnalyticsSettings,
}


def _yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def _variables(settings: type[ServiceSettings]) -> set[str]:
    return {settings.variable(field) for field in settings.model_fields}


@pytest.fixture(scope="module")
def metric_names() -> set[str]:
    registry = CollectorRegistry()
    ours = (ConsumerMetrics, HttpMetrics, OutboxMetrics, ParkingMetrics)
    for kind in (*ours, AnalyticsMetrics, SurveyMetrics, PartnershipMetrics):
        kind(registry)
    ProcessMetrics(registry, service="house", release="house")
    names: set[str] = set()
    for family in registry.collect():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
        names |= {family.name + suffix for suffix in suffixes}
    return names


def _metrics_in(expression: str) -> set[str]:
    bare = re.sub(r'\{[^}]*\}|"[^"]*"|\[[^\]]*\]|\b(?:by|without)\s*\([^)]*\)', "", expression)
    return {word for word in re.findall(r"[a-z][a-z_]+", bare) if "_" in word and word != "histogram_quantile"}


def test_every_metric_in_an_alert_or_on_a_dashboard_exists(metric_names: set[str]) -> None:
    rules = [rule["expr"] for group in _yaml("deploy/prometheus/alerts.yml")["groups"] for rule in group["rules"]]
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/hire-to-report.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    for expression in rules + panels:
        assert _metrics_in(expression), expression
        assert _metrics_in(expression) <= metric_names, expression


def test_every_alert_has_a_runbook_and_a_test() -> None:
    tests = (ROOT / "deploy/prometheus/alerts_test.yml").read_text()
    for group in _yaml("deploy/prometheus/alerts.yml")["groups"]:
        for rule in group["rules"]:
            assert (ROOT / "docs/runbooks" / f"{rule['alert']}.md").is_file()
            assert rule["annotations"]["runbook_url"].endswith(f"/{rule['alert']}.md")
            assert f"alertname: {rule['alert']}" in tests


@pytest.mark.skipif(shutil.which("promtool") is None, reason="not run: promtool is missing (Debian: prometheus)")
def test_the_alerts_fire_when_they_should() -> None:
    subprocess.run(["promtool", "test", "rules", "deploy/prometheus/alerts_test.yml"], cwd=ROOT, check=True)
    subprocess.run(["promtool", "check", "config", "deploy/prometheus/prometheus.yml"], cwd=ROOT, check=True)


@pytest.mark.parametrize("service", SETTINGS)
def test_the_compose_file_sets_only_variables_that_exist(service: str) -> None:
    known = _variables(SETTINGS[service]) | {"SERVICE", "HEALTH_PORT"}
    assert set(_yaml("docker-compose.yml")["services"][service]["environment"]) <= known


def test_the_compose_file_mounts_only_what_is_there() -> None:
    composed = _yaml("docker-compose.yml")
    for service in composed["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in composed["volumes"], volume


def test_prometheus_asks_each_service_at_its_metrics_port() -> None:
    targets = {
        target
        for job in _yaml("deploy/prometheus/prometheus.yml")["scrape_configs"]
        for found in job["static_configs"]
        for target in found["targets"]
    }
    assert targets == {f"{name}:{kind.model_fields['metrics_port'].default}" for name, kind in SETTINGS.items()}


def test_every_setting_is_described() -> None:
    described: list[type[BaseSettings]] = [*SETTINGS.values(), LocalSettings, OperatorSettings]
    for settings in described:
        assert [name for name, field in settings.model_fields.items() if not field.description] == []


def test_the_example_environment_and_the_readme_show_the_settings_as_they_are() -> None:
    readme = (ROOT / "README.md").read_text()
    assert (ROOT / ".env.example").read_text() == env_example(), "Run `make settings`."
    assert readme == with_table(readme), "Run `make settings`."
    assert readme_table() in readme


def test_the_readme_names_every_dependency_with_a_reason() -> None:
    readme = (ROOT / "README.md").read_text()
    project = (ROOT / "pyproject.toml").read_text()
    for name in re.findall(r'^    "([a-zA-Z0-9-]+)', project.split("[project.scripts]")[0], re.M):
        assert re.search(rf"^\| {re.escape(name)} \| \S", readme, re.M), name
