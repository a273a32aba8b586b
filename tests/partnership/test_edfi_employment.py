"""Employments and assignments in Ed-Fi: natural keys and their traps, roles, dates."""

from datetime import date

import pytest

from services.partnership.domain.edfi_layout import (
    ASSIGNMENTS,
    EMPLOYMENTS,
    STAFFS,
)
from services.partnership.domain.observation import StaffRole
from services.partnership.domain.sighting import sight
from tests.partnership.edfi import (
    BOSTON,
    DISTRICT_ID,
    OTHER_SCHOOL_ID,
    SCHOOL_ID,
    a_bundle,
    a_person,
    an_assignment,
    an_employment,
    boston,
    codes,
    descriptor,
    people,
    read,
    the_person,
)

TODAY = date(2026, 9, 1)
SCHOOLS_OF_BOSTON = frozenset({"00350105", "00350111"})


def test_a_change_of_status_is_no_second_hire() -> None:
    probation = an_employment(status="Probationary", endDate="2026-06-30")
    person = the_person(read(people([probation, an_employment(status="Tenured or permanent")], [an_assignment()])))
    assert (person.hire_date, person.exit_date) == (date(2024, 8, 26), None)


def test_employment_at_the_school_and_at_the_district_is_one() -> None:
    both = [an_employment(at=SCHOOL_ID), an_employment(at=DISTRICT_ID)]
    assert the_person(read(people(both, [an_assignment()]))).hire_date == date(2024, 8, 26)


def test_a_move_to_another_school_without_a_gap_keeps_the_hire_date() -> None:
    moved = [
        an_employment(hireDate="2020-08-24", endDate="2024-08-25"),
        an_employment(at=OTHER_SCHOOL_ID, hireDate="2024-08-26"),
    ]
    person = the_person(read(people(moved, [an_assignment(at=OTHER_SCHOOL_ID)])))
    assert (person.hire_date, person.exit_date) == (date(2020, 8, 24), None)


def test_of_two_employments_with_years_between_the_later_counts() -> None:
    again = [an_employment(hireDate="2015-08-24", endDate="2019-06-30"), an_employment(hireDate="2026-08-24")]
    person = the_person(read(people(again, [an_assignment(beginDate="2026-08-24")])))
    assert (person.hire_date, person.exit_date) == (date(2026, 8, 24), None)


def test_the_last_day_of_work_is_still_worked() -> None:
    """Ed-Fi's end dates are inclusive, our intervals half-open."""
    over = [an_employment(endDate="2026-08-31")]
    person = the_person(read(people(over, [an_assignment(endDate="2026-08-31")])))
    assert person.exit_date == date(2026, 9, 1)
    assert person.positions[0].end == date(2026, 9, 1)
    last_day = sight(person, date(2026, 8, 31), SCHOOLS_OF_BOSTON)
    day_after = sight(person, date(2026, 9, 1), SCHOOLS_OF_BOSTON)
    assert last_day is not None
    assert day_after is not None
    assert (last_day.ended_on, day_after.ended_on) == (None, date(2026, 9, 1))


def test_between_school_years_who_is_employed_stays_what_they_were() -> None:
    roster = read(people([an_employment()], [an_assignment(endDate="2026-06-19", role="Principal")]))
    seen = sight(the_person(roster), date(2026, 7, 15), SCHOOLS_OF_BOSTON)
    assert seen is not None
    assert (seen.ended_on, seen.role, seen.school_id) == (None, "principal", "00350105")


def test_assignments_alone_date_the_hire_by_the_first_of_them_and_never_as_explicit() -> None:
    begun = [
        an_assignment(beginDate="2025-08-25", at=OTHER_SCHOOL_ID, endDate="2026-06-19"),
        an_assignment(beginDate="2026-08-24"),
    ]
    roster = read(people([], begun))
    person = the_person(roster)
    assert (person.hire_date, person.employed_since) == (None, date(2025, 8, 25))
    seen = sight(person, TODAY, SCHOOLS_OF_BOSTON)
    assert seen is not None
    assert (seen.hire_date, seen.starts_on) == (None, date(2025, 8, 25))
    assert codes(roster) == {"edfi.no_employments"}


def test_an_assignment_after_the_last_employment_shows_that_the_person_is_back() -> None:
    roster = read(people([an_employment(endDate="2025-06-30")], [an_assignment(beginDate="2026-08-24")]))
    person = the_person(roster)
    assert (person.exit_date, person.employed_since, person.active) == (None, date(2026, 8, 24), True)
    assert codes(roster) == {"edfi.assignment_after_employment"}


def test_an_employment_that_ended_under_one_status_only_goes_on_and_is_named() -> None:
    half = [
        an_employment(status="Probationary"),
        an_employment(endDate="2026-06-30", separationDescriptor=descriptor("Separation", "Voluntary separation")),
    ]
    roster = read(people(half, [an_assignment()]))
    assert the_person(roster).exit_date is None
    assert codes(roster) == {"edfi.employment_half_closed"}


def test_a_separation_reason_without_an_end_is_no_exit() -> None:
    """As in the sample of the standard itself: SeparationReason “Unknown” on everybody who works there."""
    unknown = an_employment(separationReasonDescriptor=descriptor("SeparationReason", "Unknown"))
    assert the_person(read(people([unknown], [an_assignment()]))).exit_date is None


def test_a_substitute_is_no_teacher_and_is_hired_when_the_employment_becomes_one() -> None:
    stand_in = an_employment(status="Substitute/Temporary", hireDate="2025-09-15")
    person = the_person(read(people([stand_in], [an_assignment(), an_assignment(role="Principal")])))
    assert {position.role for position in person.positions} == {"substitute", "principal"}
    proper = an_employment(hireDate="2026-08-24")
    person = the_person(read(people([stand_in, proper], [an_assignment()])))
    assert (person.hire_date, person.positions[0].role) == (date(2026, 8, 24), "teacher")


def test_a_volunteer_is_not_employed() -> None:
    roster = read(people([an_employment(status="Volunteer/no contract")], []))
    assert the_person(roster).active is False
    assert {"edfi.unpaid", "user.without_role"} <= codes(roster)


def test_an_employment_without_assignment_has_the_role_that_the_connection_gives_it() -> None:
    roster = read(people([an_employment()], []))
    assert (the_person(roster).positions[0].role, codes(roster)) == ("other", {"edfi.employment_without_assignment"})
    roster = read(people([an_employment()], []), boston(role_without_assignment="teacher"))
    assert (the_person(roster).positions[0].role, the_person(roster).hire_date) == ("teacher", date(2024, 8, 26))


@pytest.mark.parametrize(
    ("classification", "role"),
    [
        ("Kindergarten Teacher", "teacher"),
        ("substitute teacher", "substitute"),
        ("Principal", "principal"),
        ("Assistant Principal", "assistant-principal"),
        ("School Leader", "school-admin"),
        ("Superintendent", "district-admin"),
        ("LEA Administrator", "district-admin"),
        ("Elementary School Counselor", "counselor"),
        ("Instr Coordinator and Supervisor to the Staff", "instructional-coach"),
        ("Paraprofessional/Instructional Aide", "aide"),
        ("LEA System Administrator", "other"),
    ],
)
def test_a_staff_classification_is_a_role(classification: str, role: StaffRole) -> None:
    roster = read(people([an_employment()], [an_assignment(role=classification)]))
    assert (the_person(roster).positions[0].role, codes(roster)) == (role, set())


def test_the_connection_maps_classifications_of_its_own_state() -> None:
    local = {**an_assignment(), "staffClassificationDescriptor": "uri://doe.example/StaffClassificationDescriptor#1305"}
    unmapped = read(people([an_employment()], [local]))
    assert (the_person(unmapped).positions[0].role, codes(unmapped)) == ("other", {"value.role_unknown"})
    mapping = BOSTON.model_copy(update={"roles": {"1305": "principal"}})
    assert the_person(read(people([an_employment()], [local]), mapping)).positions[0].role == "principal"


def test_two_principals_of_a_school_are_normal() -> None:
    roster = read(
        a_bundle(
            **{
                STAFFS: [a_person(1), a_person(2)],
                EMPLOYMENTS: [an_employment(1), an_employment(2)],
                ASSIGNMENTS: [an_assignment(1, role="Principal"), an_assignment(2, role="Principal")],
            }
        )
    )
    assert [person.positions[0].role for person in roster.observations] == ["principal", "principal"]
    assert codes(roster) == set()
