"""What every request passes on its way in and out: a name in the logs, a size limit, safe headers, a last catch."""

import secrets
from collections.abc import Callable, Mapping
from time import perf_counter

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import context, problems
from shared.errors import StoreAway, TooLarge
from shared.fault import fault
from shared.metrics import HttpMetrics
from shared.pages import CONTENT_SECURITY_POLICY, STATIC_PATH

UNMATCHED = "__unmatched__"
ABORTED = 499
"""What is noted when nobody waited for the answer (as nginx does)."""
REJECTIONS = {401: "not_signed_in", 403: "forbidden", 413: "too_large", 429: "rate_limited"}
HEALTH = "/health/"
OPERATIONS = "/v1/operations"
"""What the operator asks; how the service is can be told without MongoDB too."""

SAFE_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    # Other sites learn nothing either way. Under `no-referrer` browsers send `Origin: null` with our own forms too, and
    # one without Sec-Fetch-Site (Safari before 16.4, plain http) could not show that a form came from us.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}

log = structlog.get_logger()


def route_template(scope: Scope) -> str:
    """The template of the chosen route, such as `/surveys/{survey_id}`; never the path, which may hold secrets."""
    # A router that was included under a prefix leaves the full template here and its own, shorter one, in `route`.
    chosen = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    template = getattr(chosen, "path_format", None)
    if template is not None:
        return str(template)
    if scope["path"].startswith(f"{STATIC_PATH}/"):
        return f"{STATIC_PATH}/{{path}}"
    return UNMATCHED


class Door:
    """The outermost layer. It is an ASGI application around another."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: HttpMetrics,
        is_open: Callable[[], bool],
        is_store_away: Callable[[], bool],
        body_limit: Callable[[str], int],
        is_secure: bool,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._is_open = is_open
        self._is_store_away = is_store_away
        self._body_limit = body_limit
        self._safe_headers = dict(SAFE_HEADERS)
        if is_secure:
            self._safe_headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        correlation = context.accepted(headers.get("x-request-id"), context.CORRELATION_ID) or secrets.token_hex(16)
        trace = context.accepted(headers.get("traceparent"), context.TRACEPARENT) or _new_trace()
        with context.within(trace, correlation):
            answer = _Answer(send, self._safe_headers, correlation, has_body=scope["method"] != "HEAD")
            # A route that answers GET answers HEAD alike, without the body (RFC 9110 §9.3.2).
            asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
            await self._serve(asked, receive, answer)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        started = perf_counter()
        self._metrics.in_progress.inc()
        try:
            await self._admit(scope, receive, answer)
        except ClientDisconnect:
            log.info("client_gone")
        except Exception as error:
            if answer.status:
                log.exception("answer_broke_off", error=type(error).__name__)
                raise
            response = problems.answer(Request(scope, receive), error)
            await response(scope, receive, answer)
        finally:
            self._metrics.in_progress.dec()
            self._note(scope, answer.status or ABORTED, perf_counter() - started)

    async def _admit(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        path = scope["path"]
        if not path.startswith((HEALTH, STATIC_PATH)):
            if not self._is_open():
                raise StoreAway("The service is starting or stopping.")
            if self._is_store_away() and not path.startswith(OPERATIONS):
                # Said at once: nothing of ours does without it, and who waited would hold a place until the deadline.
                raise StoreAway("MongoDB has no primary.")
        limited = _Limited(receive, self._body_limit(path))
        limited.check(Headers(scope=scope).get("content-length"))
        await self._app(scope, limited, answer)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_template(scope)
        self._metrics.answered(scope["method"], route, status, seconds)
        if status in REJECTIONS:
            self._metrics.rejected(REJECTIONS[status])
        is_routine = route.startswith((HEALTH, STATIC_PATH))
        write = log.debug if is_routine else log.info
        if not is_routine:
            fault("door.answered")
        write("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


class _Answer:
    """Sends the answer with the headers that every answer has, unless the route has set them itself."""

    def __init__(self, send: Send, headers: Mapping[str, str], correlation: str, *, has_body: bool) -> None:
        self._send = send
        self._has_body = has_body
        self._headers = headers
        self._correlation = correlation
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            headers["x-request-id"] = self._correlation
        elif message["type"] == "http.response.body" and not self._has_body:
            message = {**message, "body": b""}
        await self._send(message)


class _Limited:
    """Reads the body, and no further than it may be long: by what is announced, and by what really comes."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._read = 0

    def check(self, announced: str | None) -> None:
        if announced is not None and announced.isdecimal() and int(announced) > self._limit:
            raise self._too_large()

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            if self._read > self._limit:
                raise self._too_large()
        return message

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The request is larger than the {_in_words(self._limit)} that this address takes.",
            hint="Send less at a time.",
        )


def _new_trace() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


def _in_words(size: int) -> str:
    return f"{size // (1024 * 1024)} MiB" if size >= 1024 * 1024 else f"{size // 1024} KiB"
