"""When one employment goes on from another: annual contracts and changes of school are no exits."""

from collections.abc import Iterable
from datetime import date, timedelta

_GAP, _SUMMER_GAP = timedelta(days=14), timedelta(days=92)
_SUMMER = ((5, 15), (8, 31))
Stretch = tuple[date | None, date | None]
"""Hired on a day (None: not known), employed up to but not including the other (None: still)."""


def goes_on(end: date | None, begin: date | None) -> bool:
    """Whether an employment that begins then continues one that ended so: within two weeks, or over a summer."""
    if end is None or begin is None or begin <= end:
        return end is None or begin is not None
    is_summer = _SUMMER[0] <= (end.month, end.day) <= _SUMMER[1]
    return begin - end <= (_SUMMER_GAP if is_summer else _GAP)


def last_stretch(stretches: Iterable[Stretch]) -> Stretch | None:
    """The last unbroken stretch of several employments, which may overlap."""
    last: Stretch | None = None
    for hired, end in sorted(set(stretches), key=lambda each: (each[0] or date.min, each[1] or date.max)):
        if last is not None and goes_on(last[1], hired):
            last = (last[0] or hired, None if last[1] is None or end is None else max(last[1], end))
        else:
            last = (hired, end)
    return last
