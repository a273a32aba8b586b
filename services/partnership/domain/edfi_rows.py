"""Makes rows of Ed-Fi resources: persons, employments, assignments, organizations, only what we need of each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from services.partnership.domain import edfi_findings, roster_findings
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.edfi_mapping import is_refused_id_system
from services.partnership.domain.edfi_values import Body, Descriptor, Unusable, day_after, role_of
from services.partnership.domain.findings import FindingKind, Findings, Place
from services.partnership.domain.match_keys import PERSON
from services.partnership.domain.observation import IdSystem, PersonNames, StaffRole
from services.partnership.domain.oneroster_values import (
    bare,
    is_address,
    is_number_at_all,
    is_rounded_number,
    read_moment,
)

_SOCIAL_SECURITY = re.compile(r"\d{3}-\d{2}-\d{4}")
_MAIL_ORDER = ("work", "organization", "other", "", "home/personal", "personal", "home")


@dataclass(slots=True)
class StaffRow:
    """A person as `staffs` has them; ids and addresses may be added by other resources (data standard 6)."""

    key: str
    names: PersonNames
    ids: set[tuple[IdSystem, str]]
    mails: list[tuple[int, str]]
    login: str
    birth_date: date | None
    at: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class EmploymentRow:
    """Employed from `hired` (None: the source has no such date) up to but not including `end`."""

    staff: str
    organization: str
    status: Descriptor
    hired: date | None
    end: date | None
    is_separation: bool
    at: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """At work in a role from `begin` up to but not including `end`."""

    staff: str
    organization: str
    role: StaffRole
    role_raw: str
    begin: date | None
    end: date | None
    order: int | None
    fte: float | None
    at: Place = field(compare=False)


class RowMaker:
    """Makes rows for one connection; what is odd about a resource that is used all the same becomes a finding."""

    def __init__(self, mapping: ConnectionMapping, findings: Findings) -> None:
        self._mapping = mapping
        self._edfi = mapping.edfi
        self._findings = findings
        self._roles = {bare(name): role for name, role in mapping.roles.items()}
        self._systems = {bare(name): system for name, system in self._edfi.id_systems.items()}
        self.refused_ids = 0

    def changed_at(self, body: Body) -> datetime | None:
        stamp = body.text("_lastModifiedDate")
        return read_moment(stamp, self._mapping.time_zone) if stamp else None

    def staff(self, body: Body, at: Place) -> StaffRow:
        key = body.key("staffUniqueId")
        given, family = body.text("firstName"), body.text("lastSurname")
        if not (given or family):
            raise Unusable(roster_findings.REQUIRED, "lastSurname")
        if not (given and family):
            self._note(roster_findings.BLANK_NAME, at, "lastSurname" if given else "firstName")
        login = body.text("loginId")
        row = StaffRow(
            key=key,
            names=PersonNames(
                given=given,
                family=family,
                middle=body.text("middleName"),
                preferred_given=body.text("preferredFirstName"),
                preferred_family=body.text("preferredLastSurname"),
                former=_former(body, family),
            ),
            ids=set(),
            mails=[],
            login=login if "@" in login and is_address(login) else "",
            birth_date=self._day(body, "birthDate", at),
            at=at,
        )
        self.add_ids(row, body.items("identificationCodes"), at)
        self.add_mails(row, body.items("electronicMails"), at)
        person = body.reference("personReference")
        if person.text("personId") and person.descriptor("sourceSystemDescriptor").is_one_of(
            self._edfi.trusted_person_sources
        ):
            row.ids.add((PERSON, person.text("personId")))
        return row

    def add_ids(self, row: StaffRow, codes: Iterable[Body], at: Place) -> None:
        """Ids by the connection's names of systems; those that we must not hold are counted and let go."""
        for code in codes:
            system, value = code.descriptor("staffIdentificationSystemDescriptor"), code.text("identificationCode")
            if not value or not is_number_at_all(value):
                continue
            if is_refused_id_system(system.whole) or _SOCIAL_SECURITY.fullmatch(value):
                self.refused_ids += 1
                self._note(edfi_findings.ID_REFUSED, at, "identificationCodes", public=system.code)
            elif not system.is_of(self._edfi.descriptor_namespaces):
                self._note(edfi_findings.NAMESPACE, at, "identificationCodes", public=system.code)
            elif is_rounded_number(value):
                self._note(roster_findings.SCIENTIFIC_ID, at, "identificationCodes", value=value)
            else:
                known = self._systems.get(bare(system.whole)) or self._systems.get(bare(system.code))
                row.ids.add((known or f"userid:{bare(system.code)}", value))

    def add_mails(self, row: StaffRow, mails: Iterable[Body], at: Place) -> None:
        """Addresses, those for work first."""
        for mail in mails:
            address, kind = mail.text("electronicMailAddress"), mail.descriptor("electronicMailTypeDescriptor").code
            if is_address(address):
                lowered = kind.lower()
                order = _MAIL_ORDER.index(lowered) if lowered in _MAIL_ORDER else len(_MAIL_ORDER)
                row.mails.append((order, address))
            elif address:
                self._note(roster_findings.EMAIL_INVALID, at, "electronicMails", value=address)

    def employment(self, body: Body, at: Place) -> EmploymentRow | None:
        """None for those who work without an employment."""
        staff = body.reference("staffReference").key("staffUniqueId")
        organization = body.reference("educationOrganizationReference").key("educationOrganizationId")
        status = body.descriptor("employmentStatusDescriptor")
        if status.is_one_of(self._edfi.unpaid_statuses):
            self._note(edfi_findings.UNPAID, at, "employmentStatusDescriptor", public=status.code)
            return None
        hired = self._needed_day(body, "hireDate", at)
        separation = body.text("separationDescriptor") or body.text("separationReasonDescriptor")
        end = self._end(body, hired, at)
        return EmploymentRow(staff, organization, status, hired, end, bool(separation) and end is not None, at)

    def assignment(self, body: Body, at: Place) -> AssignmentRow:
        staff = body.reference("staffReference").key("staffUniqueId")
        organization = body.reference("educationOrganizationReference").key("educationOrganizationId")
        begin = self._needed_day(body, "beginDate", at)
        classification = body.descriptor("staffClassificationDescriptor")
        role, odd = role_of(classification, self._edfi, self._roles)
        if odd:
            self._note(odd, at, "staffClassificationDescriptor", public=classification.code)
        order = body.text("orderOfAssignment")
        return AssignmentRow(
            staff=staff,
            organization=organization,
            role=role,
            role_raw=bare(classification.code),
            begin=begin,
            end=self._end(body, begin, at),
            order=int(order) if order.isascii() and order.isdigit() and len(order) < 9 else None,
            fte=body.number("fullTimeEquivalency"),
            at=at,
        )

    def _needed_day(self, body: Body, column: str, at: Place) -> date | None:
        """A day of the natural key; None for 1900-01-01 and its like, which hosts write for “not known”."""
        body.key(column)
        return self._day(body, column, at)

    def _end(self, body: Body, begin: date | None, at: Place) -> date | None:
        last = self._day(body, "endDate", at)
        if last is not None and begin is not None and last < begin:
            self._note(roster_findings.DATES_INVERTED, at, "endDate", public=last.isoformat())
            return None
        return day_after(last)

    def _day(self, body: Body, column: str, at: Place) -> date | None:
        day, odd = body.day(column)
        if odd:
            self._note(odd, at, column, public=body.text(column))
        return day

    def _note(self, kind: FindingKind, at: Place, column: str, *, value: str = "", public: str = "") -> None:
        self._findings.note(kind, Place(at.file, at.line, column), value=value, public=public)


def _former(body: Body, family: str) -> tuple[str, ...]:
    """Maiden name and the family names among other names, each once."""
    names: Mapping[str, None] = dict.fromkeys(
        (body.text("maidenName"), *(other.text("lastSurname") for other in body.items("otherNames")))
    )
    return tuple(name for name in names if name and name != family)
