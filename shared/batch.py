"""Records polled together, and which of them are settled."""

from collections import Counter

from shared.reactions import Outcome
from shared.records import InboundRecord, Place


class Batch:
    """One poll's worth. A record that was handed out twice counts as settled when both are."""

    def __init__(self, records: list[InboundRecord], epoch: int) -> None:
        self.records = records
        self.epoch = epoch
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()
        self._open: dict[tuple[Place, int], int] = {}
        for record in records:
            self._open[record.place, record.offset] = self._open.get((record.place, record.offset), 0) + 1

    def by_key(self) -> dict[tuple[str, bytes | None], list[InboundRecord]]:
        groups: dict[tuple[str, bytes | None], list[InboundRecord]] = {}
        for record in self.records:
            groups.setdefault((record.topic, record.key), []).append(record)
        return groups

    def settle(self, record: InboundRecord, outcome: Outcome) -> None:
        self._open[record.place, record.offset] -= 1
        self.outcomes[record.topic, outcome] += 1

    def in_hand(self) -> list[InboundRecord]:
        """What is not settled yet."""
        return [record for record in self.records if self._open[record.place, record.offset]]

    def committable(self) -> dict[Place, int]:
        """For each place the offset after its last record before which everything is settled."""
        offsets: dict[Place, int] = {}
        stopped: set[Place] = set()
        for (place, offset), is_open in sorted(self._open.items()):
            if is_open:
                stopped.add(place)
            elif place not in stopped:
                offsets[place] = offset + 1
        return offsets


class Uncommitted:
    """What is settled and not committed yet, by place. It ends with the assignment in which it was read."""

    def __init__(self) -> None:
        self.offsets: dict[Place, int] = {}
        self._epoch = 0

    def add(self, batch: Batch) -> None:
        if batch.epoch != self._epoch:
            self.offsets.clear()
        self._epoch = batch.epoch
        self.offsets.update(batch.committable())
