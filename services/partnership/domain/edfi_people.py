"""Joins persons with their employments and assignments in one district: since when, as what, until when."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.partnership.domain import edfi_findings, roster_findings
from services.partnership.domain.edfi_book import EdfiBook
from services.partnership.domain.edfi_rows import AssignmentRow, EmploymentRow, StaffRow
from services.partnership.domain.employment import goes_on
from services.partnership.domain.findings import Place
from services.partnership.domain.observation import IdSystem, Position, RosterOrganization, StaffObservation, StaffRole
from services.partnership.domain.oneroster_joining import PEOPLE_PER_ADDRESS

_TEACHING: frozenset[StaffRole] = frozenset({"teacher", "co-teacher", "other"})


@dataclass(frozen=True, slots=True)
class Spell:
    """An unbroken stretch of employment in the district; `end` None: still employed."""

    hired: date | None
    end: date | None
    is_substitute: bool
    organization: str


def observe(
    book: EdfiBook, organizations: Mapping[str, RosterOrganization]
) -> tuple[tuple[StaffObservation, ...], Counter[str]]:
    """One observation per person of the district, in the order of their keys; and how many are of other districts."""
    employments: dict[str, list[EmploymentRow]] = defaultdict(list)
    assignments: dict[str, list[AssignmentRow]] = defaultdict(list)
    elsewhere: set[str] = set()
    _sort_out(book, book.employments.values(), organizations, employments, elsewhere)
    _sort_out(book, book.assignments.values(), organizations, assignments, elsewhere)
    shared = _shared_addresses(book.staffs.values())
    people, dropped = [], Counter[str]()
    for key in sorted(book.staffs):
        if key in elsewhere and key not in employments and key not in assignments:
            dropped["other_district"] += 1
            continue
        joiner = _Joiner(book, organizations, book.staffs[key], employments[key], assignments[key])
        people.append(joiner.observation(shared))
    return tuple(people), dropped


def _sort_out(
    book: EdfiBook,
    rows: Iterable[EmploymentRow] | Iterable[AssignmentRow],
    organizations: Mapping[str, RosterOrganization],
    own: dict[str, list[EmploymentRow]] | dict[str, list[AssignmentRow]],
    elsewhere: set[str],
) -> None:
    """Rows by person; what another district of the same host says is not this feed's, what nobody knows is broken."""
    for row in rows:
        if row.staff not in book.staffs:
            continue
        if row.organization in organizations:
            own[row.staff].append(row)  # type: ignore[arg-type]
        elif row.organization in book.organizations:
            elsewhere.add(row.staff)
        else:
            at = Place(row.at.file, row.at.line, "educationOrganizationReference")
            book.quarantine(roster_findings.ROLE_WITHOUT_ORG, at, row.organization)


class _Joiner:
    """One person's rows."""

    def __init__(
        self,
        book: EdfiBook,
        organizations: Mapping[str, RosterOrganization],
        staff: StaffRow,
        employments: Sequence[EmploymentRow],
        assignments: Sequence[AssignmentRow],
    ) -> None:
        self._findings = book.findings
        self._edfi = book.mapping.edfi
        self._organizations = organizations
        self._staff = staff
        self._employments = employments
        self._assignments = sorted(assignments, key=_assignment_order)

    def observation(self, shared: frozenset[str]) -> StaffObservation:
        """The person now: the last unbroken employment counts, and all assignments."""
        staff = self._staff
        spell = self._current_spell()
        positions = self._positions(spell)
        if not positions:
            self._findings.note(roster_findings.USER_WITHOUT_ROLE, staff.at, value=staff.key)
        begins = [row.begin for row in self._assignments if row.begin is not None]
        return StaffObservation(
            source_key=staff.key,
            names=staff.names,
            ids=self._ids(),
            emails=self._emails(shared),
            positions=positions,
            active=bool(positions),
            birth_date=staff.birth_date,
            hire_date=spell.hired if spell else None,
            employed_since=min(begins, default=None) if spell is None else None,
            exit_date=spell.end if spell else None,
            file=staff.at.file,
            line=staff.at.line or 0,
        )

    def _ids(self) -> tuple[tuple[IdSystem, str], ...]:
        """staffUniqueId is a state id only where the connection says so and no code of the system State says better."""
        ids, system = set(self._staff.ids), self._edfi.staff_unique_id
        if system != "state_id" or not any(known == "state_id" for known, _ in ids):
            ids.add((system, self._staff.key))
        return tuple(sorted(ids))

    def _emails(self, shared: frozenset[str]) -> tuple[str, ...]:
        mails = sorted(self._staff.mails, key=lambda mail: mail[0])
        addresses = [address for _, address in mails] + ([self._staff.login] if self._staff.login else [])
        known = {address.casefold(): address for address in reversed(addresses)}
        ordered = tuple(known[address] for address in dict.fromkeys(each.casefold() for each in addresses))
        private = tuple(address for address in ordered if address.casefold() not in shared)
        if len(private) < len(ordered):
            at = Place(self._staff.at.file, self._staff.at.line, "electronicMails")
            self._findings.note(roster_findings.EMAIL_SHARED, at, value=ordered[0])
        return private

    def _current_spell(self) -> Spell | None:
        """The last one; None when there is none, or when an assignment shows that the person works again since."""
        spells = self._unbroken()
        if not spells:
            return None
        last = spells[-1]
        if last.end is not None and any(
            row.begin is not None and row.begin >= last.end and (row.end is None or row.end > row.begin)
            for row in self._assignments
        ):
            self._findings.note(edfi_findings.WORKS_AFTER_END, self._staff.at)
            return None
        return last

    def _unbroken(self) -> list[Spell]:
        """Employments of one hire date are one (a change of status makes a second), and so are those that go on."""
        by_day: dict[date | None, list[EmploymentRow]] = defaultdict(list)
        for row in self._employments:
            by_day[row.hired].append(row)
        spells: list[Spell] = []
        for hired in sorted(by_day, key=lambda day: day or date.min):
            spell = self._spell(hired, by_day[hired])
            if spells and goes_on(spells[-1].end, hired):
                spells[-1] = _joined(spells[-1], spell)
            else:
                spells.append(spell)
        return spells

    def _spell(self, hired: date | None, rows: Sequence[EmploymentRow]) -> Spell:
        still = [row for row in rows if row.end is None]
        if still and any(row.is_separation for row in rows):
            self._findings.note(edfi_findings.HALF_CLOSED, still[0].at)
        end = None if still else max(row.end for row in rows if row.end is not None)
        counting = still or [row for row in rows if row.end == end]
        is_substitute = all(row.status.is_one_of(self._edfi.substitute_statuses) for row in counting)
        return Spell(hired, end, is_substitute, counting[-1].organization)

    def _positions(self, spell: Spell | None) -> tuple[Position, ...]:
        positions = [
            self._position(
                row.organization, self._role(row.role, spell), row.role_raw, row.order, row.begin, row.end, row.fte
            )
            for row in self._assignments
        ]
        if spell is None:
            return tuple(positions)
        if not positions:
            self._findings.note(edfi_findings.NO_ASSIGNMENT, self._staff.at)
            role = self._role(self._edfi.role_without_assignment, spell)
            return (self._position(spell.organization, role, "", None, spell.hired, spell.end, None),)
        ends = [position.end for position in positions if position.end is not None]
        if len(ends) == len(positions) and (spell.end is None or spell.end > max(ends)):
            positions.append(self._until_the_end(positions, max(ends), spell))
        return tuple(positions)

    def _until_the_end(self, positions: Sequence[Position], last: date, spell: Spell) -> Position:
        """Between school years nobody is assigned; who is still employed stays what they were."""
        before = next(position for position in positions if position.end == last)
        return Position(
            organization_key=before.organization_key,
            organization_code=before.organization_code,
            organization_type=before.organization_type,
            role=before.role,
            role_raw=before.role_raw,
            primary=before.primary,
            start=last,
            end=spell.end,
            fte=before.fte,
        )

    def _position(
        self,
        key: str,
        role: StaffRole,
        raw: str,
        order: int | None,
        start: date | None,
        end: date | None,
        fte: float | None,
    ) -> Position:
        organization = self._organizations[key]
        primary = None if order is None else order == 1
        return Position(key, organization.code, organization.type, role, raw, primary, start, end, fte)

    def _role(self, role: StaffRole, spell: Spell | None) -> StaffRole:
        return "substitute" if spell and spell.is_substitute and role in _TEACHING else role


def _joined(earlier: Spell, later: Spell) -> Spell:
    """One stretch of employment; it begins with the earlier one, unless that was no more than substituting."""
    end = None if earlier.end is None or later.end is None else max(earlier.end, later.end)
    counting = later if later.end == end else earlier
    begins_later = earlier.hired is None or (earlier.is_substitute and not counting.is_substitute)
    return Spell(later.hired if begins_later else earlier.hired, end, counting.is_substitute, counting.organization)


def _assignment_order(row: AssignmentRow) -> tuple[int, date, str, str]:
    return (row.order if row.order is not None else 99, row.begin or date.min, row.organization, row.role_raw)


def _shared_addresses(staffs: Iterable[StaffRow]) -> frozenset[str]:
    users = Counter(
        address
        for staff in staffs
        for address in {mail.casefold() for _, mail in staff.mails}
        | ({staff.login.casefold()} if staff.login else set())
    )
    return frozenset(address for address, count in users.items() if count > PEOPLE_PER_ADDRESS)
