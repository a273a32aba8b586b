"""Reads users.csv: staff become drafts of people; students, families and passwords are let go row by row."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import IdSystem, PersonNames, Position, RosterOrganization
from services.partnership.domain.oneroster_ids import IdReader
from services.partnership.domain.oneroster_roles import RoleBook, role_of
from services.partnership.domain.oneroster_values import (
    bare,
    is_address,
    is_rounded_number,
    read_boolean,
    read_moment,
    read_role,
    read_status,
)
from services.partnership.domain.roster_text import Table

USER_COLUMNS = (
    "sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role", "username", "userIds",
    "givenName", "familyName", "middleName", "identifier", "email", "agentSourcedIds", "grades", "password",
    "userMasterIdentifier", "preferredGivenName", "preferredFamilyName", "primaryOrgSourcedId",
)  # fmt: skip
_AT = {column: index for index, column in enumerate(USER_COLUMNS)}
_KEY, _STATUS, _CHANGED, _ENABLED, _ORGS, _ROLE = (_AT[column] for column in USER_COLUMNS[:6])
_SAYS_WHERE_AND_WHAT = (_ORGS, _ROLE)


@dataclass(slots=True)
class Draft:
    """A person as one row of users.csv has them, before rows of one person are joined. `row` is what it said."""

    key: str
    names: PersonNames
    ids: tuple[tuple[IdSystem, str], ...]
    emails: tuple[str, ...]
    username: str
    positions: list[Position]
    deleted: bool
    enabled: bool
    line: int
    row: tuple[str, ...]


@dataclass(slots=True)
class UserBook:
    """What users.csv came to."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    passwords: int = 0
    statuses: int = 0
    changed_at: datetime | None = None


class UserReader:
    """Reads one users.csv; `roles` is None for 1.1, where each row says itself who works where as what."""

    def __init__(
        self,
        table: Table,
        organizations: Mapping[str, RosterOrganization],
        roles: RoleBook | None,
        mapping: ConnectionMapping,
    ) -> None:
        self._table = table
        self._organizations = organizations
        self._roles = roles
        self._time_zone = mapping.time_zone
        self._role_names = {bare(name): role for name, role in mapping.roles.items()}
        self._ids = IdReader(table, mapping)
        self._book = UserBook()

    def read(self) -> UserBook:
        """Every row once; who is not staff leaves no trace but a count."""
        book, password = self._book, _AT["password"]
        for line, row in self._table:
            book.passwords += row[password] != ""
            book.statuses += row[_STATUS] in ("active", "tobedeleted")
            self._note_change(row[_CHANGED])
            if not row[_KEY]:
                self._table.quarantine(found.REQUIRED, line, "sourcedId")
                continue
            reason = self._not_staff(row)
            if reason:
                book.dropped[reason] += 1
            else:
                self._take(line, row)
        return book

    def _not_staff(self, row: tuple[str, ...]) -> str:
        """Why the person is dropped; empty for staff, and for those of whom nothing says that they are not."""
        if self._roles is None:
            return role_of(row[_ROLE], self._role_names)[1] if row[_ROLE] else ""
        if row[_KEY] in self._roles.staff:
            return ""
        if row[_KEY] in self._roles.others:
            return self._roles.others[row[_KEY]]
        looks_like_student = row[_AT["grades"]] or row[_AT["agentSourcedIds"]]
        return "student_presumed" if looks_like_student else ""

    def _take(self, line: int, row: tuple[str, ...]) -> None:
        key = row[_KEY]
        earlier = self._book.drafts.get(key)
        if earlier and earlier.row == row:
            self._table.note(found.ROW_SAME, line)
            return
        draft = self._draft(line, row)
        if draft is None:
            return
        if earlier and _same_but_for(earlier.row, row, _SAYS_WHERE_AND_WHAT):
            draft.positions = [*earlier.positions, *(p for p in draft.positions if p not in earlier.positions)]
        elif earlier:
            self._table.quarantine(found.ROW_DIFFERS, line, "sourcedId", key)
        self._book.drafts[key] = draft

    def _draft(self, line: int, row: tuple[str, ...]) -> Draft | None:
        """The row's person; None when the row is quarantined."""
        (
            key, status, _, enabled, orgs, role, username, user_ids, given, family, middle, identifier, email, _, _, _,
            master, preferred_given, preferred_family, primary_org,
        ) = row[: len(USER_COLUMNS)]  # fmt: skip
        table = self._table
        if is_rounded_number(key):
            table.quarantine(found.SCIENTIFIC, line, "sourcedId", key)
            return None
        if not (given and family):
            if not (given or family):
                table.quarantine(found.REQUIRED, line, "familyName")
                return None
            table.note(found.BLANK_NAME, line, "familyName" if given else "givenName")
        deleted, odd = read_status(status)
        if odd:
            table.note(odd, line, "status", public=status)
        is_enabled, odd = read_boolean(enabled)
        if odd:
            table.note(odd, line, "enabledUser", public=enabled)
        if self._roles is None:
            positions = self._own_positions(line, orgs, role)
            if positions is None:
                return None
        else:
            positions = self._booked_positions(key, primary_org)
        return Draft(
            key=key,
            names=PersonNames(given, family, middle, preferred_given, preferred_family),
            ids=self._ids.read(line, user_ids, identifier, master, row[len(USER_COLUMNS) :]),
            emails=self._emails(line, email, username),
            username=username,
            positions=positions,
            deleted=deleted,
            enabled=is_enabled is not False,
            line=line,
            row=row,
        )

    def _own_positions(self, line: int, orgs: str, role_raw: str) -> list[Position] | None:
        """1.1: one role at each of the row's organizations; None when it names none that the set knows."""
        if not role_raw or not orgs:
            self._table.quarantine(found.REQUIRED, line, "orgSourcedIds" if role_raw else "role")
            return None
        role, _ = role_of(role_raw, self._role_names)
        if bare(role_raw) not in self._role_names and (odd := read_role(role_raw)[2]):
            self._table.note(odd, line, "role", public=role_raw)
        keys = list(dict.fromkeys(key.strip() for key in orgs.replace(";", ",").split(",") if key.strip()))
        known = [self._organizations[key] for key in keys if key in self._organizations]
        unknown = [key for key in keys if key not in self._organizations]
        if unknown and not known:
            self._table.quarantine(found.ROLE_WITHOUT_ORG, line, "orgSourcedIds", unknown[0])
            return None
        for key in unknown:
            self._table.note(found.ROLE_WITHOUT_ORG, line, "orgSourcedIds", value=key)
        return [Position(org.key, org.code, org.type, role or "other", bare(role_raw)) for org in known]

    def _booked_positions(self, key: str, primary_org: str) -> list[Position]:
        """1.2: the roles of roles.csv."""
        booked = self._roles.staff.get(key) if self._roles else None
        if booked is None:
            return []
        positions = list(booked.positions.values())
        if primary_org and all(position.primary is None for position in positions):
            positions = [replace(p, primary=p.organization_key == primary_org) for p in positions]
        return positions

    def _emails(self, line: int, email: str, username: str) -> tuple[str, ...]:
        if email:
            if is_address(email):
                return (email,)
            self._table.note(found.EMAIL_INVALID, line, "email", value=email)
        return (username,) if "@" in username and is_address(username) else ()

    def _note_change(self, stamp: str) -> None:
        moment = read_moment(stamp, self._time_zone) if stamp else None
        if moment and (self._book.changed_at is None or moment > self._book.changed_at):
            self._book.changed_at = moment


def _same_but_for(one: tuple[str, ...], other: tuple[str, ...], indexes: tuple[int, ...]) -> bool:
    return all(left == right for i, (left, right) in enumerate(zip(one, other, strict=True)) if i not in indexes)
