"""Being told to stop: Ctrl-C, SIGTERM or a closed terminal interrupt the work once, never half-way through a start."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Wish:
    """The one wish of this process: whether a stop was asked for and not yet obeyed."""

    held = 0
    asked = False


@contextmanager
def interruptible() -> Iterator[None]:
    """Within it a signal raises KeyboardInterrupt; `obey` raises it again if it was lost on its way."""
    _Wish.asked = False
    before = {number: signal.signal(number, _ask) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A section that is finished before a stop is obeyed, so that nothing is started that nobody knows of."""
    _Wish.held += 1
    try:
        yield
    finally:
        _Wish.held -= 1
    obey()


def obey() -> None:
    """KeyboardInterrupt if a stop was asked for; for whatever waits, because what a destructor raises goes nowhere."""
    if _Wish.asked and not _Wish.held:
        raise KeyboardInterrupt


@contextmanager
def stopping() -> Iterator[None]:
    """The stopping itself: to be told again changes nothing."""
    _Wish.held += 1
    try:
        yield
    finally:
        _Wish.held -= 1
        _Wish.asked = False


def _ask(_number: int, _frame: FrameType | None) -> None:
    _Wish.asked = True
    obey()
