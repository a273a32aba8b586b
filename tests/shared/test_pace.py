"""So many per second, and no more."""

from datetime import UTC, datetime, timedelta

from shared.pace import Pace

NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)


def test_so_many_a_second_and_no_more() -> None:
    pace = Pace(2, NOW)
    assert [pace.take(NOW) for _ in range(3)] == [True, True, False]
    later = NOW + timedelta(seconds=0.5)
    assert [pace.take(later), pace.take(later)] == [True, False]


def test_a_rate_below_one_still_lets_one_pass() -> None:
    pace = Pace(0.1, NOW)
    assert pace.take(NOW)
    assert not pace.take(NOW + timedelta(seconds=9))
    assert pace.take(NOW + timedelta(seconds=10))


def test_a_long_rest_saves_up_no_more_than_the_burst() -> None:
    pace, later = Pace(2, NOW, burst=5), NOW + timedelta(days=1)
    assert [pace.take(later) for _ in range(6)] == [True] * 5 + [False]


def test_it_says_how_long_to_wait() -> None:
    pace = Pace(2, NOW, burst=1)
    assert pace.wait(NOW) == 0
    assert pace.take(NOW)
    assert pace.wait(NOW) == 0.5


def test_a_clock_that_is_set_back_two_hours_stops_nothing_for_two_hours() -> None:
    pace = Pace(2, NOW)
    assert [pace.take(NOW) for _ in range(3)] == [True, True, False]
    back = NOW - timedelta(hours=2)
    assert not pace.take(back)
    assert pace.take(back + timedelta(seconds=1))
