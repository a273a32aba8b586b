"""Work in rounds goes on through an outage, and a change made in between is not overwritten."""

import asyncio
from collections.abc import Iterator

import pytest

from shared.errors import StaleRevision, StoreAway
from shared.rounds import ATTEMPTS, in_rounds, on_a_fresh_reading
from tests.shared.reading import until


class Enough(Exception):
    """Ends the loop under test."""


async def test_an_outage_ends_the_round_and_not_the_work() -> None:
    beats: list[None] = []
    outcomes: Iterator[int | Exception] = iter([StoreAway("away"), 1, 0, Enough()])

    async def once() -> int:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with pytest.raises(Enough):
        await in_rounds(lambda: beats.append(None), once, seconds=0.0)
    assert len(beats) == 4


async def test_while_there_is_work_no_round_waits() -> None:
    left = [0, *[1] * 100]
    rounds = asyncio.create_task(in_rounds(lambda: None, lambda: asyncio.sleep(0, left.pop()), seconds=3600))
    await until(lambda: not left)
    rounds.cancel()


async def test_a_change_made_in_between_is_read_before_the_next_attempt() -> None:
    stored, attempts = [1], 0

    async def attempt() -> int:
        nonlocal attempts
        read = stored[-1]
        attempts += 1
        if attempts == 1:
            stored.append(2)
        if read != stored[-1]:
            raise StaleRevision("changed")
        return read

    assert await on_a_fresh_reading(attempt) == 2


async def test_who_never_gets_through_is_told() -> None:
    attempts = 0

    async def attempt() -> None:
        nonlocal attempts
        attempts += 1
        raise StaleRevision("changed")

    with pytest.raises(StaleRevision):
        await on_a_fresh_reading(attempt)
    assert attempts == ATTEMPTS
