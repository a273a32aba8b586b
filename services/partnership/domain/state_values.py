"""Reads single values of declared staff files: codes with their zeros, jobs, statuses, names in one column."""

from fnmatch import fnmatchcase
from typing import Literal

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.findings import FindingKind
from services.partnership.domain.observation import PersonNames, StaffRole
from services.partnership.domain.oneroster_values import bare
from services.partnership.domain.state_layout import Member, StateLayout

_DIGITS_THAT_MAY_BE_LOST = 2
Status = Literal["employed", "left", "substitute"]


class Codebook:
    """What the connection says that codes mean. Codes are text: no zero is lost here, and none is made up."""

    def __init__(self, layout: StateLayout, mapping: ConnectionMapping) -> None:
        self._mapping = mapping
        self._digits = layout.digits
        jobs: dict[str, StaffRole] = {**layout.codes.job, **mapping.roles}
        self._jobs = {bare(code): role for code, role in jobs.items()}
        self._other_jobs = tuple(bare(pattern) for pattern in layout.other_jobs)
        self._statuses: dict[str, Status] = {bare(code): word for code, word in layout.codes.employment_status.items()}
        self._reasons = {bare(code): word for code, word in layout.codes.exit_reason.items()}
        self._role_without_job = layout.role_without_job

    def state_id(self, value: str) -> tuple[str, FindingKind | None]:
        """With its leading zeros, where at most two are missing."""
        missing = self._digits.state_id - len(value)
        if not self._digits.state_id or (missing == 0 and value.isascii() and value.isdigit()):
            return value, None
        if value.isascii() and value.isdigit() and 0 < missing <= _DIGITS_THAT_MAY_BE_LOST:
            return value.zfill(self._digits.state_id), found.ID_PADDED
        return value, found.ID_LENGTH

    def school_code(self, value: str) -> tuple[str | None, FindingKind | None]:
        """The state's code; zeros come back only where the code then begins like the district's own."""
        mapped = self._mapping.organization_codes.get(value)
        if mapped:
            return mapped, None
        wanted, district = self._digits.school_code, self._mapping.district_code
        if not wanted or value == district:
            return value or None, None
        if not (value.isascii() and value.isdigit()) or len(value) > wanted:
            return None, None
        if len(value) == wanted:
            return value, None
        padded = value.zfill(wanted)
        if district and padded[:4] == district[:4]:
            return padded, found.ORG_CODE_PADDED
        return None, None

    def role(self, job: str) -> tuple[StaffRole, FindingKind | None]:
        code = bare(job)
        if not code:
            return self._role_without_job, None
        if code in self._jobs:
            return self._jobs[code], None
        known = any(fnmatchcase(code, pattern) for pattern in self._other_jobs)
        return "other", None if known else found.ROLE_UNKNOWN

    def status(self, text: str) -> Status | None:
        """Employed unless the table says otherwise; None: there is a table, and it does not know the code."""
        if not text or not self._statuses:
            return "employed"
        return self._statuses.get(bare(text))

    def stays(self, reason: str) -> bool:
        """Whether a reason for an exit is none (a change of school, say)."""
        return self._reasons.get(bare(reason)) == "stays"

    def number(self, text: str) -> float | None:
        try:
            number = float(text)
        except ValueError:
            return None
        return number if 0 <= number < 1000 else None

    def names(self, values: dict[Member, str]) -> PersonNames | None:
        """From a column each, or from one that reads “Last, First Middle” or “First Last”; None when there is none."""
        given, middle, family = (values.get("given", ""), values.get("middle", ""), values.get("family", ""))
        whole = values.get("full_name", "")
        if whole and not (given or family):
            family, comma, rest = (part.strip() for part in whole.partition(","))
            if comma:
                given, _, middle = rest.partition(" ")
            else:
                given, _, family = whole.rpartition(" ")
        if not (given or family):
            return None
        former = tuple(name for part in values.get("former_family", "").split(";") if (name := part.strip()))
        return PersonNames(
            given=given,
            family=family,
            middle=middle.strip(),
            preferred_given=values.get("preferred_given", ""),
            preferred_family=values.get("preferred_family", ""),
            former=former,
        )
