"""Waits grow, have a limit, and differ between those who wait for the same thing."""

from shared.backoff import Backoff


def test_each_wait_is_twice_the_one_before_up_to_the_limit() -> None:
    backoff = Backoff(0.5, 5.0, lambda: 1.0)
    assert [backoff.next() for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_chance_takes_up_to_half_of_a_wait_away() -> None:
    assert Backoff(1.0, 5.0, lambda: 0.0).next() == 0.5
    assert len({Backoff(1.0, 5.0).next() for _ in range(20)}) > 1


def test_after_a_success_waits_begin_anew() -> None:
    backoff = Backoff(0.5, 5.0, lambda: 1.0)
    backoff.next()
    backoff.next()
    backoff.reset()
    assert backoff.next() == 0.5


def test_a_very_long_row_of_failures_still_has_a_wait() -> None:
    backoff = Backoff(0.5, 5.0, lambda: 1.0)
    assert [backoff.next() for _ in range(2000)][-1] == 5.0
