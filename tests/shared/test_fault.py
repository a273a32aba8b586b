"""Kill points: nothing when not armed, exactly the told one when armed, never in production."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from shared.errors import Misconfigured
from shared.fault import FaultRaised, arm, fault
from shared.settings import read_settings
from tests.shared.parts_of_a_service import PartsSettings


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("", CollectorRegistry())


def test_a_point_that_is_not_armed_does_nothing() -> None:
    fault("relay.taken_off")


def test_the_told_point_fails_at_the_told_time_and_never_again() -> None:
    arm("relay.taken_off:2:raise", CollectorRegistry())
    fault("relay.taken_off")
    fault("relay.lease_asked")
    with pytest.raises(FaultRaised):
        fault("relay.taken_off")
    fault("relay.taken_off")


def test_passing_is_counted_by_point() -> None:
    registry = CollectorRegistry()
    arm("count", registry)
    for _ in range(3):
        fault("mail.claimed")
    assert registry.get_sample_value("fault_point_hits_total", {"point": "mail.claimed"}) == 3


def test_a_killed_process_is_gone_without_a_last_word() -> None:
    lines = (
        "import atexit",
        "from prometheus_client import CollectorRegistry",
        "from shared.fault import arm, fault",
        "atexit.register(print, 'a last word')",
        "arm('here:1:kill9', CollectorRegistry())",
        "fault('here')",
    )
    ended = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout == ""


@pytest.mark.parametrize("told", ["relay.taken_off", "relay.taken_off:0:kill9", "a:1:burn", "a:x:kill9", "a:1:block:x"])
def test_what_is_no_fault_is_refused(told: str) -> None:
    with pytest.raises(Misconfigured, match="is no fault"):
        arm(told, CollectorRegistry())


def test_production_refuses_to_be_armed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PARTS_ENVIRONMENT": "production",
        "PARTS_SESSION_KEY": "a-secret-of-our-own-with-enough-characters",
        "PARTS_SIGN_IN": "none",
        "PARTS_FAULT": "relay.taken_off:1:kill9",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match="PARTS_FAULT"):
        read_settings(PartsSettings)
