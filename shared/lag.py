"""How far a consumer is behind, by topic: for its metrics, and for whoever asks."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.clock import Clock
from shared.metrics import ConsumerMetrics
from shared.records import InboundRecord, Place


@dataclass(frozen=True)
class TopicLag:
    """Records of one topic that are not settled yet, and the age of the oldest known of them."""

    topic: str
    partitions: tuple[int, ...]
    records: int
    seconds: float


class Lag:
    """What one consumer has still before it."""

    def __init__(self, metrics: ConsumerMetrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._read_up_to: dict[Place, datetime] = {}
        self._records: Mapping[Place, int] = {}
        self._seconds: Mapping[Place, float] = {}

    def note_read(self, records: Iterable[InboundRecord]) -> None:
        """These are done with."""
        self._read_up_to.update({record.place: record.timestamp for record in records})

    def look(self, ahead: Mapping[Place, int], in_hand: Sequence[InboundRecord]) -> None:
        """`ahead`: records not handed out yet, for every place that is assigned."""
        behind = Counter(ahead)
        behind.update(record.place for record in in_hand)
        oldest = {record.place: record.timestamp for record in reversed(in_hand)}
        now = self._clock()
        stamps = {**self._read_up_to, **oldest}
        self._records = behind
        self._seconds = {place: (now - stamp).total_seconds() for place, stamp in stamps.items()}
        self._metrics.behind(self._records, self._seconds)

    def by_topic(self) -> list[TopicLag]:
        """As of the last look, which is a few seconds ago."""
        return [
            TopicLag(
                topic,
                tuple(sorted(partition for of_topic, partition in self._records if of_topic == topic)),
                sum(records for (of_topic, _), records in self._records.items() if of_topic == topic),
                max(
                    (
                        self._seconds.get(place, 0.0)
                        for place, records in self._records.items()
                        if place[0] == topic and records
                    ),
                    default=0.0,
                ),
            )
            for topic in sorted({topic for topic, _ in self._records})
        ]
