"""How dates, shares, counts and gaps are written on a page."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

NOTHING = "—"


def written_date(value: date | None) -> str:
    """5 April 2027; a dash for None."""
    return NOTHING if value is None else f"{value.day} {value:%B} {value.year}"


def written_moment(value: datetime | None) -> str:
    """5 April 2027, 09:30 UTC; a dash for None."""
    if value is None:
        return NOTHING
    universal = value.astimezone(UTC)
    return f"{written_date(universal)}, {universal:%H:%M} UTC"


def percent(share: float | None, digits: int = 0) -> str:
    """A share of one, as a percentage: 0.256 is 26%; a dash for None."""
    return NOTHING if share is None else f"{share:.{digits}%}"


def number(value: float | None) -> str:
    """1,234,567; a dash for None."""
    return NOTHING if value is None else f"{value:,}"


def dash(value: object) -> object:
    """The value, or a dash where there is none; nought is a value."""
    return NOTHING if value is None or value == "" else value


FILTERS: Mapping[str, Callable[..., Any]] = {
    "date": written_date,
    "moment": written_moment,
    "percent": percent,
    "number": number,
    "dash": dash,
}
