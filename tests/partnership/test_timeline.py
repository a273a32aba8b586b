"""What snapshots say of a person, in whatever order they arrive."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.partnership.domain.episodes import Chronicle, Course, ExitRules, course_of
from services.partnership.domain.timeline import Facts, Snapped, Timeline, as_of, told, untold

FIRST = date(2026, 8, 20)
RULES = ExitRules(snapshots=2, days=3, summer_days=9)
TEACHER, AIDE = Facts(role="teacher", school_id="00350105"), Facts(role="aide", school_id="00350105")
SAYINGS = st.sampled_from(
    [
        None,
        None,
        TEACHER,
        AIDE,
        Facts(role="teacher", school_id="00350111"),
        Facts(role="teacher", school_id="00350105", hire_date=FIRST),
        Facts(role="teacher", school_id="00350105", ended_on=FIRST + timedelta(days=4)),
        Facts(role="teacher", school_id="00350105", is_deleted=True),
    ]
)
SERIES = st.lists(SAYINGS, min_size=1, max_size=14)


def snapped(number: int) -> Snapped:
    return Snapped(sequence=number * 10, day=FIRST + timedelta(days=2 * number))


class Feed:
    """One person in a feed whose snapshots arrive in any order."""

    def __init__(self) -> None:
        self.timeline: Timeline = ()
        self.chronicle = Chronicle((), FIRST, RULES)

    def hears(self, number: int, facts: Facts | None) -> None:
        self.chronicle = self.chronicle.with_snapshot(snapped(number))
        self.timeline = told(self.timeline, snapped(number), facts, self.chronicle.snapshots)

    def takes_back(self, number: int) -> None:
        left = tuple(each for each in self.chronicle.snapshots if each.sequence != snapped(number).sequence)
        self.chronicle = Chronicle(left, FIRST, RULES)
        self.timeline = untold(self.timeline, snapped(number).sequence, left)

    def course(self) -> Course:
        return course_of(self.timeline, self.chronicle)


def in_order(series: list[Facts | None], *, but: frozenset[int] = frozenset()) -> Feed:
    feed = Feed()
    for number, facts in enumerate(series):
        if number not in but:
            feed.hears(number, facts)
    return feed


@given(SERIES, st.randoms(use_true_random=False))
def test_any_order_of_arrival_comes_to_the_same_and_so_does_hearing_twice(series: list[Facts | None], chance) -> None:  # type: ignore[no-untyped-def]
    numbers = [*range(len(series)), *chance.sample(range(len(series)), chance.randrange(len(series) + 1))]
    chance.shuffle(numbers)
    feed = Feed()
    for number in numbers:
        feed.hears(number, series[number])
    expected = in_order(series)
    assert feed.timeline == expected.timeline
    assert feed.course() == expected.course()


@given(SERIES, st.data())
def test_what_is_taken_back_leaves_no_trace(series: list[Facts | None], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(series) - 1))
    feed = in_order(series)
    feed.takes_back(number)
    without = in_order(series, but=frozenset({number}))
    assert feed.timeline == without.timeline
    assert feed.course() == without.course()


@given(SERIES)
def test_each_snapshot_can_be_read_from_the_timeline_and_no_turn_repeats_another(series: list[Facts | None]) -> None:
    feed = in_order(series)
    assert [as_of(feed.timeline, snapped(number).sequence) for number in range(len(series))] == series
    assert all(one.facts != other.facts for one, other in zip(feed.timeline, feed.timeline[1:], strict=False))


@given(SERIES)
def test_employments_follow_one_another_and_only_the_last_may_go_on(series: list[Facts | None]) -> None:
    course = in_order(series).course()
    assert [each.number for each in course.episodes] == list(range(1, len(course.episodes) + 1))
    assert all(each.ended_on is not None for each in course.episodes[:-1])
    assert (course.status == "exited") == (not course.episodes or course.episodes[-1].ended_on is not None)
    begun = [each.first_seen_on for each in course.episodes]
    assert begun == sorted(begun)


def test_a_late_baseline_shows_who_had_been_there_before_the_feed_began() -> None:
    feed = Feed()
    feed.hears(5, TEACHER)
    assert feed.course().episodes[0].appointment is None
    feed.hears(3, None)
    appointment = feed.course().episodes[0].appointment
    assert appointment is not None
    assert appointment.hire_date == snapped(5).day
    feed.hears(1, TEACHER)
    assert [each.appointment for each in feed.course().episodes] == [None]


def test_a_late_snapshot_that_shows_somebody_makes_an_exit_an_absence() -> None:
    feed = Feed()
    for number, facts in ((0, None), (1, TEACHER), (2, None), (7, None), (8, TEACHER)):
        feed.hears(number, facts)
    assert len(feed.course().episodes) == 2
    feed.hears(4, TEACHER)
    assert len(feed.course().episodes) == 1
