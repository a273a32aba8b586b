"""When a feed is pulled: days of the week and times of day in the district, and pauses such as summer."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAYS = frozenset(WEEKDAYS[:5])
FARTHEST = timedelta(days=800)
DAY = timedelta(days=1)


class Pause(BaseModel):
    """Days on which nothing is pulled, the last one included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("A pause ends on or after its first day.")
        return self


class Calendar(BaseModel):
    """Without days or times nothing is pulled but by hand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: frozenset[Weekday] = WORKDAYS
    times: tuple[time, ...] = Field((time(4, 0),), max_length=24)
    pauses: tuple[Pause, ...] = Field((), max_length=50)

    @model_validator(mode="after")
    def _local(self) -> Self:
        if any(each.tzinfo is not None for each in self.times):
            raise ValueError("Times are those of the district and have no zone of their own.")
        return self

    def is_paused_on(self, day: date) -> bool:
        return any(pause.first <= day <= pause.last for pause in self.pauses)

    def next_run(self, after: datetime, zone: ZoneInfo) -> datetime | None:
        """The first run later than `after`, in UTC; None when there is none in the next two years.

        A time that the clocks skip in spring is as much later; one that they repeat in autumn is meant once.
        """
        return next((run for run in self._runs(after, zone) if run > after), None)

    def latest_due(self, after: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The last run after `after` and up to `now`: those that were missed before it are not made up for."""
        latest = None
        for run in self._runs(after, zone):
            if run > now:
                break
            latest = run if run > after else latest
        return latest

    def _runs(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """In order, from the day before `after` on: a skipped hour may carry a run over midnight."""
        first = after.astimezone(zone).date() - DAY
        for number in range(FARTHEST.days if self.days and self.times else 0):
            day = first + number * DAY
            if WEEKDAYS[day.weekday()] in self.days and not self.is_paused_on(day):
                local = (datetime.combine(day, each.replace(fold=0), zone) for each in self.times)
                yield from sorted({moment.astimezone(UTC) for moment in local})
