"""A client as real ones are: it tries again, with the same request, until it is answered, and remembers each try."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import httpx

from tests.faults.history import Act, History, outcome_of, outcome_of_error

PAUSE_SECONDS = 0.2
TIMEOUT = httpx.Timeout(30, connect=5)

Send = Callable[[], Awaitable[httpx.Response]]


class GaveUp(AssertionError):
    """A client was not answered for longer than anybody would wait."""


class Client:
    """`patience`: seconds that it goes on trying."""

    def __init__(self, http: httpx.AsyncClient, history: History, patience: float) -> None:
        self.http = http
        self._history = history
        self._patience = patience

    async def ask(self, verb: str, about: str, send: Send, content: Any = None) -> tuple[httpx.Response, Act]:
        """The answer that was not "later", and the last of the tries. What each try came to is in the history."""
        began = monotonic()
        while True:
            act = self._history.begin(verb, about, content)
            answer = await self._try(send, act)
            self._history.slowest = max(self._history.slowest, monotonic() - began)
            if answer is not None and not _means_later(verb, answer):
                return answer, act
            if monotonic() - began > self._patience:
                said = "nothing" if answer is None else f"{answer.status_code}: {answer.text[:300]}"
                raise GaveUp(f"{verb} {about} was tried for {self._patience:.0f} s; the last answer was {said}")
            await asyncio.sleep(PAUSE_SECONDS)

    async def look(self, url: str, **request: Any) -> httpx.Response:
        """Read a page; that changes nothing, and the history does not mention it."""
        unnoted = Client(self.http, History(), self._patience)
        answer, _ = await unnoted.ask("look", "a page", lambda: self.http.get(url, **request))
        return answer

    @staticmethod
    async def _try(send: Send, act: Act) -> httpx.Response | None:
        try:
            answer = await send()
        except httpx.TransportError as error:
            act.end(outcome_of_error(error), type(error).__name__)
            return None
        act.end(outcome_of(answer), str(answer.status_code))
        return answer


def _means_later(verb: str, answer: httpx.Response) -> bool:
    """Whoever saves a form that the same person has sent in meanwhile, from another window, is too late for good."""
    if verb == "save" and answer.status_code == httpx.codes.CONFLICT:
        return False
    return answer.is_server_error or answer.status_code in (httpx.codes.CONFLICT, httpx.codes.TOO_MANY_REQUESTS)
