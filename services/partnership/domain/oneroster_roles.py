"""Reads roles.csv of OneRoster 1.2, or of a set like it: who is what, where, from when to when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import RosterOrganization, StaffRole
from services.partnership.domain.oneroster_values import (
    as_written,
    bare,
    is_rounded_number,
    is_status,
    milliseconds,
    read_date,
    read_role,
    read_stamp,
    read_status,
)
from services.partnership.domain.roster_spool import REASONS, STAFF, RoleRow, RosterSpool
from services.partnership.domain.roster_text import Table

ROLE_COLUMNS = (
    "sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "beginDate", "endDate",
    "orgSourcedId",
)  # fmt: skip


def role_of(text: str, roles: Mapping[str, StaffRole]) -> tuple[StaffRole | None, str]:
    """The canonical role, the connection's own mapping first; or None and the reason to drop the person."""
    mapped = roles.get(bare(text)) if roles else None
    if mapped:
        return mapped, ""
    role, reason, _ = read_role(text)
    return role, reason


def read_roles(
    table: Table,
    organizations: Mapping[str, RosterOrganization],
    mapping: ConnectionMapping,
    spool: RosterSpool,
    *,
    is_delta: bool,
) -> int:
    """Sets down the staff roles of a set, and who has none; a role at an unknown organization is quarantined.

    How many rows say whether they are active."""
    statuses = 0
    roles = {bare(name): role for name, role in mapping.roles.items()}
    for line, (role_id, status, changed, person, role_type, role_raw, begins, ends, org_key) in table:
        if not person or not role_raw:
            table.quarantine(found.REQUIRED, line, "role" if person else "userSourcedId")
            continue
        statuses += is_status(status)
        role, reason = role_of(role_raw, roles)
        moment = _changed_at(table, line, changed, mapping.time_zone) if changed else 0
        rounded = next((each for each in (person, org_key) if is_rounded_number(each)), "")
        if rounded:
            table.quarantine(found.SCIENTIFIC, line, "userSourcedId" if rounded == person else "orgSourcedId", rounded)
            continue
        if role is None:
            spool.say(person, REASONS.index(reason))
            if is_delta and spool.knows_role(role_id):  # it was a staff role before
                spool.add_role(RoleRow(person, 0, line, moment, role_id, "", "", "", None, "", "", 1))
            continue
        deleted, odd = read_status(status)
        if odd:
            table.note(odd, line, "status", public=status)
        if org_key not in organizations and not deleted:
            table.quarantine(found.ROLE_WITHOUT_ORG, line, "orgSourcedId", org_key)
            continue
        _note_spelling(table, line, role_raw, roles)
        start, end = read_period(table, line, begins, ends)
        spool.say(person, STAFF)
        spool.add_role(
            RoleRow(
                person, 0, line, moment, role_id, org_key, role, as_written(role_raw), _primary(table, line, role_type),
                start.isoformat() if start else "", end.isoformat() if end else "", deleted,
            )
        )  # fmt: skip
    return statuses


def read_period(
    table: Table, line: int, begins: str, ends: str, *, columns: tuple[str, str] = ("beginDate", "endDate")
) -> tuple[date | None, date | None]:
    """The two days as they stand; an end before the beginning is left out. OneRoster's end is exclusive."""
    if not begins and not ends:
        return None, None
    start, odd = read_date(begins)
    if odd:
        table.note(odd, line, columns[0], public=begins)
    end, odd = read_date(ends)
    if odd:
        table.note(odd, line, columns[1], public=ends)
    if start and end and end < start:
        table.note(found.DATES_INVERTED, line, columns[1], public=ends)
        end = None
    return start, end


@dataclass(slots=True)
class RolesInForce:
    """One person's roles after all that was said of them in order. `over` are deleted ones, kept so that an older row
    cannot bring them back; `stale` are rows that came too late, `same` rows that say nothing new."""

    live: list[RoleRow] = field(default_factory=list)
    over: list[RoleRow] = field(default_factory=list)
    stale: list[RoleRow] = field(default_factory=list)
    same: list[RoleRow] = field(default_factory=list)

    @property
    def all_over(self) -> bool:
        """Whether every role that is known of the person is deleted."""
        return bool(self.over) and not self.live


def roles_in_force(rows: Sequence[RoleRow], *, is_delta: bool) -> RolesInForce:
    """Of one person, in the order of `RosterSpool.roles_of`. In a delta a newer row replaces an older one."""
    result = RolesInForce()
    if not is_delta:
        rows = sorted(rows, key=lambda row: row.line) if any(row.changed for row in rows) else rows
    for row in rows:
        if not is_delta and not row.deleted:
            _add(result, row)
            continue
        earlier = _of_one_role(row, result)
        if any(row.changed and row.changed < other.changed for other in earlier):
            result.stale.append(row)
            continue
        if is_delta and not row.deleted:
            earlier = [other for other in earlier if _is_replaced(other, row)]
        result.live = _without(result.live, earlier)
        result.over = _without(result.over, earlier)
        if row.deleted:
            result.over.append(row)
        else:
            _add(result, row)
    return result


def _add(result: RolesInForce, row: RoleRow) -> None:
    if any(other[5:] == row[5:] for other in result.live):
        result.same.append(row)
    else:
        result.live.append(row)


def _is_replaced(other: RoleRow, row: RoleRow) -> bool:
    """Rows of one time that share an id add up: some systems write the person's own id there."""
    return bool(other.known or other.deleted or other.changed < row.changed or other[5:7] == row[5:7])


def _of_one_role(row: RoleRow, result: RolesInForce) -> list[RoleRow]:
    """By the role's id where that is one, else by what is done where."""
    if row.role_id and row.role_id != row.person:
        by_id = [other for other in (*result.live, *result.over) if other.role_id == row.role_id]
        if sum(other.known and not other.deleted for other in by_id) < 2:
            return by_id
    return [other for other in (*result.live, *result.over) if other[5:7] == row[5:7]]


def _without(rows: Iterable[RoleRow], gone: Sequence[RoleRow]) -> list[RoleRow]:
    return [row for row in rows if not any(row is each for each in gone)]


def _changed_at(table: Table, line: int, stamp: str, time_zone: str) -> int:
    moment, odd = read_stamp(stamp, time_zone)
    if odd:
        table.note(odd, line, "dateLastModified", public=stamp)
    return milliseconds(moment)


def _note_spelling(table: Table, line: int, role_raw: str, roles: Mapping[str, StaffRole]) -> None:
    if (odd := read_role(role_raw)[2]) and bare(role_raw) not in roles:
        table.note(odd, line, "role", public=role_raw)


def _primary(table: Table, line: int, role_type: str) -> int | None:
    lowered = role_type.lower()
    if lowered not in ("primary", "secondary"):
        if role_type:
            table.note(found.ENUMERATION, line, "roleType", public=role_type)
        return None
    if lowered != role_type:
        table.note(found.ENUMERATION, line, "roleType", public=role_type)
    return int(lowered == "primary")
