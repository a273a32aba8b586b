"""Reads roles.csv of OneRoster 1.2: who is what, where, from when to when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import Position, RosterOrganization, StaffRole
from services.partnership.domain.oneroster_values import bare, read_date, read_role, read_status
from services.partnership.domain.roster_text import Table

ROLE_COLUMNS = (
    "sourcedId", "status", "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId",
)  # fmt: skip


@dataclass(slots=True)
class PersonRoles:
    """One person's staff roles; `ended` counts the role rows that are marked as deleted."""

    positions: dict[str, Position] = field(default_factory=dict)
    ended: int = 0
    line: int = 0

    @property
    def all_over(self) -> bool:
        """Whether every role that the set has for the person is marked as deleted."""
        return self.ended > 0 and not self.positions


@dataclass(slots=True)
class RoleBook:
    """Staff roles by person; of people with other roles only the key and the reason to drop them."""

    staff: dict[str, PersonRoles] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)


def role_of(text: str, roles: Mapping[str, StaffRole]) -> tuple[StaffRole | None, str]:
    """The canonical role, the connection's own mapping first; or None and the reason to drop the person."""
    mapped = roles.get(bare(text)) if roles else None
    if mapped:
        return mapped, ""
    role, reason, _ = read_role(text)
    return role, reason


def read_roles(table: Table, organizations: Mapping[str, RosterOrganization], mapping: ConnectionMapping) -> RoleBook:
    """The staff roles of a set; a role at an unknown organization is quarantined."""
    book = RoleBook()
    roles = {bare(name): role for name, role in mapping.roles.items()}
    for line, (role_id, status, person, role_type, role_raw, begins, ends, org_key) in table:
        if not person or not role_raw:
            table.quarantine(found.REQUIRED, line, "role" if person else "userSourcedId")
            continue
        role, reason = role_of(role_raw, roles)
        if role is None:
            book.others[person] = reason
            continue
        organization = organizations.get(org_key)
        if organization is None:
            table.quarantine(found.ROLE_WITHOUT_ORG, line, "orgSourcedId", org_key)
            continue
        _note_spelling(table, line, role_raw, roles)
        start, end = read_period(table, line, begins, ends)
        primary = _primary(table, line, role_type)
        deleted, odd = read_status(status)
        if odd:
            table.note(odd, line, "status", public=status)
        position = Position(org_key, organization.code, organization.type, role, bare(role_raw), primary, start, end)
        _enter(table, line, book.staff.setdefault(person, PersonRoles(line=line)), role_id, position, deleted=deleted)
    return book


def read_period(table: Table, line: int, begins: str, ends: str) -> tuple[date | None, date | None]:
    """From the first day to the day after the last (OneRoster's endDate is exclusive)."""
    start, odd = read_date(begins)
    if odd:
        table.note(odd, line, "beginDate", public=begins)
    end, odd = read_date(ends)
    if odd:
        table.note(odd, line, "endDate", public=ends)
    if start and end and end < start:
        table.note(found.DATES_INVERTED, line, "endDate", public=ends)
        end = None
    return start, end


def _note_spelling(table: Table, line: int, role_raw: str, roles: Mapping[str, StaffRole]) -> None:
    if bare(role_raw) not in roles and (odd := read_role(role_raw)[2]):
        table.note(odd, line, "role", public=role_raw)


def _primary(table: Table, line: int, role_type: str) -> bool | None:
    lowered = role_type.lower()
    if lowered not in ("primary", "secondary"):
        return None
    if lowered != role_type:
        table.note(found.ENUMERATION, line, "roleType", public=role_type)
    return lowered == "primary"


def _enter(table: Table, line: int, person: PersonRoles, role_id: str, position: Position, *, deleted: bool) -> None:
    """One more role; a deletion takes away what the same role id gave before. Role ids are no keys otherwise: some
    systems write the person's own id there."""
    key = f"{role_id}|{position.organization_key}|{position.role}|{position.start}|{position.end}"
    if deleted:
        person.ended += 1
        for known in [known for known in person.positions if role_id and known.startswith(f"{role_id}|")]:
            del person.positions[known]
    elif position in person.positions.values():
        table.note(found.ROW_SAME, line)
    else:
        person.positions[key] = position
