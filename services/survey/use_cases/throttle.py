"""How many mails one domain is given per second."""

from datetime import datetime


class Throttle:
    """A token bucket per domain; each holds one second's worth, and at least one."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._most = max(per_second, 1.0)
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def admits(self, domain: str, now: datetime) -> bool:
        """Take a token, if there is one."""
        left, since = self._buckets.get(domain, (self._most, now))
        left = min(self._most, left + (now - since).total_seconds() * self._per_second)
        admitted = left >= 1
        self._buckets[domain] = (left - 1 if admitted else left, now)
        return admitted
