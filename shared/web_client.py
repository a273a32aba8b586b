"""The seam to other people's web servers: the only file that knows the HTTP client.

Every call has deadlines, every answer a size that it may have; nothing goes to another host than the one meant,
nothing to our own network unless that is allowed; and no error's message holds a secret or the query of an address.
"""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from shared.backoff import Backoff, Jitter, chance
from shared.clock import Clock, utc_now
from shared.web_addresses import Resolve, is_public, on_the_same_host, read_address, resolve
from shared.web_trouble import AddressRefused, AnswerTooLarge, NotReached, NotUnderstood, StillBusy, TooSlow

MEGABYTE = 1024 * 1024
BUSY = frozenset({429, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class CallLimits:
    """Deadlines in seconds, of a step and of the whole call, and the largest answer, unpacked."""

    connect_seconds: float = 10.0
    step_seconds: float = 30.0
    whole_seconds: float = 120.0
    answer_bytes: int = 32 * MEGABYTE


@dataclass(frozen=True)
class Patience:
    """How often a call is made at most, and how long is waited in between; a longer wish is none that we fulfil."""

    calls: int = 5
    first_wait: float = 1.0
    longest_wait: float = 30.0
    longest_wish: float = 120.0


@dataclass(frozen=True)
class Call:
    """A request. Only what cannot be a secret is shown. `ignores_body`: the status is all that matters."""

    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    redirects: int = 0
    ignores_body: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status. `headers` by lower-case name."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def is_page(self) -> bool:
        """Whether this is HTML, for people."""
        says_so = "html" in self.headers.get("content-type", "").lower()
        return says_so or self.body[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))

    def json(self) -> Any:
        """The body; NotUnderstood, in words for people, when it is none that a machine can read."""
        if self.is_page:
            raise NotUnderstood(
                f"{self.host} answered with a web page, such as one to sign in, instead of data.",
                "Check the address, and whether the credentials are meant for machines.",
            )
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise NotUnderstood(
                f"The answer of {self.host} breaks off or is no JSON.", "If this stays so, ask its operator."
            ) from None


class WebClient:
    """Calls web servers. `private_allowed` lets it call our own network and plain http: development and tests do.

    `authority` is a PEM certificate that is trusted besides the usual ones. Use it as a context, or close it.
    """

    def __init__(
        self,
        *,
        private_allowed: bool,
        limits: CallLimits = CallLimits(),
        patience: Patience = Patience(),
        authority: str = "",
        clock: Clock = utc_now,
        resolve: Resolve = resolve,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Jitter = chance,
    ) -> None:
        self._private_allowed = private_allowed
        self._limits = limits
        self._patience = patience
        self._clock = clock
        self._resolve = resolve
        self._wait = wait
        self._jitter = jitter
        self._trust = httpx.create_ssl_context(trust_env=False)
        if authority:
            try:
                self._trust.load_verify_locations(cadata=authority)
            except (ValueError, OSError):
                raise AddressRefused("The certificate of the authority cannot be read.", "Give it as PEM.") from None
        self._by_host: dict[str, httpx.AsyncHTTPTransport] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections that are kept open."""
        transports, self._by_host = list(self._by_host.values()), {}
        for transport in transports:
            await transport.aclose()

    async def call(self, call: Call) -> Answer:
        """One call. A redirection is followed only within the host, and only as often as the call says."""
        for _ in range(call.redirects + 1):
            answer = await self._once(call)
            if answer.status not in REDIRECTS or not call.redirects:
                return answer
            call = replace(call, url=on_the_same_host(call.url, answer.headers.get("location", "")))
        raise NotUnderstood(f"{answer.host} sends us from one address to the next.", "Check the address.")

    async def call_patiently(self, call: Call) -> Answer:
        """Again while the server is busy or out of reach, as long as our patience and its wishes allow."""
        backoff = Backoff(self._patience.first_wait, self._patience.longest_wait, self._jitter)
        for number in range(1, self._patience.calls + 1):
            is_last = number == self._patience.calls
            wish = None
            try:
                answer = await self.call(call)
            except NotReached:
                if is_last:
                    raise
            else:
                if answer.status not in BUSY:
                    return answer
                wish = self.wish(answer)
                if is_last or (wish or 0) > self._patience.longest_wish:
                    raise _still_busy(answer, wish)
            await self._wait(max(wish or 0, backoff.next()))
        raise AssertionError("The last call returns or raises.")

    def wish(self, answer: Answer) -> float | None:
        """How many seconds the server asks us to wait (RFC 9110 §10.2.3)."""
        text = answer.headers.get("retry-after", "").strip()
        if text.isdigit():
            return float(text[:9])
        try:
            return max(0.0, (parsedate_to_datetime(text) - self._clock()).total_seconds())
        except (ValueError, TypeError, OverflowError):
            return None

    async def _once(self, call: Call) -> Answer:
        parts = read_address(call.url, plain_allowed=self._private_allowed)
        host = parts.hostname or ""
        try:
            async with asyncio.timeout(self._limits.whole_seconds), self._connected(call, host) as response:
                body = b"" if call.ignores_body else await self._body(response, host)
        except (TimeoutError, httpx.TimeoutException):
            raise TooSlow(f"{host} took too long to answer.", "Try again later.") from None
        except httpx.InvalidURL:
            raise AddressRefused("This is no web address.", "Write it as https://host/path.") from None
        except (httpx.TransportError, OSError) as error:
            raise NotReached(*_why_not_reached(host, error)) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        cookies = tuple(each.partition(";")[0] for each in response.headers.get_list("set-cookie"))
        return Answer(response.status_code, headers, body, call.url, cookies)

    @asynccontextmanager
    async def _connected(self, call: Call, host: str) -> AsyncIterator[httpx.Response]:
        """An answer whose body is still to be read, from one of the host's addresses that may be called."""
        limits = self._limits
        waits = {"connect": limits.connect_seconds} | dict.fromkeys(("read", "write", "pool"), limits.step_seconds)
        headers = {"accept-encoding": "gzip", "user-agent": "PrepBridge", **call.headers}
        request = httpx.Request(
            call.method,
            call.url,
            headers=headers,
            content=call.body or None,
            extensions={"timeout": waits, "sni_hostname": host},
        )
        response = await self._sent(request, host)
        try:
            yield response
        finally:
            await response.aclose()

    async def _sent(self, request: httpx.Request, host: str) -> httpx.Response:
        """The address is looked up once and called as it was found: a second look-up could say something else."""
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = await self._resolve(host, port)
        if not self._private_allowed:
            addresses = [address for address in addresses if is_public(address)]
        if not addresses:
            raise AddressRefused(
                f"{host} is in a network that is not called from here.", "Use an address that the internet knows."
            )
        transport = self._by_host.setdefault(host, httpx.AsyncHTTPTransport(verify=self._trust, trust_env=False))
        url = request.url
        for number, address in enumerate(addresses, 1):
            request.url = url.copy_with(host=address)
            try:
                return await transport.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise AssertionError("The last address answers or raises.")

    async def _body(self, response: httpx.Response, host: str) -> bytes:
        """Unpacked, and never more than the limit, however small it comes."""
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise NotUnderstood(f"{host} packs its answers in a way that we did not ask for.")
        unpacking = zlib.decompressobj(GZIP) if "gzip" in encoding else None
        body, largest = bytearray(), self._limits.answer_bytes
        async for piece in response.aiter_raw():
            try:
                body += unpacking.decompress(piece, largest + 1 - len(body)) if unpacking else piece
            except zlib.error:
                raise NotUnderstood(f"The answer of {host} is damaged.") from None
            if len(body) > largest:
                raise AnswerTooLarge(
                    f"{host} answered with more than {largest // MEGABYTE or 1} MB.", "Ask for smaller pages."
                )
        if body and unpacking and not unpacking.eof:
            raise NotUnderstood(f"The answer of {host} is damaged.")
        return bytes(body)


def _still_busy(answer: Answer, wish: float | None) -> StillBusy:
    words = "asks us to slow down" if answer.status == 429 else "is not available"
    return StillBusy(
        f"{answer.host} {words} (status {answer.status}).",
        "It is tried again later.",
        status=answer.status,
        retry_after=wish,
    )


def _why_not_reached(host: str, error: Exception) -> tuple[str, str]:
    """In words of ours: those of the client may hold the address with its query."""
    said = str(error).lower()
    if "certificate" in said:
        return f"The certificate of {host} is not one that we trust.", "Give the certificate of its authority."
    if isinstance(error, httpx.ConnectError | OSError):
        return f"{host} cannot be reached.", "Check the address, and whether the server runs."
    return f"The connection to {host} broke.", "Try again later."
