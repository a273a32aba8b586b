"""The operator's side of the services' doors."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from deploy.operator.settings import SERVICES, OperatorSettings
from shared.errors import Misconfigured, PrepBridgeError

CONNECT_SECONDS = 3.0
LOOK_SECONDS = 10.0
REPLAY_SECONDS = 600.0
"""A key may have thousands of events."""

Answer = TypeVar("Answer")


class NoAnswer(PrepBridgeError):
    """A service is down, starting, or does not let us in; the text says which."""


class NotThere(PrepBridgeError):
    """The service has nothing of that name."""


class Refusal(PrepBridgeError):
    """The service will not do it; the text is its own."""


@dataclass(frozen=True)
class ServiceDoor:
    """One service, as its operator reaches it."""

    service: str
    url: str
    key: str = field(repr=False)

    def ask(self, path: str) -> Any:
        """What it answers; NoAnswer, NotThere, Refusal."""
        return self._send("GET", path, None, LOOK_SECONDS)

    def tell(self, path: str, body: dict[str, Any]) -> Any:
        """As `ask`, for what may change something."""
        return self._send("POST", path, body, REPLAY_SECONDS)

    def _send(self, method: str, path: str, body: dict[str, Any] | None, seconds: float) -> Any:
        try:
            answer = httpx.request(
                method,
                f"{self.url}/v1/operations{path}",
                json=body,
                headers={"Authorization": f"Bearer {self.key}"},
                timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
            )
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise NoAnswer(f"{self.service} does not answer at {self.url} ({_in_words(error)}).") from None
        if answer.is_success:
            return answer.json()
        words = _problem(answer)
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise NoAnswer(f"{self.service} does not let us in: {words}")
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise NoAnswer(f"{self.service} is not ready: {words}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise NotThere(f"{self.service}: {words}")
        raise Refusal(f"{self.service}: {words}")


def doors(folder: Path, service: str | None = None) -> list[ServiceDoor]:
    """Of all services, or of the one that is named."""
    if service is not None and service not in SERVICES:
        raise Misconfigured(f"There is no service {service!r}: say one of {', '.join(SERVICES)}.")
    settings = OperatorSettings()
    key = settings.key(folder)
    return [ServiceDoor(name, settings.url(name), key) for name in SERVICES if service in (None, name)]


def of_each(asked: Sequence[ServiceDoor], ask: Callable[[ServiceDoor], Answer]) -> list[Answer | PrepBridgeError]:
    """What each answers, asked at the same time; an error stands in the place of its answer."""

    def one(door: ServiceDoor) -> Answer | PrepBridgeError:
        try:
            return ask(door)
        except (NoAnswer, NotThere, Refusal) as error:
            return error

    with ThreadPoolExecutor(len(asked)) as at_once:
        return list(at_once.map(one, asked))


def _problem(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        return " ".join(part for part in (problem["detail"], problem.get("hint", "")) if part)
    except (ValueError, KeyError, TypeError):
        return f"it answered with status {answer.status_code}. Is it PrepBridge?"


def _in_words(error: Exception) -> str:
    return "it took too long" if isinstance(error, httpx.TimeoutException) else str(error) or type(error).__name__
