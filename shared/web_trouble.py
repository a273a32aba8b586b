"""What can go wrong when we call other people's web servers.

WebTrouble
├── AddressRefused     an address that is never called, however often it is tried
├── NotReached         no connection, or it broke
│   └── TooSlow        a deadline has passed
├── StillBusy          it answers, and says each time that it cannot now
├── AnswerTooLarge     more bytes than we take
└── NotUnderstood      an answer that is not what was asked for, such as a page for people
"""

from shared.errors import PrepBridgeError


class WebTrouble(PrepBridgeError):
    """A call that came to nothing. `message` and `hint` are for people and hold no secret; `may_pass`: later it may
    work."""

    may_pass = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class AddressRefused(WebTrouble):
    """It leads to our own network, goes unprotected, or is not where we were sent."""


class NotReached(WebTrouble):
    """No connection, or it broke."""

    may_pass = True


class TooSlow(NotReached):
    """A deadline has passed."""


class StillBusy(WebTrouble):
    """`retry_after`: what it asked for last, in seconds."""

    may_pass = True

    def __init__(self, message: str, hint: str = "", *, status: int, retry_after: float | None) -> None:
        super().__init__(message, hint)
        self.status = status
        self.retry_after = retry_after


class AnswerTooLarge(WebTrouble):
    """More bytes than we take."""


class NotUnderstood(WebTrouble):
    """An answer that is not what was asked for."""
