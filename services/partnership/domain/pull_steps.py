"""What a pull asks for, in its order: lists of a source, whole or as they have changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import quote, urlencode

from services.partnership.domain.edfi_layout import RESOURCES
from services.partnership.domain.oneroster_values import read_moment
from services.partnership.domain.pull_paging import Cursor, Turning
from services.partnership.domain.pull_settings import EdfiPull, OneRosterPull

OVERLAP = timedelta(hours=1)
NO_STUDENTS_11 = "role!='student'"


@dataclass(frozen=True, slots=True)
class Step:
    """One list. `kind`: its rows, keys of rows that have changed, or those that were deleted; `wrapper` holds the rows
    in an answer; a list that is `optional` may not be there; `filter` may not be understood."""

    resource: str
    address: str
    turning: Turning
    kind: Literal["rows", "key_changes", "deletes"] = "rows"
    wrapper: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    filter: str = ""
    optional: bool = False

    def url(self, cursor: Cursor) -> str:
        """Where the page is."""
        if cursor.follows:
            return cursor.follows
        parameters = dict(self.parameters)
        if self.turning.by_token:
            parameters |= {"pageSize": str(self.turning.asked_for)}
            parameters |= {"pageToken": cursor.token} if cursor.token else {}
        else:
            parameters |= {"limit": str(self.turning.asked_for), "offset": str(cursor.offset)}
        if self.filter:
            parameters["filter"] = self.filter
        mark = "&" if "?" in self.address else "?"
        return f"{self.address}{mark}{urlencode(parameters, quote_via=quote)}"

    def unfiltered(self) -> "Step":
        return replace(self, filter="")


def oneroster_steps(settings: OneRosterPull, since: str | None, time_zone: str) -> tuple[Step, ...]:
    """Organizations always whole; of people those who have changed, or all without the students where that is known."""
    how = Turning(settings.page_size, settings.page_cap, totals_are_right=settings.totals_are_right)
    order = (("sort", "sourcedId"), ("orderBy", "asc")) if settings.is_sorted else ()
    usual = NO_STUDENTS_11 if settings.version == "1.1" else ""
    chosen = usual if settings.user_filter is None else settings.user_filter
    changed = changed_since(since, time_zone) if since else ""
    orgs = Step("orgs", _below(settings.base_url, "orgs"), how, wrapper="orgs", parameters=order)
    users = Step("users", _below(settings.base_url, "users"), how, wrapper="users", parameters=order)
    return orgs, replace(users, filter=changed or chosen)


def changed_since(stamp: str, time_zone: str) -> str:
    """The filter for what has changed since a little before; empty if the stamp is none."""
    moment = read_moment(stamp, time_zone)
    if moment is None:
        return ""
    return f"dateLastModified>'{iso_millis(moment - OVERLAP)}'"


def newest_stamp(stamps: Sequence[str | None], now: datetime, time_zone: str) -> str | None:
    """The latest of some time stamps, but not one that lies in the future: that would hide all changes until then."""
    moments = [moment for stamp in stamps if stamp and (moment := read_moment(stamp, time_zone))]
    return iso_millis(min(max(moments), now)) if moments else None


def iso_millis(moment: datetime) -> str:
    """As OneRoster writes a time: in UTC, with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def edfi_steps(
    settings: EdfiPull, data_standard: str, data_url: str, window: tuple[int, int] | None
) -> tuple[Step, ...]:
    """Every resource; within a window of changes first changed keys, then rows, then what was deleted, backwards."""
    names = RESOURCES[data_standard]
    how = Turning(settings.page_size, settings.page_cap, settings.pages_by_cursor, settings.totals_are_right)
    by_offset = replace(how, by_token=False)
    total = () if settings.pages_by_cursor else (("totalCount", "true"),)
    within = (("minChangeVersion", str(window[0])), ("maxChangeVersion", str(window[1]))) if window else ()
    at = {name: _below(data_url, f"ed-fi/{name}") for name in names}
    rows = tuple(Step(name, at[name], how, parameters=(*total, *within)) for name in names)
    if window is None:
        return rows
    changes = (("totalCount", "true"), *within)
    keys = tuple(
        Step(name, f"{at[name]}/keyChanges", by_offset, "key_changes", parameters=changes, optional=True)
        for name in names
    )
    deletes = tuple(
        Step(name, f"{at[name]}/deletes", by_offset, "deletes", parameters=changes, optional=True)
        for name in reversed(names)
    )
    return (*keys, *rows, *deletes)


def _below(address: str, path: str) -> str:
    """A path below an address that may have a query of its own."""
    before, mark, query = address.partition("?")
    return f"{before.rstrip('/')}/{path}{mark}{query}"
