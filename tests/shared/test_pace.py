"""No domain is given more mails per second than told."""

from datetime import UTC, datetime, timedelta

from shared.pace import Pace

NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)


def test_so_many_mails_a_second_and_no_more() -> None:
    pace = Pace.fresh(2, NOW)
    for _ in range(2):
        taken = pace.take(NOW)
        assert taken is not None
        pace = taken
    assert pace.take(NOW) is None
    later = pace.take(NOW + timedelta(seconds=0.5))
    assert later is not None
    assert later.take(NOW + timedelta(seconds=0.5)) is None


def test_a_rate_below_one_still_lets_one_pass() -> None:
    pace = Pace.fresh(0.1, NOW).take(NOW)
    assert pace is not None
    assert pace.take(NOW + timedelta(seconds=9)) is None
    assert pace.take(NOW + timedelta(seconds=10)) is not None


def test_a_long_rest_saves_up_no_burst() -> None:
    pace = Pace.fresh(2, NOW).take(NOW + timedelta(days=1))
    assert pace is not None
    assert pace.left == 1
