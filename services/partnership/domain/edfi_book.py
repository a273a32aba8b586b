"""Collects Ed-Fi resources, in whatever order and from whatever file they come, until they can be joined."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from services.partnership.domain import edfi_findings, roster_findings
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.edfi_layout import (
    ASSIGNMENTS,
    EMPLOYMENTS,
    LOCAL_EDUCATION_AGENCIES,
    SCHOOLS,
    STAFF_DIRECTORIES,
    STAFF_ID_CODES,
    STAFFS,
)
from services.partnership.domain.edfi_organizations import organization_of
from services.partnership.domain.edfi_rows import AssignmentRow, EmploymentRow, RowMaker, StaffRow
from services.partnership.domain.edfi_values import Body, Unusable
from services.partnership.domain.findings import FindingKind, Findings, Place
from services.partnership.domain.observation import RosterOrganization
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_zip import RosterLimits

Row = TypeVar("Row")


class EdfiBook:
    """What a set of resources says; `rows_read` and `rows_in_error` count by file."""

    def __init__(self, mapping: ConnectionMapping, findings: Findings) -> None:
        self.mapping = mapping
        self.findings = findings
        self.maker = RowMaker(mapping, findings)
        self.organizations: dict[str, RosterOrganization] = {}
        self.staffs: dict[str, StaffRow] = {}
        self.employments: dict[object, EmploymentRow] = {}
        self.assignments: dict[object, AssignmentRow] = {}
        self.rows_read: Counter[str] = Counter()
        self.rows_in_error: Counter[str] = Counter()
        self.rows_of: Counter[str] = Counter()
        self.changed_at: datetime | None = None
        self._later: list[tuple[str, Body, Place]] = []
        self._takers: Mapping[str, Callable[[Body, Place], None]] = {
            LOCAL_EDUCATION_AGENCIES: self._take_organization,
            SCHOOLS: self._take_organization,
            STAFFS: self._take_staff,
            EMPLOYMENTS: self._take_employment,
            ASSIGNMENTS: self._take_assignment,
            STAFF_ID_CODES: self._take_later(STAFF_ID_CODES),
            STAFF_DIRECTORIES: self._take_later(STAFF_DIRECTORIES),
        }

    def takes(self, resource: str) -> bool:
        """Whether resources of this kind say anything about staff."""
        return resource in self._takers

    def take(self, resource: str, members: Mapping[str, Any], at: Place) -> None:
        """One resource; what is broken is quarantined."""
        self.rows_read[at.file] += 1
        self.rows_of[resource] += 1
        body = Body(members)
        try:
            self._takers[resource](body, at)
            changed_at = self.maker.changed_at(body)
        except Unusable as broken:
            self.quarantine(broken.kind, Place(at.file, at.line, broken.column), broken.value)
            return
        if changed_at and (self.changed_at is None or changed_at > self.changed_at):
            self.changed_at = changed_at

    def quarantine(self, kind: FindingKind, at: Place, value: str = "") -> None:
        """Counts a row as broken and says where."""
        self.rows_in_error[at.file] += 1
        self.findings.note(kind, at, value=value)

    def close(self, limits: RosterLimits) -> None:
        """After the last resource: persons get what is theirs, rows about strangers are quarantined, all is judged."""
        for resource, body, at in self._later:
            self._add_to_staff(resource, body, at)
        rows: list[EmploymentRow | AssignmentRow] = [*self.employments.values(), *self.assignments.values()]
        for row in rows:
            if row.staff not in self.staffs:
                at = Place(row.at.file, row.at.line, "staffReference")
                self.quarantine(edfi_findings.STAFF_UNKNOWN, at, row.staff)
        self._note_what_is_missing()
        self.judge(limits)

    def organizations_used(self) -> set[str]:
        """Where anybody is employed or assigned."""
        used = {row.organization for row in self.employments.values()}
        return used | {row.organization for row in self.assignments.values()}

    def _take_organization(self, body: Body, at: Place) -> None:
        organization = organization_of(body, self.mapping, self.findings, at)
        self._enter(self.organizations, organization.key, organization, at)

    def _take_staff(self, body: Body, at: Place) -> None:
        row = self.maker.staff(body, at)
        self._enter(self.staffs, row.key, row, at)

    def _take_employment(self, body: Body, at: Place) -> None:
        row = self.maker.employment(body, at)
        if row is not None:
            key = (row.staff, row.organization, row.status.whole.casefold(), body.text("hireDate"))
            self._enter(self.employments, key, row, at)

    def _take_assignment(self, body: Body, at: Place) -> None:
        row = self.maker.assignment(body, at)
        self._enter(self.assignments, (row.staff, row.organization, row.role_raw, body.text("beginDate")), row, at)

    def _take_later(self, resource: str) -> Callable[[Body, Place], None]:
        def take(body: Body, at: Place) -> None:
            body.reference("staffReference").key("staffUniqueId")
            self._later.append((resource, body, at))

        return take

    def _add_to_staff(self, resource: str, body: Body, at: Place) -> None:
        """Data standard 6 keeps ids and addresses apart from the person: one for each resource, or a list of them."""
        key = body.reference("staffReference").text("staffUniqueId")
        row = self.staffs.get(key)
        if row is None:
            self.quarantine(edfi_findings.STAFF_UNKNOWN, Place(at.file, at.line, "staffReference"), key)
        elif resource == STAFF_ID_CODES:
            self.maker.add_ids(row, [body, *body.items("identificationCodes")], at)
        else:
            self.maker.add_mails(row, [body, *body.items("electronicMails")], at)

    def _enter(self, rows: dict[Any, Row], key: object, row: Row, at: Place) -> None:
        if key in rows:
            kind = roster_findings.ROW_SAME if rows[key] == row else edfi_findings.ROW_TWICE
            self.findings.note(kind, at)
        rows[key] = row

    def _note_what_is_missing(self) -> None:
        rows, note = self.rows_of, self.findings.note
        if not rows[STAFFS]:
            note(edfi_findings.NO_STAFF, Place(STAFFS))
        elif not (rows[EMPLOYMENTS] or rows[ASSIGNMENTS]):
            note(edfi_findings.NO_ROLES, Place(EMPLOYMENTS))
        elif not rows[EMPLOYMENTS]:
            note(edfi_findings.NO_EMPLOYMENTS, Place(EMPLOYMENTS))
        if not self.organizations:
            note(edfi_findings.NO_ORGANIZATIONS, Place(SCHOOLS))
        if self.mapping.edfi.data_standard == "6.0" and not rows[STAFF_ID_CODES]:
            note(edfi_findings.NO_ID_CODES, Place(STAFF_ID_CODES))

    def judge(self, limits: RosterLimits) -> None:
        """Rejects what is too broken to apply."""
        for file, read in self.rows_read.items():
            broken = self.rows_in_error[file]
            if broken >= read > 0:
                self.findings.note(roster_findings.NOTHING_READABLE, Place(file))
            elif broken > limits.error_rows_forgiven and broken > limits.max_error_share * read:
                self.findings.note(roster_findings.TOO_MANY_ERRORS, Place(file), detail=f"({broken} of {read})")
        if self.findings.worst == "reject":
            raise RosterRejected(self.findings)
