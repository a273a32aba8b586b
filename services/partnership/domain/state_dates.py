"""Dates in a declared form: `mm/dd/yyyy`, `yyyy-mm-dd`, `yyyymmdd`. What is not declared is never guessed."""

import re
from datetime import date
from functools import lru_cache

_PARTS = {"yyyy": r"(?P<year>\d{4})", "mm": r"(?P<month>\d{2})", "dd": r"(?P<day>\d{2})"}
_LOOSE = {"m": r"(?P<month>\d{1,2})", "d": r"(?P<day>\d{1,2})"}
_TIME_OF_DAY = r"(?:[T ]\d{1,2}:.*)?"
_TOKEN = re.compile(r"yyyy|mm|dd|m|d|[-/. ]|.")
OPEN_YEARS = frozenset({1899, 1900, 2099, 2999, 9999})


@lru_cache(maxsize=64)
def date_pattern(form: str) -> re.Pattern[str]:
    """ValueError, in words for whoever declared it, unless the form names a day, a month and a year of four digits."""
    tokens = _TOKEN.findall(form)
    parts = sorted(part[0] for part in tokens if part.isalpha())
    if parts != ["d", "m", "y"] or not all(part in _PARTS or part in _LOOSE or part in "-/. " for part in tokens):
        raise ValueError(f"“{form}” is no form of a date; write it as mm/dd/yyyy or yyyy-mm-dd.")
    pattern = "".join((_PARTS | _LOOSE).get(part) or re.escape(part) for part in tokens)
    return re.compile(pattern + _TIME_OF_DAY, re.ASCII)


@lru_cache(maxsize=16384)
def read_declared_date(text: str, forms: tuple[str, ...]) -> tuple[date | None, bool]:
    """(the date, whether it could be read); None for dates that mean “always” or “never”."""
    for form in forms:
        if found := date_pattern(form).fullmatch(text):
            year, month, day = (int(found[part]) for part in ("year", "month", "day"))
            if year in OPEN_YEARS:
                return None, True
            try:
                return date(year, month, day), True
            except ValueError:
                continue
    return None, False
