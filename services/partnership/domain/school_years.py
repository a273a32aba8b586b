"""School years, each called by the year in which it ends."""

import re
from datetime import date

SCHOOL_YEAR_BEGINS = 7
COMPLETION_YEAR_BEGINS = 9
"""Completers are counted from 1 September to 31 August (reference/domain.md §1.5)."""
_WRITTEN = re.compile(r"(\d{4})(?:\s*[-–/]\s*(\d{2}|\d{4}))?")


def school_year_of(day: date) -> int:
    return day.year + (day.month >= SCHOOL_YEAR_BEGINS)


def last_completed_year(day: date) -> tuple[int, date, date]:
    """The year, its first day and its last, of the completers that are all there on this day."""
    year = day.year - (day.month < COMPLETION_YEAR_BEGINS)
    return year, date(year - 1, COMPLETION_YEAR_BEGINS, 1), date(year, COMPLETION_YEAR_BEGINS - 1, 31)


def read_school_year(text: str) -> int | None:
    """2027, 2026-27 and 2026-2027 are the same; None: it is none."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        return None
    first, second = int(written[1]), written[2]
    if second is None:
        return first
    return first + 1 if int(second) % 100 == (first + 1) % 100 and len(second) in (2, 4) else None


def in_words(year: int) -> str:
    """2026–27."""
    return f"{year - 1}–{year % 100:02d}"
