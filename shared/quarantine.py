"""Keys and topics that the broker refuses: what is for them waits, what is for others goes on, nothing is given up."""

from dataclasses import dataclass
from typing import Any

from shared.backoff import Backoff, Jitter, chance

FIRST_WAIT = 2.0
LONGEST_WAIT = 300.0
MOST_KEYS = 1_000
"""Beyond so many keys of one topic the whole topic waits, so that neither memory nor queries grow without limit."""

_Held = tuple[str, str | None]


@dataclass(frozen=True)
class Held:
    """What waits, and why. `key` None: the whole topic. `seconds`: until it is tried again."""

    topic: str
    key: str | None
    reason: str
    seconds: float


@dataclass
class _Wait:
    backoff: Backoff
    until: float
    reason: str = ""
    is_over: bool = False


class Quarantine:
    """Of one relay, in its memory: another relay finds out for itself. Times are seconds of the event loop's clock."""

    def __init__(self, jitter: Jitter = chance, most_keys: int = MOST_KEYS) -> None:
        self._waits: dict[_Held, _Wait] = {}
        self._jitter = jitter
        self._most_keys = most_keys

    def __len__(self) -> int:
        """Keys and topics that were refused last time, also those that are being tried again."""
        return len(self._waits)

    def holds(self, topic: str, key: str) -> bool:
        """Whether an event for this key has to wait."""
        return any(
            wait is not None and not wait.is_over
            for wait in (self._waits.get((topic, None)), self._waits.get((topic, key)))
        )

    def held(self, now: float) -> list[Held]:
        """What was refused last time, the longest refused first."""
        return [Held(topic, key, wait.reason, max(0.0, wait.until - now)) for (topic, key), wait in self._waits.items()]

    def hold(self, topic: str, key: str | None, now: float, reason: str = "") -> float:
        """Let the key wait, or with None the topic; longer each time. Answers for how many seconds."""
        if key is not None and sum(held == topic for held, _ in self._waits) >= self._most_keys:
            self._waits = {held: wait for held, wait in self._waits.items() if held[0] != topic}
            key = None
        wait = self._waits.setdefault((topic, key), _Wait(Backoff(FIRST_WAIT, LONGEST_WAIT, self._jitter), now))
        seconds = wait.backoff.next()
        wait.until, wait.reason, wait.is_over = now + seconds, reason, False
        return seconds

    def accepted(self, topic: str, key: str) -> None:
        """The broker took an event for this key: neither it nor its topic is refused any more."""
        for held in ((topic, None), (topic, key)):
            self._waits.pop(held, None)

    def release(self, now: float) -> bool:
        """End the waits whose time has come; whether there were any."""
        over = [wait for wait in self._waits.values() if not wait.is_over and wait.until <= now]
        for wait in over:
            wait.is_over = True
        return bool(over)

    def forget_tried(self) -> None:
        """All that was to be tried again has been: what was neither refused nor accepted is not there any more."""
        self._waits = {held: wait for held, wait in self._waits.items() if not wait.is_over}

    def waiting(self, topic: str) -> list[str] | None:
        """The keys of a topic that have to wait; None: the whole topic has to."""
        held = [key for (of, key), wait in self._waits.items() if of == topic and not wait.is_over]
        return None if None in held else [key for key in held if key is not None]

    def unheld(self) -> dict[str, Any]:
        """A MongoDB condition on one event aboard: that it does not have to wait. Empty when none has to."""
        waiting = [
            {"topic": topic} if key is None else {"topic": topic, "key": key}
            for (topic, key), wait in self._waits.items()
            if not wait.is_over
        ]
        return {"$nor": waiting} if waiting else {}
