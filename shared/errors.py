"""The errors that the services share, by what happened.

PrepBridgeError
├── Outage                 something we need is away: wait, try again, give nothing up
│   ├── StoreAway          MongoDB does not answer, or has no primary
│   └── BrokerAway         Kafka does not answer
├── RecordRefused          Kafka does not take a record as it is
├── AlreadyThere           an insert met a document with the same id
├── StaleRevision          a guarded update met a newer document
├── Refused                the request cannot be carried out as it is; the person or machine can mend it
│   ├── InvalidInput       a value is not acceptable
│   ├── TooLarge           more bytes than we take
│   ├── NotSignedIn        we do not know who is asking
│   ├── Forbidden          this role may not do this
│   ├── NotFound           nothing of that name that the caller may see
│   ├── Conflict           the thing is in a state that does not allow it
│   ├── TooOften           the caller asks more often than we answer
│   └── NoLonger           it was there and is closed for good
├── WebTrouble             a call of somebody's web server came to nothing (shared/web_trouble.py)
├── BadEvent               an event that no retry can mend: it is parked
│   ├── Undecodable        the record is no event of ours
│   └── RuleBroken         the event contradicts what we know
└── Misconfigured          the process cannot start as it is set up
"""


class PrepBridgeError(Exception):
    """Anything that PrepBridge raises on purpose."""


class Outage(PrepBridgeError):
    """Something we need is away."""


class StoreAway(Outage):
    """MongoDB does not answer, or has no primary."""


class BrokerAway(Outage):
    """Kafka does not answer."""


class RecordRefused(PrepBridgeError):
    """Kafka does not take a record as it is; `concerns_topic`: nor any other of its topic."""

    def __init__(self, message: str, *, concerns_topic: bool = False) -> None:
        super().__init__(message)
        self.concerns_topic = concerns_topic


class AlreadyThere(PrepBridgeError):
    """An insert met a document with the same id or another unique value."""


class StaleRevision(PrepBridgeError):
    """A guarded update met a document that somebody else had changed."""


class Refused(PrepBridgeError):
    """A request that cannot be carried out as it is.

    `message` is for the person reading it: what is wrong. `hint` says what to do. `where` names the field, or the
    file, line and column. None of the three may hold personal data.
    """

    def __init__(self, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where


class InvalidInput(Refused):
    """A value is not acceptable."""


class TooLarge(Refused):
    """More bytes than we take."""


class NotSignedIn(Refused):
    """We do not know who is asking."""


class Forbidden(Refused):
    """This role may not do this."""


class NotFound(Refused):
    """Nothing of that name that the caller may see."""


class Conflict(Refused):
    """The thing is in a state that does not allow it."""


class TooOften(Refused):
    """The caller asks more often than we answer; `retry_after` in seconds."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class NoLonger(Refused):
    """It was there, and is closed for good."""


class BadEvent(PrepBridgeError):
    """An event that no retry can mend."""


class Undecodable(BadEvent):
    """The record is no event of ours, or lacks a field that we cannot do without."""


class RuleBroken(BadEvent):
    """The event contradicts what we know."""


class Misconfigured(PrepBridgeError):
    """The process cannot start as it is set up; the text says what to change."""
