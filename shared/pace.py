"""How often something may happen: a token bucket. And how long something is left alone that has refused."""

from datetime import datetime

from shared.backoff import Backoff, Jitter, chance


class Pace:
    """So many a second on average, and `burst` at once: a second's worth and at least one, unless told otherwise."""

    def __init__(self, per_second: float, now: datetime, *, burst: float | None = None) -> None:
        self._per_second = per_second
        self._burst = max(per_second, 1.0) if burst is None else burst
        self._left = self._burst
        self._since = now

    def take(self, now: datetime) -> bool:
        """Take one, if there is one."""
        self._refill(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def wait(self, now: datetime) -> float:
        """Seconds until there is one to take; 0 if there is."""
        self._refill(now)
        return max(0.0, (1 - self._left) / self._per_second)

    def _refill(self, now: datetime) -> None:
        # A clock that was set back gives nothing, and takes nothing.
        gained = max(0.0, (now - self._since).total_seconds()) * self._per_second
        self._left = min(self._burst, self._left + gained)
        self._since = now


class Rests:
    """What is left alone, by name: longer each time, until `end` says that it takes something again."""

    def __init__(self, first: float, longest: float, jitter: Jitter = chance) -> None:
        self._first = first
        self._longest = longest
        self._jitter = jitter
        self._rests: dict[str, tuple[Backoff, datetime, float]] = {}

    def begin(self, name: str, now: datetime) -> None:
        """Leave it alone from now on. A rest that is not over yet goes on as it is."""
        if self.has_to(name, now):
            return
        backoff = self._rests[name][0] if name in self._rests else Backoff(self._first, self._longest, self._jitter)
        self._rests[name] = backoff, now, backoff.next()

    def end(self, name: str) -> None:
        self._rests.pop(name, None)

    def has_to(self, name: str, now: datetime) -> bool:
        """Whether it is to be left alone; a clock that was set back ends the rest."""
        if name not in self._rests:
            return False
        _, since, seconds = self._rests[name]
        return 0 <= (now - since).total_seconds() < seconds
