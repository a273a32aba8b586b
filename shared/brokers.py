"""What the brokers that we run on can and cannot do, in one table, and the topics that they hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from shared.errors import Misconfigured


@dataclass(frozen=True)
class BrokerTraits:
    """How a client must be set for a kind of broker. Times are milliseconds.

    enable_idempotence  retried requests are stored once; Tansu refuses the request that this needs
    fetch_max_wait_ms   how long a fetch without records stays with the broker
    """

    enable_idempotence: bool
    session_timeout_ms: int
    heartbeat_interval_ms: int
    fetch_max_wait_ms: int

    def noticing_within(self, seconds: float) -> "BrokerTraits":
        """A dead member is noticed so soon. For less than 6 s Kafka must be told to allow it, as deploy/local does."""
        session = int(seconds * 1_000)
        return replace(self, session_timeout_ms=session, heartbeat_interval_ms=session // 4)

    def brisk(self) -> "BrokerTraits":
        """For tests that wait for both."""
        return replace(self.noticing_within(1.0), fetch_max_wait_ms=50)


TRAITS: Mapping[str, BrokerTraits] = {
    "kafka": BrokerTraits(
        enable_idempotence=True, session_timeout_ms=10_000, heartbeat_interval_ms=3_000, fetch_max_wait_ms=100
    ),
    "tansu": BrokerTraits(
        enable_idempotence=False, session_timeout_ms=3_000, heartbeat_interval_ms=750, fetch_max_wait_ms=50
    ),
}


@dataclass(frozen=True)
class TopicSpec:
    """A topic as it is to be created. `config` holds Kafka's own topic settings."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)
    replicas: int = 1


def topics_in(path: Path) -> list[TopicSpec]:
    """The topics of a file such as deploy/kafka/topics.yml; Misconfigured if it is not one."""
    try:
        entries = yaml.safe_load(path.read_text())["topics"]
        return [
            TopicSpec(
                name=entry["name"],
                partitions=int(entry["partitions"]),
                config={name: str(value) for name, value in entry.get("config", {}).items()},
                replicas=int(entry.get("replicas", 1)),
            )
            for entry in entries
        ]
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError):
        raise Misconfigured(f"{path} is no list of topics: each needs a name and a number of partitions.") from None
