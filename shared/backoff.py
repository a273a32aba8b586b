"""How long to wait before the next try: twice as long each time, with jitter, up to a limit."""

from collections.abc import Callable
from secrets import SystemRandom

Jitter = Callable[[], float]
"""Draws from [0, 1). Tests pass one that does not draw."""

chance: Jitter = SystemRandom().random


class Backoff:
    """Waits of one row of failures, in seconds."""

    def __init__(self, first: float, longest: float, jitter: Jitter = chance) -> None:
        self._first = first
        self._longest = longest
        self._jitter = jitter
        self._failures = 0

    def next(self) -> float:
        """Somewhere between half of this failure's wait and all of it."""
        wait = min(self._first * 2.0 ** min(self._failures, 30), self._longest)
        self._failures += 1
        return wait * (0.5 + 0.5 * self._jitter())

    def reset(self) -> None:
        self._failures = 0
