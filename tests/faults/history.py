"""What clients asked for and what they were told: the history against which stores, topics and mails are held.

Each request ends in one of three ways. `ok`: it was taken. `fail`: it was not, for certain. `unknown`: nobody can say,
for the connection broke, the answer was an error of the server's, or the client gave up waiting.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from typing import Any

import httpx


class Outcome(StrEnum):
    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass
class Act:
    """One request. `about`: a survey, a feed, a file; `content`: what was sent; `answer`: what the client was told."""

    number: int
    verb: str
    about: str
    content: Any = None
    outcome: Outcome = Outcome.UNKNOWN
    answer: str = ""
    began: float = field(default_factory=monotonic)
    ended: float | None = None

    def end(self, outcome: Outcome, answer: str = "") -> None:
        self.outcome, self.answer, self.ended = outcome, answer, monotonic()


@dataclass(frozen=True)
class Hired:
    """What an upload shows: a completer of a program is new in a district."""

    completer_id: str
    program_id: str
    district_id: str


@dataclass
class History:
    """`shown`: hires that were on their way to us; `hired`: those of them whose upload and import were taken."""

    acts: list[Act] = field(default_factory=list)
    shown: set[Hired] = field(default_factory=set)
    hired: set[Hired] = field(default_factory=set)
    poisoned: set[tuple[str, bytes]] = field(default_factory=set)
    """(topic, key) of the records that nobody can read."""
    slowest: float = 0.0
    """Seconds: the longest that a client had to try until it was answered."""

    def begin(self, verb: str, about: str, content: Any = None) -> Act:
        act = Act(len(self.acts), verb, about, content)
        self.acts.append(act)
        return act

    def of(self, verb: str, *outcomes: Outcome) -> Iterator[Act]:
        """The acts of this kind, in their order; those with these outcomes, if any are named."""
        return (act for act in self.acts if act.verb == verb and (not outcomes or act.outcome in outcomes))

    def counts(self) -> str:
        """For people who watch: how many requests ended how."""
        number = {outcome: sum(act.outcome is outcome for act in self.acts) for outcome in Outcome}
        return ", ".join(f"{count} {outcome}" for outcome, count in number.items())


def outcome_of(answer: httpx.Response) -> Outcome:
    """A server's own error says nothing about whether it had done its work before."""
    if answer.is_server_error:
        return Outcome.UNKNOWN
    return Outcome.FAIL if answer.is_client_error else Outcome.OK


def outcome_of_error(error: httpx.TransportError) -> Outcome:
    """Where nobody listened, nothing was done."""
    return Outcome.FAIL if isinstance(error, httpx.ConnectError) else Outcome.UNKNOWN
