"""The broker that the settings name, as the frame sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.brokers import TRAITS, BrokerTraits
from shared.kafka import Producer, Subscription
from shared.records import Publisher, RecordSource
from shared.settings import ServiceSettings


@dataclass(frozen=True)
class Kafka:
    """A real broker: Apache Kafka, or what speaks like it."""

    settings: ServiceSettings

    def publisher(self, client_id: str) -> Publisher:
        return Producer(self._bootstrap, self._traits, client_id=client_id)

    def source(self, *, group: str, topics: Sequence[str], client_id: str) -> RecordSource:
        return Subscription(self._bootstrap, self._traits, group=group, topics=topics, client_id=client_id)

    @property
    def _traits(self) -> BrokerTraits:
        traits, session = TRAITS[self.settings.kafka_broker], self.settings.kafka_session_seconds
        return traits if session is None else traits.noticing_within(session)

    @property
    def _bootstrap(self) -> str:
        return self.settings.kafka_bootstrap_servers
