"""A member of staff from snapshot to snapshot."""

from datetime import date, timedelta

from services.partnership.domain.episodes import Chronicle, ExitRules
from services.partnership.domain.match_keys import Known
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.snapshot import Comparison, HoldRules, hold_reasons
from services.partnership.domain.staff import Staff, first_seen
from services.partnership.domain.timeline import Snapped

DAY = date(2026, 9, 3)


def seen(role: str = "teacher", **changes: object) -> Sighting:
    fields: dict[str, object] = {
        "source_keys": ("u-1",),
        "known": Known(given="Mei", family="Lee"),
        "role": role,
        "school_id": "00350105",
        **changes,
    }
    return Sighting.model_validate(fields)


class Watched:
    """One person under the eyes of one feed, snapshot after snapshot."""

    def __init__(self, first: Sighting | None = None, *, is_baseline: bool = False) -> None:
        self.chronicle = Chronicle((), date(2026, 8, 20), ExitRules())
        if not is_baseline:
            self._snapped(-1, DAY - timedelta(days=14))
        self.person = first_seen("s-1", "f", "00350000", first or seen(), self._snapped(0, DAY), self.chronicle)

    def then(self, number: int, sighting: Sighting | None, day: date | None = None) -> Staff:
        snapped = self._snapped(number, day or DAY + timedelta(days=14 * number))
        self.person = self.person.after(sighting, snapped, self.chronicle)
        return self.person

    def _snapped(self, number: int, day: date) -> Snapped:
        snapped = Snapped(sequence=number, day=day)
        self.chronicle = self.chronicle.with_snapshot(snapped)
        return snapped


def test_who_is_there_from_the_beginning_was_not_appointed_unless_the_source_dates_it() -> None:
    assert Watched(is_baseline=True).person.appointment is None
    assert Watched(seen(hire_date=date(2026, 8, 1)), is_baseline=True).person.appointment is not None
    assert Watched(seen(hire_date=date(2020, 8, 1)), is_baseline=True).person.appointment is None


def test_the_date_of_a_hire_comes_from_the_best_source_and_improves() -> None:
    watched = Watched()
    first = watched.person.appointment
    assert first is not None
    assert (first.hire_date, first.basis) == (DAY, "first_seen")
    begun = watched.then(1, seen(starts_on=date(2026, 8, 24))).appointment
    assert begun is not None
    assert (begun.hire_date, begun.basis) == (date(2026, 8, 24), "role_begin")
    assert watched.then(2, seen(starts_on=date(2027, 8, 24))).appointment == begun
    told = watched.then(3, seen(hire_date=date(2026, 8, 20))).appointment
    assert told is not None
    assert (told.hire_date, told.basis) == (date(2026, 8, 20), "explicit")


def test_an_absence_counts_after_three_snapshots_and_two_weeks() -> None:
    watched = Watched()
    for day in (1, 2, 3):
        person = watched.then(day, None, date(2026, 10, day))
    assert person.status == "absent"
    left = watched.then(4, None, date(2026, 10, 15))
    assert (left.status, left.now.ended_on) == ("exited", date(2026, 10, 1))


def test_in_summer_an_absence_counts_only_after_the_holidays() -> None:
    watched = Watched()
    for number, day in enumerate((date(2027, 7, 1), date(2027, 7, 20), date(2027, 8, 20)), 1):
        person = watched.then(number, None, day)
    assert person.status == "absent"
    assert watched.then(4, None, date(2027, 9, 14)).status == "exited"


def test_who_comes_back_begins_a_new_episode() -> None:
    watched = Watched()
    left = watched.then(1, seen(ended_on=date(2026, 9, 10)))
    assert (left.status, left.now.ended_on) == ("exited", date(2026, 9, 10))
    back = watched.then(2, seen())
    assert (back.status, back.now.number, back.hire_id) == ("present", 2, None)
    assert back.appointment is not None
    assert back.appointment.is_rehire


def test_whom_the_source_deletes_is_gone_since_it_said_so_first() -> None:
    watched = Watched()
    gone = watched.then(1, seen(is_deleted=True))
    assert (gone.status, gone.now.ended_on) == ("exited", DAY + timedelta(days=14))
    assert watched.then(2, seen(is_deleted=True)) is gone


def test_an_aide_who_becomes_a_teacher_is_appointed_then() -> None:
    watched = Watched(seen("aide"))
    assert watched.person.appointment is None
    assert watched.then(1, seen("teacher")).appointment is not None


def test_a_person_keeps_what_only_an_older_record_knew_unless_it_is_somebody_else() -> None:
    watched = Watched(seen(known=Known(given="Mei", family="Lee", identifiers=(("state_id", "12345678"),))))
    married = watched.then(1, seen(known=Known(given="Mei", family="Ames"), digest="1"))
    assert married.known.numbers("state_id") == {"12345678"}
    assert married.known.former_families == ("Lee",)
    another = watched.then(2, seen(known=Known(given="Bob", family="Stone"), digest="2"))
    assert another.known == Known(given="Bob", family="Stone")


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
