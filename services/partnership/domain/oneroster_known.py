"""What a source last said about its staff, in lines to be kept, so that a delta can be read on top of it.

Of who is gone only the key and the time remain, so that an older row cannot bring them back.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from services.partnership.domain.observation import RosterOrganization
from services.partnership.domain.oneroster_roles import roles_in_force
from services.partnership.domain.oneroster_users import user_row
from services.partnership.domain.roster_spool import KNOWN, STAFF, RoleRow, RosterSpool, UserRow

_ORGANIZATION, _USER, _ROLE = "organization", "user", "role"


@dataclass(slots=True)
class Known:
    """What was known, taken in line by line."""

    spool: RosterSpool = field(default_factory=RosterSpool)
    organizations: dict[str, RosterOrganization] = field(default_factory=dict)

    def take(self, lines: Iterable[str]) -> None:
        for line in lines:
            kind, *fields = orjson.loads(line)
            if kind == _ORGANIZATION:
                organization = RosterOrganization(**fields[0])
                self.organizations[organization.key] = organization
            elif kind == _USER:
                self._take_user(*fields)
            else:
                role = RoleRow(*fields)
                self.spool.add_role(role)
                if not role.deleted:
                    self.spool.say(role.person, STAFF)

    def _take_user(self, key: str, changed: int, deleted: int, body: list[Any]) -> None:
        names, ids, emails, username, enabled, own, primary_org = body
        row, more = user_row(
            key, names, ids, emails, username, own, primary_org,
            enabled=enabled, deleted=bool(deleted), changed=changed, known=True,
        )  # fmt: skip
        self.spool.add_user(row, more)
        if not deleted:
            self.spool.say(key, STAFF)


@dataclass(frozen=True, slots=True)
class KeptLines:
    """The lines to keep of a set that has been read; made anew each time they are gone through."""

    spool: RosterSpool
    organizations: Mapping[str, RosterOrganization]
    roles_are_delta: bool

    def __iter__(self) -> Iterator[str]:
        for organization in self.organizations.values():
            yield _line(_ORGANIZATION, asdict(organization))
        person = ""
        rows: list[RoleRow] = []
        for role in self.spool.roles():
            if role.person != person:
                yield from self._of_person(rows)
                person, rows = role.person, []
            rows.append(role)
        yield from self._of_person(rows)
        for user in self.spool.users():
            yield _user_line(user)

    def _of_person(self, rows: list[RoleRow]) -> Iterator[str]:
        settled = roles_in_force(rows, is_delta=self.roles_are_delta)
        for role in (*settled.live, *settled.over):
            yield _line(_ROLE, *role._replace(known=KNOWN, line=0))


def _user_line(user: UserRow) -> str:
    nobody = (("",) * 5, (), (), "", False, (), "")
    return _line(
        _USER, user.key, user.changed, int(user.deleted), nobody if user.deleted else orjson.Fragment(user.body)
    )


def _line(kind: str, *fields: Any) -> str:
    return orjson.dumps((kind, *fields)).decode()
