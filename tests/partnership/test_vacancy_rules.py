"""How vacancies are read and compared: spans of grades, school years, licence fields, files."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partnership.domain.district_needs import by_field
from services.partnership.domain.findings import Findings
from services.partnership.domain.grade_spans import NoSpan, spelt_span
from services.partnership.domain.import_file import ImportRejected
from services.partnership.domain.licence_fields import normal_field
from services.partnership.domain.school_years import last_completed_year, read_school_year
from services.partnership.domain.vacancy_file import read_vacancy_file
from tests.conftest import SetClock

HEADER = "school_year,licence_field,grade_span,kind,count,school_id"


def test_licence_fields_have_one_normal_form_and_no_more_is_guessed() -> None:
    same = ("Early Childhood", " early–childhood", "EARLY  CHILDHOOD.")
    assert len({normal_field(each) for each in same}) == 1
    assert normal_field("Health & Family") == normal_field("Health and Family")
    assert normal_field("Maths") != normal_field("Mathematics")


@pytest.mark.parametrize(
    ("written", "spelt"),
    [("PreK-2", "PK-2"), ("pk – 2", "PK-2"), ("K to 5", "K-5"), ("05-08", "5-8"), ("7", "7"), ("all levels", "All")],
)
def test_spans_of_grades_are_read_as_people_write_them(written: str, spelt: str) -> None:
    assert spelt_span(written) == spelt


@given(st.text(max_size=12))
def test_a_span_is_refused_or_spelt_for_good(text: str) -> None:
    try:
        spelt = spelt_span(text)
    except NoSpan:
        return
    assert spelt_span(spelt) == spelt


@pytest.mark.parametrize(
    ("written", "year"),
    [("2027", 2027), ("2026-27", 2027), ("2026–2027", 2027), ("2026-28", None), ("27", None), ("1999-00", 2000)],
)
def test_school_years_are_called_by_the_year_in_which_they_end(written: str, year: int | None) -> None:
    assert read_school_year(written) == year


def test_the_last_completed_year_ends_with_august(clock: SetClock) -> None:
    day = clock().date()
    assert last_completed_year(day)[0] == 2026
    assert last_completed_year(day.replace(month=8, day=31))[0] == 2026
    assert last_completed_year(day.replace(month=9, day=1))[0] == 2027


def test_a_completer_of_two_programs_of_one_field_is_counted_once() -> None:
    pairs = [("c-1", "Music"), ("c-1", "music "), ("c-2", None)]
    (music,), without = by_field([], pairs, ["Music"], 1)
    assert (music.completers.count, without.count) == (1, 1)


@given(st.text(max_size=400))
def test_no_text_makes_the_reader_of_vacancies_fail(text: str) -> None:
    """It is refused as a whole, or each row is taken or has a finding."""
    findings = Findings()
    content = f"{HEADER}\n{text}".encode(errors="replace")
    try:
        read, years = read_vacancy_file("v.csv", content, schools=(), today=date(2027, 4, 5), findings=findings)
    except ImportRejected:
        return
    assert sum(len(rows) for rows in years.values()) + findings.count_of("error") >= read
