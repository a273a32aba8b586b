"""A stop that was asked for is obeyed once, at the right moment, and never lost."""

import os
import signal
from contextlib import suppress

import pytest

from deploy.local.signals import interruptible, obey, stopping, uninterrupted


def tell_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGHUP)


def test_a_stop_interrupts_at_once() -> None:
    with interruptible(), pytest.raises(KeyboardInterrupt):
        tell_to_stop()


def test_a_stop_waits_for_the_end_of_what_must_be_finished() -> None:
    done = []

    def finish() -> None:
        with uninterrupted():
            tell_to_stop()
            done.append("the section")

    with interruptible(), pytest.raises(KeyboardInterrupt):
        finish()
    assert done == ["the section"]


def test_a_stop_whose_exception_went_nowhere_is_obeyed_at_the_next_look() -> None:
    with interruptible():
        with suppress(KeyboardInterrupt):  # as Python does with what a destructor raises
            tell_to_stop()
        with pytest.raises(KeyboardInterrupt):
            obey()


def test_while_it_stops_nothing_interrupts_and_afterwards_nothing_is_left_to_obey() -> None:
    with interruptible():
        with stopping():
            tell_to_stop()
            obey()
        obey()
