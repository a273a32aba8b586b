"""Joins rows of staff files to people by their numbers: who is employed since when, as what and where."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.partnership.domain import edfi_findings, state_findings
from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.employment import Stretch, last_stretch
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.observation import (
    IdSystem,
    PersonNames,
    Position,
    RosterOrganization,
    StaffObservation,
    StaffRole,
)
from services.partnership.domain.oneroster_joining import PEOPLE_PER_ADDRESS
from services.partnership.domain.oneroster_values import bare, is_address, is_rounded_number
from services.partnership.domain.state_dates import read_declared_date
from services.partnership.domain.state_layout import Member, StateLayout
from services.partnership.domain.state_rows import StateRows
from services.partnership.domain.state_values import Codebook

Values = dict[Member, str]


@dataclass(slots=True)
class Person:
    """What the rows of one person came to."""

    names: PersonNames
    at: Place
    ids: set[tuple[IdSystem, str]] = field(default_factory=set)
    emails: dict[str, None] = field(default_factory=dict)
    positions: dict[Position, None] = field(default_factory=dict)
    birth_date: date | None = None
    stretches: list[Stretch] = field(default_factory=list)
    has_left: bool = False
    is_substitute: bool = False
    said: Values = field(default_factory=dict)


class PeopleBook:
    """Takes files in their order: numbers first, then staff, then work."""

    def __init__(self, layout: StateLayout, mapping: ConnectionMapping, findings: Findings) -> None:
        self._layout, self._mapping, self._findings = layout, mapping, findings
        self._codes = Codebook(layout, mapping)
        self._people: dict[str, Person] = {}
        self._state_ids: defaultdict[str, set[str]] = defaultdict(set)
        self._licences: defaultdict[str, set[str]] = defaultdict(set)
        self._births: dict[str, date] = {}
        self._organizations: dict[str, RosterOrganization] = {}
        self._has_staff_file = False

    def read(self, rows: StateRows) -> None:
        """Every row once."""
        self._has_staff_file |= rows.declared.holds == "staff"
        for line, values in rows:
            numbers = self._numbers(rows, line, values)
            if numbers is None:
                continue
            if rows.declared.holds == "numbers":
                self._take_numbers(rows, line, values, *numbers)
            elif rows.declared.holds == "staff":
                self._take_staff(rows, line, values, *numbers)
            else:
                self._take_work(rows, line, values, *numbers)

    def organizations(self) -> tuple[RosterOrganization, ...]:
        return tuple(self._organizations[key] for key in sorted(self._organizations))

    def observations(self) -> tuple[StaffObservation, ...]:
        """One for each person, in the order of their keys."""
        users: defaultdict[str, int] = defaultdict(int)
        for person in self._people.values():
            for address in person.emails:
                users[address.casefold()] += 1
        seen = (self._observation(key, self._people[key], users) for key in self._people)
        return tuple(sorted(seen, key=lambda observation: observation.source_key))

    def _numbers(self, rows: StateRows, line: int, values: Values) -> tuple[str, str] | None:
        """(state id, local number), either may be blank; None when the row has neither and is quarantined."""
        state_id, local_id = values.get("state_id", ""), values.get("local_id", "")
        for member, value in (("state_id", state_id), ("local_id", local_id)):
            if is_rounded_number(value):
                rows.quarantine(found.SCIENTIFIC, line, rows.titles.get(member, member), value)  # type: ignore[call-overload]
                return None
        if not (state_id or local_id):
            rows.quarantine(found.REQUIRED, line, rows.titles.get("state_id") or rows.titles.get("local_id", ""))
            return None
        if state_id:
            state_id, odd = self._codes.state_id(state_id)
            if odd:
                rows.note(odd, line, "state_id", value=state_id)
        if not state_id and len(self._state_ids[local_id]) == 1:
            state_id = next(iter(self._state_ids[local_id]))
        return state_id, local_id

    def _take_numbers(self, rows: StateRows, line: int, values: Values, state_id: str, local_id: str) -> None:
        """Nothing but what belongs together; a local number of two people joins neither."""
        if state_id and local_id:
            self._state_ids[local_id].add(state_id)
            if len(self._state_ids[local_id]) > 1:
                rows.note(state_findings.NUMBERS_DIFFER, line, "local_id", value=local_id)
        key = local_id or state_id
        if values.get("licence"):
            self._licences[key].add(values["licence"])
        if (born := self._day(rows, line, "birth_date", values)) is not None:
            self._births[key] = born

    def _take_staff(self, rows: StateRows, line: int, values: Values, state_id: str, local_id: str) -> None:
        names = self._codes.names(values)
        if names is None:
            rows.quarantine(state_findings.NO_NAME, line)
            return
        if state_id and local_id:
            self._state_ids[local_id].add(state_id)
        key = state_id or local_id
        earlier = self._people.get(key)
        if earlier and earlier.said == values:
            rows.note(found.ROW_SAME, line, "state_id" if state_id else "local_id")
            return
        person = earlier or Person(names, Place(rows.file, line))
        if earlier and not _says_where(values):
            rows.note(edfi_findings.ROW_TWICE, line, "state_id" if state_id else "local_id")
        person.names, person.said = names, values
        self._people[key] = person
        self._identify(rows, line, person, values, state_id, local_id)
        self._employ(rows, line, person, values)
        if _says_where(values):
            self._position(rows, line, person, values)

    def _take_work(self, rows: StateRows, line: int, values: Values, state_id: str, local_id: str) -> None:
        person = self._people.get(state_id) or self._people.get(local_id)
        if person is None and self._has_staff_file:
            rows.quarantine(state_findings.NO_PERSON, line, rows.titles.get("state_id", ""), state_id or local_id)
            return
        if person is None:
            names = self._codes.names(values)
            if names is None:
                rows.quarantine(state_findings.NO_NAME, line)
                return
            person = self._people[state_id or local_id] = Person(names, Place(rows.file, line))
        self._identify(rows, line, person, values, state_id, local_id)
        self._position(rows, line, person, values)

    def _identify(
        self, rows: StateRows, line: int, person: Person, values: Values, state_id: str, local_id: str
    ) -> None:
        licences = (
            {values.get("licence", "")} | self._licences.get(local_id, set()) | self._licences.get(state_id, set())
        )
        pairs = {("state_id", state_id), ("local_id", local_id), *(("licence", licence) for licence in licences)}
        person.ids |= {(system, value) for system, value in pairs if value}
        born = self._day(rows, line, "birth_date", values)
        person.birth_date = born or person.birth_date or self._births.get(local_id) or self._births.get(state_id)
        email = values.get("email", "")
        if email and is_address(email):
            person.emails[email] = None
        elif email:
            rows.note(found.EMAIL_INVALID, line, "email", value=email)

    def _employ(self, rows: StateRows, line: int, person: Person, values: Values) -> None:
        """An exited person stays in some files: the exit date or the status says so, not that they are gone from it."""
        hired, last = self._day(rows, line, "hire_date", values), self._end(rows, line, "exit_date", values)
        if last is not None and self._codes.stays(values.get("exit_reason", "")):
            last = None
        if hired and last and last <= hired:
            rows.note(found.DATES_INVERTED, line, "exit_date", public=last.isoformat())
            last = None
        status = self._codes.status(values.get("employment_status", ""))
        if status is None:
            rows.note(state_findings.STATUS_UNKNOWN, line, "employment_status", public=values["employment_status"])
        person.stretches.append((hired, last))
        person.has_left = status == "left"
        person.is_substitute = status == "substitute"

    def _position(self, rows: StateRows, line: int, person: Person, values: Values) -> None:
        job = values.get("job", "")
        role, odd = self._codes.role(job)
        if odd:
            rows.note(odd, line, "job", public=job)
        organization = self._organization(rows, line, values)
        start, end = self._day(rows, line, "start_date", values), self._end(rows, line, "end_date", values)
        if start and end and end <= start:
            rows.note(found.DATES_INVERTED, line, "end_date", public=end.isoformat())
            end = None
        fte = self._codes.number(values.get("fte", ""))
        position = Position(
            organization.key, organization.code, organization.type, role, bare(job), None, start, end, fte
        )
        person.positions[position] = None

    def _organization(self, rows: StateRows, line: int, values: Values) -> RosterOrganization:
        raw = values.get("school_code", "")
        code, odd = self._codes.school_code(raw or values.get("district_code", "") or self._mapping.district_code)
        if odd:
            rows.note(odd, line, "school_code", public=raw)
        if not raw and "school_code" in rows.places:
            rows.note(state_findings.SCHOOL_WITHOUT_CODE, line, "school_code")
        key = raw or code or self._mapping.district_code
        if key not in self._organizations:
            kind = "district" if code == self._mapping.district_code else "school"
            name = values.get("school_name", "") or key
            self._organizations[key] = RosterOrganization(key, name, kind, raw, code, None)
            if code is None:
                rows.note(found.ORG_CODE_UNKNOWN, line, "school_code", public=raw)
        return self._organizations[key]

    def _observation(self, key: str, person: Person, users: dict[str, int]) -> StaffObservation:
        positions = tuple(person.positions)
        if not positions and not person.has_left:
            district = self._mapping.district_code
            positions = (Position(district, district or None, "district", self._layout.role_without_job, ""),)
        if person.is_substitute:
            positions = tuple(_substituted(position) for position in positions)
        emails = tuple(email for email in person.emails if users[email.casefold()] <= PEOPLE_PER_ADDRESS)
        if len(emails) < len(person.emails):
            self._findings.note(found.EMAIL_SHARED, person.at, value=next(iter(person.emails)))
        hired, end = last_stretch(person.stretches) or (None, None)
        keys = sorted(f"{system}:{value}" for system, value in person.ids if system in ("state_id", "local_id"))
        return StaffObservation(
            source_key=keys[0] if keys else key,
            other_keys=tuple(keys[1:]),
            names=person.names,
            ids=tuple(sorted(person.ids)),
            emails=emails,
            positions=positions,
            active=not person.has_left,
            deleted=person.has_left and end is None,
            birth_date=person.birth_date,
            hire_date=hired,
            exit_date=end,
            file=person.at.file,
            line=person.at.line or 0,
        )

    def _end(self, rows: StateRows, line: int, member: Member, values: Values) -> date | None:
        """The first day that is not worked any more."""
        day = self._day(rows, line, member, values)
        if day is None or self._layout.end_dates == "day_after" or day == date.max:
            return day
        return day + timedelta(days=1)

    def _day(self, rows: StateRows, line: int, member: Member, values: Values) -> date | None:
        text = values.get(member, "")
        if not text:
            return None
        day, readable = read_declared_date(text, rows.declared.dates)
        if not readable:
            rows.note(found.DATE_UNREADABLE, line, member, public=text)
        return day


def _says_where(values: Values) -> bool:
    return any(values.get(member) for member in ("job", "school_code", "school_name"))


def _substituted(position: Position) -> Position:
    role: StaffRole = "substitute" if position.role in ("teacher", "co-teacher", "other") else position.role
    return Position(
        position.organization_key,
        position.organization_code,
        position.organization_type,
        role,
        position.role_raw,
        position.primary,
        position.start,
        position.end,
        position.fte,
    )
