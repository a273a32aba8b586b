"""How many mails one domain is given per second: a token bucket."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """Holds one second's worth of mails, and at least one. `left` is what was there at `since`."""

    per_second: float
    left: float
    since: datetime

    @classmethod
    def fresh(cls, per_second: float, now: datetime) -> "Pace":
        return cls(per_second, max(per_second, 1.0), now)

    def take(self, now: datetime) -> "Pace | None":
        """One mail less; None if none may go yet."""
        gained = (now - self.since).total_seconds() * self.per_second
        left = min(max(self.per_second, 1.0), self.left + gained)
        return Pace(self.per_second, left - 1, now) if left >= 1 else None
