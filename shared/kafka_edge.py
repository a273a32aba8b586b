"""The broker that the settings name, as the frame sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.brokers import TRAITS
from shared.kafka import Producer, Subscription
from shared.records import Publisher, RecordSource
from shared.settings import ServiceSettings


@dataclass(frozen=True)
class Kafka:
    """A real broker: Apache Kafka, or what speaks like it."""

    settings: ServiceSettings

    def publisher(self, client_id: str) -> Publisher:
        return Producer(self._bootstrap, TRAITS[self.settings.kafka_broker], client_id=client_id)

    def source(self, *, group: str, topics: Sequence[str], client_id: str) -> RecordSource:
        traits = TRAITS[self.settings.kafka_broker]
        return Subscription(self._bootstrap, traits, group=group, topics=topics, client_id=client_id)

    @property
    def _bootstrap(self) -> str:
        return self.settings.kafka_bootstrap_servers
