"""The files of OneRoster 1.1 and 1.2 that staff are read from, column by column (CSV binding, tables 2 ff.)."""

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.findings import Findings
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_header import Layout, header_names
from services.partnership.domain.roster_text import first_row
from services.partnership.domain.roster_zip import Archive

ORGS, USERS, ROLES, MANIFEST = "orgs.csv", "users.csv", "roles.csv", "manifest.csv"
PERSONAL_FILES = ("demographics.csv", "userprofiles.csv", "userflags.csv", "relationships.csv")
MICROSOFT_SDS_FILES = frozenset({"userflags.csv", "relationships.csv", "school.csv", "studentenrollment.csv"})
MICROSOFT_SDS_COLUMNS = frozenset({"activedirectorymatchid", "isprimary", "rolestartdate", "sessionsourcedid", "sisid"})
_HEAD = ("sourcedId", "status", "dateLastModified")
_OLD_NAMES = {
    "userId": "userIds",
    "grade": "grades",
    "agents": "agentSourcedIds",
    "agentSourcedId": "agentSourcedIds",
    "orgSourcedId": "orgSourcedIds",
    "firstName": "givenName",
    "lastName": "familyName",
    "userSourcedIds": "userSourcedId",
    "id": "sourcedId",
    "dateModified": "dateLastModified",
}
_ORG_COLUMNS = (*_HEAD, "name", "type", "identifier", "parentSourcedId")
_ROLE_COLUMNS = (
    *_HEAD,
    "userSourcedId",
    "roleType",
    "role",
    "beginDate",
    "endDate",
    "orgSourcedId",
    "userProfileSourcedId",
)
_USER_COLUMNS = (
    *_HEAD,
    "enabledUser",
    "orgSourcedIds",
    "role",
    "username",
    "userIds",
    "givenName",
    "familyName",
    "middleName",
    "identifier",
    "email",
    "sms",
    "phone",
    "agentSourcedIds",
    "grades",
    "password",
    "userMasterIdentifier",
    "resourceSourcedIds",
    "preferredGivenName",
    "preferredMiddleName",
    "preferredFamilyName",
    "primaryOrgSourcedId",
    "pronouns",
)


def _aliases(columns: tuple[str, ...]) -> dict[str, str]:
    return {old: column for old, column in _OLD_NAMES.items() if column in columns and old not in columns}


def orgs_layout() -> Layout:
    """orgs.csv, the same in both versions."""
    return Layout(
        ORGS,
        _ORG_COLUMNS,
        needed=frozenset({"sourcedId", "name", "type"}),
        aliases=_aliases(_ORG_COLUMNS),
        metadata=frozenset({"statecode"}),
    )


def users_layout(mapping: ConnectionMapping, *, with_roles: bool) -> Layout:
    """users.csv: in 1.1 it says who works where as what, in 1.2 roles.csv does (`with_roles` false)."""
    needed = {"sourcedId", "givenName", "familyName"}
    return Layout(
        USERS,
        _USER_COLUMNS,
        needed=frozenset(needed | {"orgSourcedIds", "role"} if with_roles else needed),
        expected=frozenset({"enabledUser", "username"}),
        aliases=_aliases(_USER_COLUMNS),
        metadata=frozenset(name.lower() for name in mapping.metadata_ids),
    )


def roles_layout() -> Layout:
    """roles.csv of 1.2."""
    return Layout(
        ROLES,
        _ROLE_COLUMNS,
        needed=frozenset({"userSourcedId", "role", "orgSourcedId"}),
        expected=frozenset({"sourcedId", "roleType"}),
        aliases=_aliases(_ROLE_COLUMNS),
    )


def refuse_microsoft_sds(archive: Archive, findings: Findings) -> None:
    """RosterRejected if this is a set of Microsoft's, which looks like OneRoster and is not."""
    columns = {
        name for file in (USERS, ROLES) if file in archive.names for name in header_names(first_row(archive, file))
    }
    if MICROSOFT_SDS_FILES.intersection(archive.names) or MICROSOFT_SDS_COLUMNS & columns:
        findings.note(found.MICROSOFT_SDS)
        raise RosterRejected(findings)


def manifest_layout() -> Layout:
    """manifest.csv: one property per row."""
    return Layout(MANIFEST, ("propertyName", "value"), needed=frozenset({"propertyName", "value"}))
