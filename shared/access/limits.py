"""How often one caller, or strangers at one address, may ask. Counted in this process: of several, each has its own."""

from collections import OrderedDict
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request

from shared.clock import Clock
from shared.errors import TooOften
from shared.pace import Pace

BURST_SECONDS = 10.0
"""So many seconds' worth may come at once."""
REMEMBERED = 10_000
"""Who asked longest ago is forgotten first, and begins anew."""
HOUSEHOLD_BITS = 64
"""One subscriber of IPv6 has so long a prefix, and 2⁶⁴ addresses to ask from."""


class Limit:
    """So many requests a second for each name. 0: no limit."""

    def __init__(self, per_second: float, clock: Clock) -> None:
        self._per_second = per_second
        self._clock = clock
        self._paces: OrderedDict[str, Pace] = OrderedDict()

    def take(self, name: str) -> None:
        """Count one; TooOften if there is none left."""
        now = self._clock()
        if self._per_second and not self._pace(name, now).take(now):
            self.check(name)

    def check(self, name: str) -> None:
        """TooOften if there is none left; counts nothing."""
        now = self._clock()
        if self._per_second and (wait := self._pace(name, now).wait(now)):
            raise TooOften(
                "There were too many requests in a short time.",
                hint="Wait a moment, then try again.",
                retry_after=wait,
            )

    def _pace(self, name: str, now: datetime) -> Pace:
        pace = self._paces.get(name)
        if pace is None:
            pace = self._paces[name] = Pace(self._per_second, now, burst=self._per_second * BURST_SECONDS)
            if len(self._paces) > REMEMBERED:
                self._paces.popitem(last=False)
        self._paces.move_to_end(name)
        return pace


class Limits:
    """Callers by who they are. Strangers by where they ask from: what they ask for, and what they guess wrong."""

    def __init__(
        self, clock: Clock, *, per_caller: float = 0.0, per_address: float = 0.0, failures_per_address: float = 0.0
    ) -> None:
        self._callers = Limit(per_caller, clock)
        self._strangers = Limit(per_address, clock)
        self._failures = Limit(failures_per_address, clock)

    def admit_caller(self, subject: str) -> None:
        self._callers.take(subject)

    def admit_stranger(self, request: Request) -> None:
        """For pages that can be guessed at: too many wrong guesses close them for a while."""
        address = address_of(request)
        self._strangers.take(address)
        self._failures.check(address)

    def guessed_wrong(self, request: Request) -> None:
        """A link or a key that nobody has. TooOften once there were too many."""
        self._failures.take(address_of(request))


def address_of(request: Request) -> str:
    """Where a request came from; behind proxies that are trusted, what they say."""
    host = request.client.host if request.client is not None else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), HOUSEHOLD_BITS), strict=False))
    return host
