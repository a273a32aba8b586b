"""Settles what several rows say of one key, and what the files of a set say of each other, once all rows are in."""

from collections.abc import Sequence
from typing import Literal

from services.partnership.domain import roster_findings as found
from services.partnership.domain.oneroster_roles import roles_in_force
from services.partnership.domain.oneroster_users import UsersRead, own_roles, with_own_roles
from services.partnership.domain.roster_spool import KNOWN, KNOWN_WITH_NEWS, NEW, RosterSpool, UserRow
from services.partnership.domain.roster_text import Table

Mode = Literal["bulk", "delta"]


def settle_users(users: Table, spool: RosterSpool, mode: Mode) -> None:
    """One row for each key. In a bulk file two rows of one key are a mistake; in a delta the newer one counts."""
    for key in spool.keys_in_doubt():
        rows = spool.rows_of(key)
        row = _newest(users, rows) if mode == "delta" else _last(users, rows)
        was_known = any(each.known for each in rows)
        spool.keep_one(row._replace(known=KNOWN if row.known else KNOWN_WITH_NEWS if was_known else NEW))


def settle_roles(roles: Table, spool: RosterSpool, mode: Mode, *, is_delta: bool) -> None:
    """Roles without a person: broken in a bulk set, usual in a delta of which the base is not known, where they say
    nothing. `is_delta`: the file of the roles is one."""
    _note_rows(roles, spool, is_delta=is_delta)
    for key, line in spool.roles_of_nobody():
        if mode == "bulk":
            roles.quarantine(found.ROLE_WITHOUT_USER, line, "userSourcedId", key)
        else:
            roles.note(found.DELTA_WITHOUT_USER, line, "userSourcedId", value=key)


def settle_roleless(users: Table, spool: RosterSpool, book: UsersRead, mode: Mode) -> None:
    """People without a role: kept as inactive. In a delta, they are left out unless they were known before."""
    for key, line in spool.users_without_role():
        if mode == "bulk":
            users.note(found.USER_WITHOUT_ROLE, line, "sourcedId", value=key)
        else:
            users.note(found.DELTA_WITHOUT_ROLE, line, "sourcedId", value=key)
            book.dropped["role_unknown"] += 1
            spool.forget_user(key)


def _last(users: Table, rows: Sequence[UserRow]) -> UserRow:
    """The later row, with the roles of an earlier one that differs in nothing else (1.1 has a row for each)."""
    row = rows[0]
    for later in rows[1:]:
        if later.same == row.same:
            users.note(found.ROW_SAME, later.line)
        elif later.besides == row.besides:
            row = _with_roles_of(row, later)
        else:
            users.quarantine(found.ROW_DIFFERS, later.line, "sourcedId", later.key)
            row = later
    return row


def _newest(users: Table, rows: Sequence[UserRow]) -> UserRow:
    """The row that was changed last; of rows of one time the later one, as in a bulk file."""
    row = rows[0]
    for later in sorted(rows[1:], key=lambda each: (each.changed, each.line)):
        if later.changed and later.changed < row.changed:
            users.note(found.STALE, later.line, "dateLastModified", value=later.key)
        elif not row.known and later.same == row.same:
            users.note(found.ROW_SAME, later.line)
        elif not row.known and later.changed == row.changed and later.besides == row.besides:
            row = _with_roles_of(row, later)
        else:
            row = later._replace(body=row.body) if later.deleted else later
    return row


def _with_roles_of(earlier: UserRow, later: UserRow) -> UserRow:
    return later._replace(body=with_own_roles(later.body, own_roles(earlier.body)))


def _note_rows(roles: Table, spool: RosterSpool, *, is_delta: bool) -> None:
    """Roles that are there twice, and in a delta those that came too late."""
    for person in spool.people_with_new_roles() if is_delta else spool.roles_in_doubt():
        settled = roles_in_force(spool.roles_of(person), is_delta=is_delta)
        for row in settled.same:
            roles.note(found.ROW_SAME, row.line)
        for row in settled.stale:
            roles.note(found.STALE, row.line, "dateLastModified", value=row.person)
