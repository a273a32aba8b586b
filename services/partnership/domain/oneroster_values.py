"""Reads single values of OneRoster files: what is meant, and what is odd about how it is written."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from services.partnership.domain import roster_findings as found
from services.partnership.domain.findings import FindingKind
from services.partnership.domain.observation import StaffRole

ROLES: Mapping[str, StaffRole] = {
    "teacher": "teacher",
    "administrator": "school-or-district-admin",
    "principal": "principal",
    "siteadministrator": "school-admin",
    "districtadministrator": "district-admin",
    "counselor": "counselor",
    "aide": "aide",
    "systemadministrator": "other",
    "proctor": "other",
}
"""Role (lower case) to canonical role, as in OneRoster 1.1 and 1.2."""

Rest = ParamSpec("Rest")
Found = TypeVar("Found")
_LONGEST_REMEMBERED = 64
_LONGEST_ROLE = 100
_STANDARD_SPELLING = {"siteAdministrator", "districtAdministrator", "systemAdministrator", *ROLES}
_NO_STAFF = {"student": "student", "guardian": "guardian", "parent": "parent", "relative": "relative"}
_NO_STAFF_WORDS = re.compile(r"student(?!.*teach)|pupil|learner|guardian|parent(?!al)|relative|famil|contact")
_TRUE, _FALSE = frozenset({"true", "1", "yes", "y", "t"}), frozenset({"false", "0", "no", "n", "f"})
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_US_TIME = re.compile(r" (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp][Mm]))?")
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")
_FIRST_YEAR, _LAST_YEAR = 1901, 2098
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+[eE][+-]?|[eE][+-])\d+")
_ONE_BRACED_ID = re.compile(r"\{([^{}: \"']+):([^{}: \"']+)\}")
_BRACED_ID = re.compile(r"\{([^{}:]*):([^{}]*)\}")
_SEPARATORS = frozenset(" ,;[]")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(?:\.[^@\s,;<>\".]+)+")
_PLACEHOLDER = re.compile(r"(no|none|na|null|unknown|noreply|donotreply|noemail|nomail|notavailable|test)@")
_NO_NUMBER = frozenset({"0", "00", "01", "000"})


def _remembered(
    most: int,
) -> Callable[[Callable[Concatenate[str, Rest], Found]], Callable[Concatenate[str, Rest], Found]]:
    """Values of one kind recur; what is longer than they ever are is not kept in memory."""

    def remembering(read: Callable[Concatenate[str, Rest], Found]) -> Callable[Concatenate[str, Rest], Found]:
        cached: Any = lru_cache(maxsize=most)(read)

        def remembered(text: str, /, *rest: Rest.args, **named: Rest.kwargs) -> Found:
            found: Found = (cached if len(text) <= _LONGEST_REMEMBERED else read)(text, *rest, **named)
            return found

        return remembered

    return remembering


@_remembered(4096)
def bare(text: str) -> str:
    """Without case, blanks, `_` and `-`: how names of id types and roles are compared."""
    return text.lower().replace(" ", "").replace("_", "").replace("-", "")


def as_written(role: str) -> str:
    """A role's own word, to be kept beside the canonical one."""
    return bare(role[:_LONGEST_ROLE])


def is_rounded_number(value: str) -> bool:
    """Whether a spreadsheet has turned an id into something like 1.23E+11."""
    return _SCIENTIFIC.fullmatch(value) is not None


@_remembered(1024)
def read_role(text: str) -> tuple[StaffRole | None, str, FindingKind | None]:
    """Staff role, or None and the reason for which such people are dropped (`student`, `guardian`, …)."""
    name = bare(text[:_LONGEST_ROLE])
    if name in ROLES:
        return ROLES[name], "", None if text in _STANDARD_SPELLING else found.ENUMERATION
    reason = _NO_STAFF.get(name)
    if reason:
        return None, reason, None
    if match := _NO_STAFF_WORDS.search(name):
        return None, "student" if match[0] in ("student", "pupil", "learner") else "guardian", None
    return "other", "", None if name.startswith("ext:") else found.ROLE_UNKNOWN


@_remembered(64)
def read_boolean(text: str) -> tuple[bool | None, FindingKind | None]:
    """None when blank or unreadable."""
    lowered = text.lower()
    if lowered in _TRUE | _FALSE:
        return lowered in _TRUE, None if text in ("true", "false") else found.BOOLEAN
    return None, found.BOOLEAN if text else None


@_remembered(16384)
def read_date(text: str) -> tuple[date | None, FindingKind | None]:
    """The date part. Slashes are read in American order only; a value that makes no such date is left out."""
    if not text:
        return None, None
    if match := _ISO_DATE.fullmatch(text):
        year, month, day = map(int, match.groups())
        odd = None if len(text) == 10 else found.DATE_FORM
    elif match := _US_DATE.fullmatch(text):
        month, day, year = map(int, match.groups())
        odd = found.DATE_FORM
    else:
        return None, found.DATE_UNREADABLE
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None, found.DATE_SENTINEL
    try:
        return date(year, month, day), odd
    except ValueError:
        return None, found.DATE_UNREADABLE


def read_moment(text: str, time_zone: str) -> datetime | None:
    """A time stamp with its zone, the given one where it has none; None when it is none."""
    return read_stamp(text, time_zone)[0]


@_remembered(16384)
def read_stamp(text: str, time_zone: str) -> tuple[datetime | None, FindingKind | None]:
    """A time stamp with its zone, the connection's where it has none. Slashes are read in American order."""
    odd = None
    try:
        moment = datetime.fromisoformat(_LONG_FRACTION.sub(r"\1", text))
    except ValueError:
        day, _ = read_date(text)
        if day is None:
            return None, found.DATE_UNREADABLE
        moment, odd = datetime.combine(day, _time_in(text)), found.DATE_FORM
    if not 1990 <= moment.year <= _LAST_YEAR:
        return None, found.DATE_SENTINEL
    if moment.tzinfo is None:
        moment, odd = moment.replace(tzinfo=ZoneInfo(time_zone)), odd or found.NO_TIME_ZONE
    return moment, odd


def _time_in(text: str) -> time:
    """`8/24/2026 3:05:09 PM`; midnight where there is none."""
    match = _US_TIME.search(text)
    if match is None:
        return time()
    hour, minute, second, half = int(match[1]), int(match[2]), int(match[3] or 0), (match[4] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else time()


def milliseconds(moment: datetime | None) -> int:
    """Since 1970; 0 when there is no time."""
    return int(moment.timestamp() * 1000) if moment else 0


@_remembered(64)
def is_status(text: str) -> bool:
    """Whether a row says that it is active or deleted, as those of a delta must."""
    return text.lower() in ("active", "tobedeleted", "inactive")


@_remembered(64)
def read_status(text: str) -> tuple[bool, FindingKind | None]:
    """Whether the row is a deletion; `inactive` is the 1.0 word for it."""
    lowered = text.lower()
    deleted = lowered in ("tobedeleted", "inactive")
    known = text in ("", "active", "tobedeleted", "inactive")
    return deleted, None if known else found.ENUMERATION


def read_user_ids(text: str) -> tuple[tuple[tuple[str, str], ...], FindingKind | None]:
    """Pairs of type and id from `{Type:Id},{Type:Id}` and what else is written there; empty ids are dropped, an id
    without a type has a blank one."""
    if not text:
        return (), None
    if text.isascii() and (alone := _ONE_BRACED_ID.fullmatch(text)):
        return ((alone[1], alone[2]),), None
    if text.startswith("["):
        listed = _listed_ids(text)
        if listed is not None:
            return listed, found.ID_FORM
    pairs = _BRACED_ID.findall(text)
    rest = _BRACED_ID.sub("", text)
    odd = None if _SEPARATORS.issuperset(rest) and "[" not in rest and ";" not in rest else found.ID_FORM
    if not pairs:
        parts = re.split(r"[,;]", text.strip("{}[]"))
        pairs = [part.partition(":")[::2] if ":" in part else ("", part) for part in parts]
        odd = found.ID_FORM
    return _clean_pairs(pairs), odd


def _listed_ids(text: str) -> tuple[tuple[str, str], ...] | None:
    """Pairs from a JSON array of `{"type": …, "identifier": …}`; None for any other text."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(entry, dict) for entry in entries):
        return None
    return _clean_pairs(
        [(str(entry.get("type", "")), str(entry.get("identifier", entry.get("id", "")))) for entry in entries]
    )


def _clean_pairs(pairs: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    trimmed = ((_unquoted(kind), _unquoted(value)) for kind, value in pairs)
    return tuple((kind, value) for kind, value in trimmed if value and _is_text(kind + value))


def _unquoted(text: str) -> str:
    return text.strip().strip("\"'").strip()


def _is_text(text: str) -> bool:
    """Halves of characters, which JSON can spell, are none."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def is_number_at_all(value: str) -> bool:
    """Whether a licence or employee number is one: `00` says none, `01` says unknown (EPIMS SR02, SR03)."""
    return value not in _NO_NUMBER


def is_address(text: str) -> bool:
    """Whether mail could reach somebody there: one address, and no placeholder."""
    return _EMAIL.fullmatch(text) is not None and _PLACEHOLDER.match(bare(text)) is None
