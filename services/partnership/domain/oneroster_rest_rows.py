"""What is kept of OneRoster's orgs and users as REST gives them: staff only, and of them what the CSV reader reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.oneroster_roles import role_of
from services.partnership.domain.oneroster_values import bare
from services.partnership.domain.pulled_rows import Harvest, Kept, each, members, text

ORG_MEMBERS = ("sourcedId", "status", "dateLastModified", "name", "type", "identifier")
USER_MEMBERS = (
    "sourcedId", "status", "dateLastModified", "username", "enabledUser", "givenName", "familyName", "middleName",
    "identifier", "email", "userMasterIdentifier", "role", "preferredFirstName", "preferredMiddleName",
    "preferredLastName", "preferredGivenName", "preferredFamilyName",
)  # fmt: skip
ROLE_MEMBERS = ("sourcedId", "roleType", "role", "beginDate", "endDate", "status")
STATE_CODE = "statecode"


class UserRows:
    """Tells staff from everybody else, as the connection names roles."""

    def __init__(self, mapping: ConnectionMapping) -> None:
        self._roles = {bare(name): role for name, role in mapping.roles.items()}
        self._metadata = frozenset(bare(name) for name in mapping.metadata_ids)

    def __call__(self, rows: Sequence[Any]) -> Harvest:
        """Of people who are not on staff only their number and, to be forgotten if they were, their keys."""
        harvest = Harvest()
        for row in rows:
            key = _key(row, harvest)
            if not key:
                continue
            harvest.newest = max(harvest.newest, text(row.get("dateLastModified")))
            harvest.dropped["password"] += bool(row.get("password"))
            reason = self._not_staff(row)
            if reason:
                harvest.dropped[reason] += 1
                harvest.gone.append(key)
                harvest.kept.pop(key, None)
            else:
                harvest.kept[key] = Kept(key, self._kept(row))
        return harvest

    def _not_staff(self, row: Mapping[str, Any]) -> str:
        """Why the person is dropped; empty for staff, and for those of whom nothing says that they are not."""
        named = [text(role.get("role")) if isinstance(role, Mapping) else text(role) for role in each(row.get("roles"))]
        named = [name for name in [*named, text(row.get("role"))] if name]
        judged = [role_of(name, self._roles) for name in named]
        if any(role is not None for role, _ in judged):
            return ""
        if judged:
            return judged[0][1]
        return "student_presumed" if row.get("grades") or row.get("agents") else ""

    def _kept(self, row: Mapping[str, Any]) -> dict[str, Any]:
        kept = members(row, USER_MEMBERS)
        lists: dict[str, list[Any]] = {
            "userIds": [_plain(members(one, ("type", "identifier", "id"))) for one in each(row.get("userIds"))],
            "roles": [self._role(role) for role in each(row.get("roles"))],
            "orgs": [_reference(org) for org in each(row.get("orgs"))],
        }
        kept |= {name: found for name, values in lists.items() if (found := [value for value in values if value])}
        if primary := _reference(row.get("primaryOrg")):
            kept["primaryOrg"] = primary
        return kept | _metadata(row, self._metadata)

    def _role(self, role: Any) -> dict[str, Any]:
        if not isinstance(role, Mapping):
            return {"role": text(role)} if text(role) else {}
        org = _reference(role.get("org"))
        return members(role, ROLE_MEMBERS) | ({"org": org} if org else {})


def org_rows(rows: Sequence[Any]) -> Harvest:
    """Schools, districts and departments."""
    harvest = Harvest()
    for row in rows:
        if key := _key(row, harvest):
            parent = _reference(row.get("parent"))
            kept = members(row, ORG_MEMBERS) | ({"parent": parent} if parent else {})
            harvest.kept[key] = Kept(key, kept | _metadata(row, frozenset({STATE_CODE})))
    return harvest


def _key(row: Any, harvest: Harvest) -> str:
    """The row's sourcedId; a row without one cannot be kept, and is counted."""
    key = text(row.get("sourcedId")) if isinstance(row, Mapping) else ""
    harvest.keys.append(key)
    harvest.dropped["without_id"] += not key
    return key


def _reference(value: Any) -> dict[str, str]:
    """Where something is: by its id alone."""
    key = text(value.get("sourcedId")) if isinstance(value, Mapping) else text(value)
    return {"sourcedId": key} if key else {}


def _metadata(row: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    found = row.get("metadata")
    if not isinstance(found, Mapping):
        return {}
    kept = {name: text(value) for name, value in found.items() if bare(str(name)) in wanted and text(value)}
    return {"metadata": kept} if kept else {}


def _plain(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: text(value) for name, value in values.items()}
