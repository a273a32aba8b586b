"""Reads a Microsoft School Data Sync set, format v2.1, into a roster of a district's staff, and of nobody else.

It looks like OneRoster and is not: no manifest, no status, roles without ids that hold for one session, their last day
included, and people without a role who are contacts of students.
"""

from datetime import timedelta
from typing import BinaryIO

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.observation import Roster, RosterOrganization, StaffRole
from services.partnership.domain.oneroster_layout import MANIFEST, ORGS, ROLES, USERS
from services.partnership.domain.oneroster_orgs import ORG_COLUMNS, read_organizations
from services.partnership.domain.oneroster_people import SpooledPeople
from services.partnership.domain.oneroster_roles import read_period, role_of
from services.partnership.domain.oneroster_settle import settle_roles, settle_users
from services.partnership.domain.oneroster_users import USER_COLUMNS, UserReader
from services.partnership.domain.oneroster_values import as_written, bare, read_boolean, read_role
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_header import Layout, header_names
from services.partnership.domain.roster_judgement import judge, note_what_we_did_not_ask_for
from services.partnership.domain.roster_spool import REASONS, STAFF, RoleRow, RosterSpool
from services.partnership.domain.roster_text import Table, first_row
from services.partnership.domain.roster_zip import Archive, RosterLimits, open_archive

VERSION = "2.1"
_OLD_FORMAT = frozenset({"school.csv", "section.csv", "student.csv", "teacher.csv", "studentenrollment.csv"})
_ONEROSTER_COLUMNS = frozenset({"enableduser", "orgsourcedids", "roletype", "datelastmodified", "usermasteridentifier"})
_ORG_TYPES = frozenset(
    {"school", "district", "college", "university", "department", "program", "campus", "region", "state", "national"}
)
_ROLES: dict[str, StaffRole] = {
    "faculty": "teacher",
    "professor": "teacher",
    "adjunct": "teacher",
    "instructor": "teacher",
    "lecturer": "teacher",
    "substitute": "substitute",
    "assistant": "aide",
    "teacherassistant": "aide",
    "paraprofessional": "aide",
    "assistantprincipal": "assistant-principal",
    "viceprincipal": "assistant-principal",
    "superintendent": "district-admin",
    "staff": "other",
    "adminstaff": "other",
    "officestaff": "other",
}
_ROLE_COLUMNS = ("userSourcedId", "orgSourcedId", "role", "isPrimary", "roleStartDate", "roleEndDate")
ORGS_LAYOUT = Layout(
    ORGS, ("sourcedId", "name", "type", "parentSourcedId"), needed=frozenset({"sourcedId", "name", "type"})
)
ROLES_LAYOUT = Layout(
    ROLES,
    (
        "userSourcedId", "orgSourcedId", "role", "sessionSourcedId", "grade", "isPrimary", "roleStartDate",
        "roleEndDate",
    ),
    needed=frozenset({"userSourcedId", "orgSourcedId", "role"}),
)  # fmt: skip
USERS_LAYOUT = Layout(
    USERS,
    (
        "sourcedId", "username", "givenName", "familyName", "password", "activeDirectoryMatchId", "email", "phone",
        "sms",
    ),
    needed=frozenset({"sourcedId", "givenName", "familyName"}),
    expected=frozenset({"username"}),
)  # fmt: skip


def read_microsoft_sds(file: BinaryIO, mapping: ConnectionMapping, limits: RosterLimits | None = None) -> Roster:
    """The staff in the zip of a set's files. Raises RosterRejected, with all findings, when it cannot be applied."""
    limits, findings = limits or RosterLimits(), Findings()
    archive = open_archive(file, findings, limits, file_prefix=mapping.file_prefix)
    _refuse_others(archive, findings)
    mapping = mapping.model_copy(update={"roles": {**_ROLES, **mapping.roles}})
    spool = RosterSpool()
    orgs = Table(archive, ORGS_LAYOUT, ORG_COLUMNS, findings)
    organizations = read_organizations(orgs, mapping, types=_ORG_TYPES, key_is_code=True)
    roles = Table(archive, ROLES_LAYOUT, _ROLE_COLUMNS, findings)
    _read_roles(roles, organizations, mapping, spool)
    spool.settle_standing()
    users = Table(archive, USERS_LAYOUT, USER_COLUMNS, findings)
    book = UserReader(users, organizations, spool, mapping, has_roles=True, drops_roleless=True).read()
    spool.index()
    settle_users(users, spool, "bulk")
    settle_roles(roles, spool, "bulk", is_delta=False)
    judge((orgs, roles, users), limits, findings)
    note_what_we_did_not_ask_for(archive, book, findings)
    return Roster(
        version=VERSION,
        mode="bulk",
        observations=SpooledPeople(spool, organizations, USERS, findings, book.words, is_delta=False),
        organizations=tuple(organizations[key] for key in sorted(organizations)),
        findings=findings,
        rows_read={table.file: table.rows_read for table in (orgs, roles, users)},
        people_dropped=dict(book.dropped),
        written_at=archive.written_at,
    )


def _read_roles(
    table: Table, organizations: dict[str, RosterOrganization], mapping: ConnectionMapping, spool: RosterSpool
) -> None:
    """Sets down the staff roles, and who has others; a role at an unknown organization is quarantined."""
    names = {bare(name): role for name, role in mapping.roles.items()}
    for line, (person, org_key, role_raw, is_primary, begins, ends) in table:
        if not person or not role_raw:
            table.quarantine(found.REQUIRED, line, "role" if person else "userSourcedId")
            continue
        role, reason = (None, "no_staff") if bare(role_raw) == "alumni" else role_of(role_raw, names)
        if role is None:
            spool.say(person, REASONS.index(reason))
            continue
        if org_key not in organizations:
            table.quarantine(found.ROLE_WITHOUT_ORG, line, "orgSourcedId", org_key)
            continue
        if (odd := read_role(role_raw)[2]) and bare(role_raw) not in names:
            table.note(odd, line, "role", public=role_raw)
        start, last_day = read_period(table, line, begins, ends, columns=("roleStartDate", "roleEndDate"))
        primary, _ = read_boolean(is_primary)  # TRUE is how Microsoft spells it
        spool.say(person, STAFF)
        spool.add_role(
            RoleRow(
                person, 0, line, 0, "", org_key, role, as_written(role_raw), None if primary is None else int(primary),
                start.isoformat() if start else "", (last_day + timedelta(days=1)).isoformat() if last_day else "", 0,
            )
        )  # fmt: skip


def _refuse_others(archive: Archive, findings: Findings) -> None:
    """RosterRejected if this is something else, or if files are missing."""
    names = archive.names
    columns = {name for file in (USERS, ROLES) if file in names for name in header_names(first_row(archive, file))}
    if MANIFEST in names or _ONEROSTER_COLUMNS & columns:
        findings.note(found.ONEROSTER)
        raise RosterRejected(findings)
    missing = [file for file in (ORGS, USERS, ROLES) if file not in names]
    if missing and _OLD_FORMAT.intersection(names):
        findings.note(found.MICROSOFT_SDS_V1)
        raise RosterRejected(findings)
    for file in missing:
        findings.note(found.FILE_MISSING, Place(file))
    if missing:
        raise RosterRejected(findings)
