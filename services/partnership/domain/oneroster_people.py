"""Joins the rows of one person and makes the canonical observations, one after the other."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import orjson

from services.partnership.domain import roster_findings as found
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.observation import PersonNames, Position, RosterOrganization, StaffObservation
from services.partnership.domain.oneroster_joining import joined
from services.partnership.domain.oneroster_roles import roles_in_force
from services.partnership.domain.oneroster_users import NAME_PARTS
from services.partnership.domain.roster_spool import KNOWN, RoleRow, RosterSpool, UserRow

_FEWEST_ROWS_TO_TELL = 3


@dataclass(slots=True)
class Draft:
    """A person as one key has them, before those of one person are joined."""

    key: str
    names: PersonNames
    ids: tuple[tuple[str, str], ...]
    emails: tuple[str, ...]
    positions: list[Position]
    deleted: bool
    enabled: bool
    line: int


Rows = tuple[UserRow, list[RoleRow]]


class SpooledPeople:
    """The people of a roster, in the order of their keys; made anew each time they are gone through.

    What is found about their joining is said when this is made. `is_delta`: only those of whom the set says something,
    with all that is known of them.
    """

    def __init__(
        self,
        spool: RosterSpool,
        organizations: Mapping[str, RosterOrganization],
        file: str,
        findings: Findings,
        words: Mapping[int, Counter[str]],
        *,
        is_delta: bool,
        roles_are_delta: bool = False,
        knows_all: bool = True,
    ) -> None:
        self._spool = spool
        self._organizations = organizations
        self._file = file
        self._is_delta = is_delta
        self._roles_are_delta = roles_are_delta
        self._knows_all = knows_all
        self._positions = lru_cache(maxsize=4096)(self._position)
        self._blank = _note_blank_parts(words, file, findings)
        leaders, shared = joined(spool)
        self._shared = frozenset(shared)
        self._followers: dict[str, list[str]] = {}
        for key, leader in sorted(leaders.items()):
            if key != leader:
                self._followers.setdefault(leader, []).append(key)
        self._follow = frozenset(key for keys in self._followers.values() for key in keys)
        self._count = None if is_delta else spool.count_users() - len(self._follow)
        self._note_joined(findings)
        self._note_shared(shared, findings)

    def __len__(self) -> int:
        if self._count is None:
            self._count = sum(1 for _ in self._people())
        return self._count

    def __iter__(self) -> Iterator[StaffObservation]:
        for rows in self._people():
            drafts = [self._draft(user, roles) for user, roles in rows]
            yield self._alone(drafts[0]) if len(drafts) == 1 else _observation(drafts, self._shared, self._file)

    def _people(self) -> Iterator[list[Rows]]:
        """Each person's users with their roles; in a delta of those only of whom it says something."""
        for first in self._with_roles():
            key = first[0].key
            if key in self._follow or (first[0].known == KNOWN and first[0].deleted):
                continue
            others = self._followers.get(key, ())
            rows = [first, *((self._spool.rows_of(other)[0], self._spool.roles_of(other)) for other in others)]
            if not self._is_delta or any(self._is_news(user, roles) for user, roles in rows):
                yield rows

    def _with_roles(self) -> Iterator[Rows]:
        """Both are in the order of the person's key."""
        roles = self._spool.roles()
        role = next(roles, None)
        for user in self._spool.users():
            key, theirs = user.key, []
            while role is not None and role.person <= key:
                if role.person == key:
                    theirs.append(role)
                role = next(roles, None)
            yield user, theirs

    def _is_news(self, user: UserRow, roles: Sequence[RoleRow]) -> bool:
        if user.known != KNOWN:
            return True
        if all(role.known for role in roles) or user.deleted:
            return False
        settled = roles_in_force(roles, is_delta=self._roles_are_delta)
        return any(not role.known for role in (*settled.live, *settled.over))

    def _draft(self, user: UserRow, roles: Sequence[RoleRow]) -> Draft:
        names, ids, emails, _, enabled, own, primary_org = orjson.loads(user.body)
        for part in self._blank:
            names[part] = ""
        deleted = bool(user.deleted)
        if len(roles) == 1 and not roles[0].deleted:
            live = roles
        else:
            settled = roles_in_force(roles, is_delta=self._roles_are_delta)
            live = settled.live
            deleted |= settled.all_over and not own and self._knows_all
        positions = [self._positions(org, role, raw, None, "", "") for org, role, raw in own]
        positions += [self._positions(row.org, row.role, row.raw, row.main, row.starts, row.ends) for row in live]
        if primary_org and all(position.primary is None for position in positions):
            positions = [replace(each, primary=each.organization_key == primary_org) for each in positions]
        return Draft(
            key=user.key,
            names=PersonNames(*names),
            ids=tuple([(system, value) for system, value in ids]),
            emails=tuple(emails),
            positions=positions,
            deleted=deleted,
            enabled=enabled,
            line=user.line,
        )

    def _alone(self, row: Draft) -> StaffObservation:
        """The person of one row only, as most are."""
        emails, positions = row.emails, tuple(row.positions)
        if self._shared and emails:
            emails = tuple(email for email in emails if email.casefold() not in self._shared)
        if len(positions) > 1:
            positions = tuple(sorted(dict.fromkeys(positions), key=_position_order))
        return StaffObservation(
            source_key=row.key,
            names=row.names,
            ids=row.ids,
            emails=emails,
            positions=positions,
            active=not row.deleted and bool(positions),
            deleted=row.deleted,
            account_enabled=row.enabled,
            file=self._file,
            line=row.line,
        )

    def _position(self, org: str, role: Any, raw: str, main: int | None, starts: str, ends: str) -> Position:
        known = self._organizations.get(org)
        return Position(
            org,
            known.code if known else None,
            known.type if known else "",
            role,
            raw,
            None if main is None else bool(main),
            date.fromisoformat(starts) if starts else None,
            date.fromisoformat(ends) if ends else None,
        )

    def _note_joined(self, findings: Findings) -> None:
        for leader in sorted(self._followers):
            lines = [self._spool.rows_of(key)[0].line for key in (leader, *self._followers[leader])]
            findings.note(
                found.PERSON_MERGED, Place(self._file, min(filter(None, lines), default=None)),
                detail=f"({len(lines)} rows)",
            )  # fmt: skip

    def _note_shared(self, shared: Mapping[str, Sequence[int]], findings: Findings) -> None:
        for address in sorted(shared):
            for number, seq in enumerate(shared[address]):
                user = self._spool.user(seq) if number < findings.cap else None
                if user is None or user.key not in self._follow:
                    line = user.line if user else None
                    findings.note(found.EMAIL_SHARED, Place(self._file, line or None, "email"), value=address)


def _observation(rows: list[Draft], shared: frozenset[str], file: str) -> StaffObservation:
    """The person of these rows, which come in the order of their keys."""
    first = rows[0]
    emails = tuple(dict.fromkeys(email for row in rows for email in row.emails))
    private = tuple(email for email in emails if email.casefold() not in shared) if shared else emails
    live = [row for row in rows if not row.deleted]
    positions: dict[Position, None] = dict.fromkeys(position for row in live or rows for position in row.positions)
    return StaffObservation(
        source_key=first.key,
        other_keys=tuple(row.key for row in rows[1:]),
        names=_names(rows),
        ids=tuple(sorted({pair for row in rows for pair in row.ids})),
        emails=private,
        positions=tuple(sorted(positions, key=_position_order) if len(positions) > 1 else positions),
        active=bool(live) and bool(positions),
        deleted=not live,
        account_enabled=any(row.enabled for row in rows),
        file=file,
        line=min(row.line for row in rows),
    )


def _names(rows: list[Draft]) -> PersonNames:
    """The first row's names, with what it lacks from the others."""

    def first_given(part: Callable[[PersonNames], str]) -> str:
        return next((name for row in rows if (name := part(row.names))), "")

    return PersonNames(
        given=first_given(lambda names: names.given),
        family=first_given(lambda names: names.family),
        middle=first_given(lambda names: names.middle),
        preferred_given=first_given(lambda names: names.preferred_given),
        preferred_family=first_given(lambda names: names.preferred_family),
    )


def _position_order(position: Position) -> tuple[bool, str, str, str, str]:
    """Primary first, then by organization, role and time."""
    return (
        not position.primary,
        position.organization_key,
        position.role,
        str(position.start or ""),
        str(position.end or ""),
    )


def _note_blank_parts(words: Mapping[int, Counter[str]], file: str, findings: Findings) -> tuple[int, ...]:
    """A person may be called Null; a whole column of NULL is no name."""
    parts = [part for part in words if sum(words[part].values()) >= _FEWEST_ROWS_TO_TELL]
    for part in parts:
        at = Place(file, None, NAME_PARTS[part])
        findings.note(found.BLANK_WORD, at, public=min(words[part]), detail="(the whole column)")
    return tuple(parts)
