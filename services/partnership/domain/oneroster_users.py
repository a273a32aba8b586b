"""Reads users.csv: staff are set down for joining; students, families and passwords are let go row by row."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import IdSystem, RosterOrganization
from services.partnership.domain.oneroster_ids import IdReader
from services.partnership.domain.oneroster_roles import role_of
from services.partnership.domain.oneroster_values import (
    as_written,
    bare,
    is_address,
    is_rounded_number,
    is_status,
    milliseconds,
    read_boolean,
    read_role,
    read_stamp,
    read_status,
)
from services.partnership.domain.roster_spool import REASONS, RosterSpool, UserRow
from services.partnership.domain.roster_text import BLANK_WORDS, Table

USER_COLUMNS = (
    "sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role", "username", "userIds",
    "givenName", "familyName", "middleName", "identifier", "email", "agentSourcedIds", "grades", "password",
    "userMasterIdentifier", "preferredGivenName", "preferredFamilyName", "primaryOrgSourcedId",
)  # fmt: skip
_AT = {column: index for index, column in enumerate(USER_COLUMNS)}
_KEY, _STATUS, _CHANGED, _ENABLED, _ORGS, _ROLE = (_AT[column] for column in USER_COLUMNS[:6])
NAME_PARTS = ("givenName", "familyName", "middleName", "preferredGivenName", "preferredFamilyName")
MAY_BE_ALL_BLANK = (0, 2, 3, 4)
"""Places in NAME_PARTS of those that a whole column of “NULL” says nothing about."""

OwnRole = tuple[str, str, str]
"""Organization, role, and role as written: what a row of 1.1 says of the person's work."""


@dataclass(slots=True)
class UsersRead:
    """What users.csv came to. `names` are the values, by part, as long as they are all words for nothing."""

    dropped: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    passwords: int = 0
    statuses: int = 0
    changed_at: datetime | None = None
    words: dict[int, Counter[str]] = field(default_factory=lambda: {part: Counter() for part in MAY_BE_ALL_BLANK})


class UserReader:
    """Reads one users.csv. `has_roles`: another file says who works where as what; in 1.1 each row does it itself.
    `drops_roleless`: who has no role there is nobody of ours."""

    def __init__(
        self,
        table: Table,
        organizations: Mapping[str, RosterOrganization],
        spool: RosterSpool,
        mapping: ConnectionMapping,
        *,
        has_roles: bool,
        drops_roleless: bool = False,
    ) -> None:
        self._table = table
        self._organizations = organizations
        self._spool = spool
        self._has_roles = has_roles
        self._drops_roleless = drops_roleless
        self._time_zone = mapping.time_zone
        self._role_names = {bare(name): role for name, role in mapping.roles.items()}
        self._ids = IdReader(table, mapping)
        self._read = UsersRead()

    def read(self) -> UsersRead:
        """Every row once; who is not staff leaves no trace but a count."""
        book, password = self._read, _AT["password"]
        for line, row in self._table:
            book.passwords += row[password] != ""
            book.statuses += is_status(row[_STATUS])
            changed = self._note_change(line, row[_CHANGED]) if row[_CHANGED] else 0
            if not row[_KEY]:
                self._table.quarantine(found.REQUIRED, line, "sourcedId")
                continue
            reason = self._not_staff(row)
            if reason:
                book.dropped[reason] += 1
            else:
                self._take(line, row, changed)
        return book

    def _not_staff(self, row: tuple[str, ...]) -> str:
        """Why the person is dropped; empty for staff, and for those of whom nothing says that they are not."""
        if not self._has_roles:
            return role_of(row[_ROLE], self._role_names)[1] if row[_ROLE] else ""
        standing = self._spool.standing(row[_KEY])
        if standing is not None:
            return REASONS[standing]
        if self._drops_roleless:
            return "no_role"
        looks_like_student = row[_AT["grades"]] or row[_AT["agentSourcedIds"]]
        return "student_presumed" if looks_like_student else ""

    def _take(self, line: int, row: tuple[str, ...], changed: int) -> None:
        """Sets the row's person down, unless the row is quarantined."""
        (
            key, status, _, enabled, orgs, role, username, user_ids, given, family, middle, identifier, email, _, _, _,
            master, preferred_given, preferred_family, primary_org,
        ) = row[: len(USER_COLUMNS)]  # fmt: skip
        table = self._table
        if is_rounded_number(key):
            table.quarantine(found.SCIENTIFIC, line, "sourcedId", key)
            return
        deleted, odd = read_status(status)
        if odd:
            table.note(odd, line, "status", public=status)
        if not (given and family) and not deleted:
            if not (given or family):
                table.quarantine(found.REQUIRED, line, "familyName")
                return
            table.note(found.BLANK_NAME, line, "familyName" if given else "givenName")
        is_enabled, odd = read_boolean(enabled)
        if odd:
            table.note(odd, line, "enabledUser", public=enabled)
        own = [] if self._has_roles else self._own_roles(line, orgs, role, deleted=deleted)
        if own is None:
            return
        names = (given, family, middle, preferred_given, preferred_family)
        self._note_words(names)
        ids = self._ids.read(line, user_ids, identifier, master, row[len(USER_COLUMNS) :])
        emails = self._emails(line, email, username)
        self._read.kept += 1
        self._spool.add_user(
            *user_row(
                key, names, ids, emails, username, own, primary_org,
                enabled=is_enabled is not False, deleted=deleted, line=line, changed=changed,
                same=hash(row), besides=hash(row[:_ORGS] + row[_ROLE + 1 :]),
            )
        )  # fmt: skip

    def _own_roles(self, line: int, orgs: str, role_raw: str, *, deleted: bool) -> list[OwnRole] | None:
        """1.1: one role at each of the row's organizations; None when it names none that the set knows."""
        if not role_raw or not orgs:
            if deleted:
                return []
            self._table.quarantine(found.REQUIRED, line, "orgSourcedIds" if role_raw else "role")
            return None
        role, _ = role_of(role_raw, self._role_names)
        if (odd := read_role(role_raw)[2]) and bare(role_raw) not in self._role_names:
            self._table.note(odd, line, "role", public=role_raw)
        keys = [orgs] if orgs in self._organizations else list(dict.fromkeys(_listed(orgs)))
        known = [key for key in keys if key in self._organizations]
        unknown = [key for key in keys if key not in self._organizations]
        if unknown and not known and not deleted:
            self._table.quarantine(found.ROLE_WITHOUT_ORG, line, "orgSourcedIds", unknown[0])
            return None
        for key in unknown:
            self._table.note(found.ROLE_WITHOUT_ORG, line, "orgSourcedIds", value=key)
        return [(key, role or "other", as_written(role_raw)) for key in known]

    def _emails(self, line: int, email: str, username: str) -> tuple[str, ...]:
        if email:
            if is_address(email):
                return (email,)
            self._table.note(found.EMAIL_INVALID, line, "email", value=email)
        return (username,) if "@" in username and is_address(username) else ()

    def _note_change(self, line: int, stamp: str) -> int:
        moment, odd = read_stamp(stamp, self._time_zone)
        if odd:
            self._table.note(odd, line, "dateLastModified", public=stamp)
        if moment and (self._read.changed_at is None or moment > self._read.changed_at):
            self._read.changed_at = moment
        return milliseconds(moment)

    def _note_words(self, names: Sequence[str]) -> None:
        """A part of the names in which something else than a word for nothing occurs is not looked at again."""
        words = self._read.words
        for part in tuple(words):
            if names[part] in BLANK_WORDS:
                words[part][names[part]] += 1
            elif names[part]:
                del words[part]


def user_row(
    key: str,
    names: Sequence[str],
    ids: Sequence[tuple[IdSystem, str]],
    emails: Sequence[str],
    username: str,
    own: Sequence[OwnRole],
    primary_org: str,
    *,
    enabled: bool,
    deleted: bool,
    line: int = 0,
    changed: int = 0,
    same: int = 0,
    besides: int = 0,
    known: bool = False,
) -> tuple[UserRow, list[tuple[str, str]]]:
    """The row to set down, and what further keys tell rows of one person."""
    joining: dict[str, str] = {}
    more: list[tuple[str, str]] = []
    for system, value in ids:
        if system in ("local_id", "master_id") and joining.setdefault(system, value) != value:
            more.append((system, value))
    addresses = [email.casefold() for email in emails]
    more += [("address", address) for address in addresses[1:] if address != addresses[0]]
    body = orjson.dumps((names, ids, emails, username, enabled, own, primary_org))
    row = UserRow(
        key, known, line, changed, same, besides, deleted, joining.get("local_id", ""), joining.get("master_id", ""),
        addresses[0] if addresses else "", username.casefold(), body,
    )  # fmt: skip
    return row, more


def with_own_roles(body: bytes, others: Iterable[OwnRole]) -> bytes:
    """The same person with further roles before their own ones."""
    *rest, own, primary_org = orjson.loads(body)
    before = [list(other) for other in others]
    return orjson.dumps((*rest, [*before, *(each for each in own if each not in before)], primary_org))


def own_roles(body: bytes) -> list[OwnRole]:
    own: list[OwnRole] = orjson.loads(body)[5]
    return own


def _listed(orgs: str) -> Iterable[str]:
    return (key.strip() for key in orgs.replace(";", ",").split(",") if key.strip())
