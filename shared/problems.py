"""What a refused or failed request is answered with: RFC 9457 for machines, a plain page for people.

This is the door's one table from what happened to a status. Nothing else in PrepBridge knows status codes of errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any
from urllib.parse import quote

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared import context, errors

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5

log = structlog.get_logger()


@dataclass(frozen=True)
class Kind:
    """A kind of problem. `detail` is what is said when the error itself has no message that may be shown."""

    name: str
    status: int
    title: str
    detail: str = ""
    hint: str = ""


UNKNOWN = Kind(
    "failed", 500, "Something went wrong on our side", "The request could not be completed. We keep a record."
)

KINDS: dict[type[Exception], Kind] = {
    errors.InvalidInput: Kind("invalid-input", 422, "Something in the request is not right"),
    errors.TooLarge: Kind("too-large", 413, "That is too large"),
    errors.NotSignedIn: Kind("not-signed-in", 401, "Please sign in"),
    errors.Forbidden: Kind("forbidden", 403, "You may not do this"),
    errors.NotFound: Kind("not-found", 404, "Not found"),
    errors.Conflict: Kind("conflict", 409, "This cannot be done now"),
    errors.TooOften: Kind("too-often", 429, "Too many requests"),
    errors.NoLonger: Kind("no-longer", 410, "No longer there"),
    errors.StaleRevision: Kind(
        "stale",
        409,
        "Somebody else was faster",
        "What you were changing has been changed since you opened it.",
        "Open it again, and make your change to what is there now.",
    ),
    errors.AlreadyThere: Kind(
        "already-there", 409, "Already there", "Something with the same identity is there already."
    ),
    errors.Outage: Kind(
        "away",
        503,
        "We cannot do this at the moment",
        "A part of the system that this needs does not answer. Nothing was lost.",
        "Please try again in a few moments.",
    ),
    RequestValidationError: Kind(
        "invalid-input", 422, "Something in the request is not right", "Some values are missing or not acceptable."
    ),
}

BY_STATUS: dict[int, Kind] = {
    400: Kind("unreadable", 400, "We could not read the request", "The request is not well formed."),
    404: Kind(
        "not-found", 404, "Not found", "There is nothing at this address.", "Check the address for typing errors."
    ),
    405: Kind("wrong-method", 405, "Not this way", "This address does not take that kind of request."),
    413: Kind("too-large", 413, "That is too large", "The request is larger than we take."),
}


def install(app: FastAPI) -> None:
    """Answer every error that a route raises from the table."""
    for error in (errors.PrepBridgeError, RequestValidationError, HTTPException):
        app.add_exception_handler(error, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    return answer(request, error)


def answer(request: Request, error: Exception) -> Response:
    """The response to a request that ended in `error`."""
    error = _what_happened(error)
    kind = kind_of(error)
    if kind.status >= 500 and not isinstance(error, errors.Outage):
        log.error("request_failed", error=type(error).__name__, exc_info=error)
    else:
        log.info("request_refused", problem=kind.name, error=type(error).__name__)
    if not _is_from_a_person(request):
        return _for_machines(kind, error)
    if kind.status == 401 and request.method in ("GET", "HEAD") and request.app.state.sign_in_path:
        asked_for = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{request.app.state.sign_in_path}?next={quote(asked_for, safe='')}", status_code=303)
    return _for_people(request, kind, error)


def kind_of(error: Exception) -> Kind:
    """The kind of problem that an error is."""
    for ancestor in type(error).__mro__:
        if ancestor in KINDS:
            return KINDS[ancestor]
    if isinstance(error, HTTPException):
        return BY_STATUS.get(error.status_code) or Kind("refused", error.status_code, "The request was refused")
    return UNKNOWN


def _what_happened(error: Exception) -> Exception:
    # FastAPI reports whatever stopped it from reading the body as a 400; what stopped it may be ours.
    if isinstance(error, HTTPException) and isinstance(error.__cause__, errors.PrepBridgeError):
        return error.__cause__
    return error


def _is_from_a_person(request: Request) -> bool:
    return not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("accept", "")


def _headers(kind: Kind, error: Exception) -> dict[str, str]:
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if isinstance(error, errors.TooOften):
        headers["Retry-After"] = str(max(1, ceil(error.retry_after)))
    if kind.status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="prepbridge"'
    return headers


def _words(kind: Kind, error: Exception) -> tuple[str, str, str]:
    """(detail, hint, where)."""
    if isinstance(error, errors.Refused):
        return error.message, error.hint or kind.hint, error.where
    return kind.detail, kind.hint, ""


def in_words(error: Exception) -> dict[str, Any]:
    """The members of the problem (RFC 9457) that an error is: also for one of many results in an answer."""
    kind = kind_of(error)
    detail, hint, where = _words(kind, error)
    members: dict[str, Any] = {
        "type": f"urn:prepbridge:problem:{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "hint": hint,
        "where": where,
        "errors": _faults(error),
        "correlation_id": context.origin().correlation_id,
    }
    return {name: member for name, member in members.items() if member}


def _for_machines(kind: Kind, error: Exception) -> Response:
    content = orjson.dumps(in_words(error))
    return Response(content, kind.status, headers=_headers(kind, error), media_type=MEDIA_TYPE)


def _for_people(request: Request, kind: Kind, error: Exception) -> Response:
    detail, hint, where = _words(kind, error)
    if isinstance(error, RequestValidationError):
        hint = "; ".join(f"{fault['field']}: {fault['expected']}" for fault in _faults(error))
    correlation_id = context.origin().correlation_id
    page: Response = request.app.state.pages.render(
        request,
        "error.html",
        status=kind.status,
        title=kind.title,
        message=f"{detail} ({where})" if where else detail,
        hint=hint,
        correlation_id=correlation_id,
    )
    page.headers.update(_headers(kind, error))
    return page


def _faults(error: Exception) -> Sequence[dict[str, str]]:
    """Each field that is not right, with what was expected; never the value."""
    if not isinstance(error, RequestValidationError):
        return []
    return [
        {"field": ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0]), "expected": fault["msg"]}
        for fault in error.errors()
    ]
