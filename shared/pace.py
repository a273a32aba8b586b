"""How often something may happen: a token bucket."""

from datetime import datetime


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
