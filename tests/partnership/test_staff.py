"""A member of staff from snapshot to snapshot."""

from datetime import date, timedelta

from services.partnership.domain.match_keys import Known
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.snapshot import Comparison, HoldRules, hold_reasons
from services.partnership.domain.staff import ExitRules, Snapped, Staff, first_seen

DAY = date(2026, 9, 3)
RULES = ExitRules()


def seen(role: str = "teacher", **changes: object) -> Sighting:
    fields: dict[str, object] = {
        "source_keys": ("u-1",),
        "known": Known(given="Mei", family="Lee"),
        "role": role,
        "school_id": "00350105",
        **changes,
    }
    return Sighting.model_validate(fields)


def snapped(number: int, *, is_baseline: bool = False, day: date | None = None) -> Snapped:
    return Snapped(sequence=number, day=day or DAY + timedelta(days=14 * number), is_baseline=is_baseline)


def newcomer(sighting: Sighting | None = None, *, is_baseline: bool = False) -> Staff:
    return first_seen(
        "s-1", "f", "00350000", sighting or seen(), snapped(0, is_baseline=is_baseline), live_since=date(2026, 8, 20)
    )


def test_who_is_there_from_the_beginning_was_not_appointed_unless_the_source_dates_it() -> None:
    assert newcomer(is_baseline=True).appointment is None
    assert newcomer(seen(hire_date=date(2026, 8, 1)), is_baseline=True).appointment is not None
    assert newcomer(seen(hire_date=date(2020, 8, 1)), is_baseline=True).appointment is None


def test_the_date_of_a_hire_comes_from_the_best_source_and_improves() -> None:
    first = newcomer()
    assert first.appointment is not None
    assert (first.appointment.hire_date, first.appointment.basis) == (DAY, "first_seen")
    begun = first.seen(seen(starts_on=date(2026, 8, 24)), snapped(1))
    assert begun.appointment is not None
    assert (begun.appointment.hire_date, begun.appointment.basis) == (date(2026, 8, 24), "role_begin")
    again = begun.seen(seen(starts_on=date(2027, 8, 24)), snapped(2))
    assert again.appointment == begun.appointment
    told = again.seen(seen(hire_date=date(2026, 8, 20)), snapped(3))
    assert told.appointment is not None
    assert (told.appointment.hire_date, told.appointment.basis) == (date(2026, 8, 20), "explicit")


def test_an_absence_counts_after_three_snapshots_and_two_weeks() -> None:
    person = newcomer()
    for day in (1, 2, 3):
        person = person.missed(snapped(day, day=date(2026, 10, day)), RULES)
    assert person.status == "absent"
    left = person.missed(snapped(4, day=date(2026, 10, 15)), RULES)
    assert (left.status, left.ended_on) == ("exited", date(2026, 10, 1))


def test_in_summer_an_absence_counts_only_after_the_holidays() -> None:
    person = newcomer()
    for number, day in enumerate((date(2027, 7, 1), date(2027, 7, 20), date(2027, 8, 20)), 1):
        person = person.missed(snapped(number, day=day), RULES)
    assert person.status == "absent"
    assert person.missed(snapped(4, day=date(2027, 9, 14)), RULES).status == "exited"


def test_who_comes_back_begins_a_new_episode() -> None:
    left = newcomer().seen(seen(ended_on=date(2026, 9, 10)), snapped(1))
    assert (left.status, left.ended_on) == ("exited", date(2026, 9, 10))
    back = left.seen(seen(), snapped(2))
    assert (back.status, back.episode, back.hire_id) == ("present", 2, None)
    assert back.appointment is not None
    assert back.appointment.is_rehire


def test_an_aide_who_becomes_a_teacher_is_appointed_then() -> None:
    aide = newcomer(seen("aide"))
    assert aide.appointment is None
    assert aide.seen(seen("teacher"), snapped(1)).appointment is not None


def test_a_run_is_held_for_what_only_a_mistake_or_a_great_event_explains() -> None:
    rules, spring, autumn = HoldRules(), date(2027, 4, 1), date(2026, 9, 3)
    assert hold_reasons(Comparison(before=100, now=80, gone=20), spring, rules) == ()
    assert hold_reasons(Comparison(before=100, now=75, gone=25), spring, rules) == ("25 of 100 people are gone.",)
    growth = Comparison(before=100, now=150, new=50)
    assert hold_reasons(growth, spring, rules) == ("50 people are new, against 100 before.",)
    assert hold_reasons(growth, autumn, rules) == ()
    assert hold_reasons(Comparison(before=9, now=30, new=9), spring, rules) == ()
    emptied = Comparison(before=100, now=97, gone=3, emptied_schools=("00350105",))
    assert hold_reasons(emptied, spring, rules) == ("No staff is left at: 00350105.",)
    renewed = Comparison(before=100, now=100, unknown_keys=90, rekeyed=85)
    assert hold_reasons(renewed, spring, rules) == ("85 people have new keys: was the system changed?",)
