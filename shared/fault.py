"""Kill points: the places between two effects at which a test may stop this process, to prove that nothing is lost.

    fault("relay.sent_not_pulled")                          does nothing
    SURVEY_FAULT=relay.sent_not_pulled:2:kill9              the process is gone when it comes here a second time
    SURVEY_FAULT=count                                      only `fault_point_hits_total` counts

Armed by a setting that production refuses. Every point in the code is swept by tests/faults.
"""

import os
import signal
import time
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter

from shared.errors import Misconfigured

COUNT_ONLY = "count"
ACTIONS = ("kill9", "stop", "raise", "block")


class FaultRaised(Exception):
    """A test wanted this place to fail in a way that nobody expects."""


@dataclass(slots=True)
class Armed:
    """What is to happen where. `hits` counts each point from the start of the process."""

    point: str
    nth: int
    action: str
    seconds: float
    metric: Counter
    hits: dict[str, int] = field(default_factory=dict)

    def hit(self, point: str) -> None:
        self.hits[point] = self.hits.get(point, 0) + 1
        self.metric.labels(point).inc()
        if point == self.point and self.hits[point] == self.nth:
            _act(self.action, self.seconds)


_armed: Armed | None = None


def fault(point: str) -> None:
    """A place between two effects, named `<part>.<what has just been done>`."""
    if _armed is not None:
        _armed.hit(point)


def arm(told: str, registry: CollectorRegistry) -> None:
    """`told` is `<point>:<nth>:<action>`, with `:<seconds>` for `block`; or `count`; or empty, which disarms."""
    global _armed
    _armed = _read(told, registry) if told else None


def _read(told: str, registry: CollectorRegistry) -> Armed:
    metric = Counter("fault_point_hits_total", "How often each kill point was passed.", ["point"], registry=registry)
    if told == COUNT_ONLY:
        return Armed("", 0, "", 0.0, metric)
    point, *rest = told.split(":")
    try:
        nth, action, seconds = int(rest[0]), rest[1], float(rest[2]) if len(rest) > 2 else 0.0
    except (IndexError, ValueError):
        action = ""
        nth, seconds = 0, 0.0
    if nth < 1 or action not in ACTIONS:
        raise Misconfigured(
            f"{told!r} is no fault: say <point>:<nth>:<action>, the action one of {', '.join(ACTIONS)}."
        )
    return Armed(point, nth, action, seconds, metric)


def _act(action: str, seconds: float) -> None:
    if action == "raise":
        raise FaultRaised("A fault was armed here.")
    if action == "block":
        time.sleep(seconds)
        return
    os.kill(os.getpid(), signal.SIGKILL if action == "kill9" else signal.SIGSTOP)
