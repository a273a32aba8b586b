"""When a feed is pulled: local times, pauses, and clocks that are put forward and back."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.partnership.domain.calendar import WEEKDAYS, Calendar, Pause

BOSTON = ZoneInfo("America/New_York")
ZONES = ("America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "Asia/Kathmandu", "Pacific/Apia", "UTC")


def at(text: str, zone: ZoneInfo = BOSTON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def test_the_next_run_is_the_next_of_its_days_and_times() -> None:
    calendar = Calendar(days=frozenset({"mon", "wed"}), times=(time(16), time(4)))
    assert calendar.next_run(at("2026-09-07 03:59"), BOSTON) == at("2026-09-07 04:00")
    assert calendar.next_run(at("2026-09-07 04:00"), BOSTON) == at("2026-09-07 16:00")
    assert calendar.next_run(at("2026-09-07 16:00"), BOSTON) == at("2026-09-09 04:00")


def test_a_pause_ends_after_its_last_day() -> None:
    summer = Pause(first=date(2027, 6, 20), last=date(2027, 8, 15))
    calendar = Calendar(days=frozenset(WEEKDAYS), pauses=(summer,))
    assert calendar.next_run(at("2027-06-19 05:00"), BOSTON) == at("2027-08-16 04:00")


def test_an_hour_that_is_skipped_is_pulled_an_hour_later_and_one_that_comes_twice_once() -> None:
    calendar = Calendar(days=frozenset(WEEKDAYS), times=(time(2, 30),))
    assert calendar.next_run(at("2027-03-14 00:00"), BOSTON) == at("2027-03-14 03:30")
    calendar = Calendar(days=frozenset(WEEKDAYS), times=(time(1, 30),))
    first = calendar.next_run(at("2026-11-01 00:00"), BOSTON)
    assert first == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert calendar.next_run(first, BOSTON) == at("2026-11-02 01:30")


def test_a_calendar_without_days_or_times_wants_nothing() -> None:
    assert Calendar(days=frozenset()).next_run(at("2026-09-07 03:59"), BOSTON) is None
    assert Calendar(times=()).next_run(at("2026-09-07 03:59"), BOSTON) is None


def test_what_was_missed_is_made_up_for_once() -> None:
    calendar = Calendar(days=frozenset(WEEKDAYS), times=(time(4), time(16)))
    after, now = at("2026-09-07 05:00"), at("2026-09-09 12:00")
    assert calendar.latest_due(after, now, BOSTON) == at("2026-09-09 04:00")
    assert calendar.latest_due(at("2026-09-09 04:00"), now, BOSTON) is None


@pytest.mark.parametrize("wrong", [{"times": ("04:00Z",)}, {"days": ("noday",)}, {"times": ("25:00",)}])
def test_a_calendar_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Calendar.model_validate(wrong)
    with pytest.raises(ValidationError):
        Pause(first=date(2027, 2, 1), last=date(2027, 1, 1))


moments = st.integers(0, 8 * 365 * 1440).map(lambda minutes: at("2024-01-01 00:00") + timedelta(minutes=minutes))
calendars = st.builds(
    Calendar,
    days=st.frozensets(st.sampled_from(WEEKDAYS), min_size=1),
    times=st.lists(st.times().map(lambda each: each.replace(second=0, microsecond=0)), min_size=1, max_size=4),
)


@given(calendars, moments, st.sampled_from(ZONES))
def test_runs_go_forward_and_none_lies_between(calendar: Calendar, after: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    run = calendar.next_run(after, zone)
    assert run is not None
    assert after < run <= after + timedelta(days=8)
    assert calendar.next_run(run - timedelta(microseconds=1), zone) == run
    assert calendar.latest_due(after, run, zone) == run
    assert calendar.latest_due(after, run - timedelta(microseconds=1), zone) is None


@given(calendars, moments, st.sampled_from(ZONES))
def test_a_run_is_at_one_of_the_times_unless_the_clock_skips_it(calendar: Calendar, after: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    run = calendar.next_run(after, zone)
    assert run is not None
    local = run.astimezone(zone)
    meant = {
        datetime.combine(local.date() - timedelta(days=back), each, zone) for each in calendar.times for back in (0, 1)
    }
    assert run in {each.astimezone(UTC) for each in meant}
    assert {WEEKDAYS[each.weekday()] for each in meant if each.astimezone(UTC) == run} & calendar.days
