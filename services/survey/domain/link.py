"""The secrets of a sitting: its link, its cookie, its unsubscribe address. All follow from one key; none is stored."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

COOKIE_LIFE = timedelta(hours=12)


def token_hash(token: str) -> str:
    """What is stored of a token, and what it is found by."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Seat:
    """What a cookie says: whose sitting, through which version of the link."""

    sitting_id: str
    link_version: int


@dataclass(frozen=True, slots=True, repr=False)
class LinkKey:
    """The key that all links of this service follow from; a new key closes every link."""

    secret: bytes

    def token(self, sitting_id: str, version: int) -> str:
        """43 characters of base64url: 256 bits."""
        return self._mark("link", sitting_id, str(version))

    def cookie(self, seat: Seat, now: datetime) -> str:
        """Text that only we can have written, good for `COOKIE_LIFE`."""
        expires = str(int((now + COOKIE_LIFE).timestamp()))
        mark = self._mark("seat", seat.sitting_id, str(seat.link_version), expires)
        return ".".join((seat.sitting_id, str(seat.link_version), expires, mark))

    def seat(self, cookie: str, now: datetime) -> Seat | None:
        """The seat of a cookie; None if it is not ours or too old."""
        parts = cookie.split(".")
        if len(parts) != 4 or not (parts[1].isdecimal() and parts[2].isdecimal() and cookie.isascii()):
            return None
        sitting_id, version, expires, mark = parts
        if not hmac.compare_digest(mark, self._mark("seat", sitting_id, version, expires)):
            return None
        if datetime.fromtimestamp(int(expires), UTC) <= now:
            return None
        return Seat(sitting_id, int(version))

    def unsubscribe_mark(self, sitting_id: str) -> str:
        return self._mark("unsubscribe", sitting_id)

    def may_unsubscribe(self, sitting_id: str, mark: str) -> bool:
        return mark.isascii() and hmac.compare_digest(mark, self.unsubscribe_mark(sitting_id))

    def _mark(self, *facts: str) -> str:
        digest = hmac.new(self.secret, "|".join(facts).encode(), hashlib.sha256).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()
