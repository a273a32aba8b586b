"""What a source states about a person comes to the same in whatever order, and however often, it is heard."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.partnership.domain.connection import NewConnection, connect
from services.partnership.domain.retention import forgotten, hidden_by
from services.partnership.domain.staff import Staff
from services.partnership.domain.stated_hire import StatedHire, after_statement

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
CONNECTION = connect(NewConnection(connection_id="hires-1", district_id="1", source="hires-api"), NOW)
BEGAN = [date(2024, 9, 1), date(2025, 9, 1), date(2026, 9, 1)]


@st.composite
def histories(draw: st.DrawFn) -> list[StatedHire]:
    """Employments one after the other, each said a few times with changes, and perhaps ended before the next one."""
    said: list[StatedHire] = []
    for year, began in enumerate(BEGAN[: draw(st.integers(1, len(BEGAN)))]):
        for month in range(draw(st.integers(1, 3))):
            place = draw(st.sampled_from(["a", "b"]))
            said.append(_stated(began, 300 * year + 30 * month, school_id=place))
        if draw(st.booleans()):
            said.append(_stated(began, 300 * year + 100, school_id=place, ended_on=began + timedelta(days=100)))
    return said


def _stated(began: date, days: int, **said: Any) -> StatedHire:
    moment = datetime(2024, 9, 2, 6, 0, tzinfo=UTC) + timedelta(days=days)
    who = {"person_key": "p", "district_id": "1", "given_name": "Mei", "family_name": "Lee"}
    return StatedHire.model_validate(who | {"role": "teacher", "hire_date": began, "as_of": moment} | said)


def _after(said: list[StatedHire], person: Staff | None = None) -> Staff:
    for each in said:
        person = after_statement(person, each, CONNECTION, NOW)
    assert person is not None
    return person


def _comes_to(person: Staff) -> object:
    return person.status, [
        (each.number, each.school_id, each.appointment and each.appointment.hire_date, each.ended_on)
        for each in person.episodes
    ]


def test_who_was_forgotten_can_be_hired_again() -> None:
    left = _stated(BEGAN[0], 100, ended_on=BEGAN[0] + timedelta(days=90))
    gone = forgotten(_after([_stated(BEGAN[0], 0), left]), hidden_by("a secret"))
    assert _after([_stated(BEGAN[0], 50)], gone) is gone
    back = _after([_stated(BEGAN[1], 400)], gone)
    assert (back.known.given, len(back.episodes), back.status) == ("Mei", 2, "present")


@given(histories())
def test_all_of_it_again_changes_nothing(said: list[StatedHire]) -> None:
    person = _after(said)
    assert _after(said, person) is person


@given(histories(), st.randoms(use_true_random=False))
def test_any_order_comes_to_the_same(said: list[StatedHire], random: Any) -> None:
    shuffled = list(said)
    random.shuffle(shuffled)
    assert _comes_to(_after(shuffled)) == _comes_to(_after(said))
