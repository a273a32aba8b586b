"""Reads a OneRoster 1.1 or 1.2 zip into a roster of a district's staff, and of nobody else.

zip ─▶ archive ─▶ manifest ─▶ orgs ─▶ roles (1.2) ─▶ users ─▶ people ─▶ Roster
"""

from collections.abc import Iterable, Mapping
from typing import BinaryIO, Literal

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.observation import Roster
from services.partnership.domain.oneroster_layout import (
    MANIFEST,
    MICROSOFT_SDS_COLUMNS,
    MICROSOFT_SDS_FILES,
    ORGS,
    PERSONAL_FILES,
    ROLES,
    USERS,
    orgs_layout,
    roles_layout,
    users_layout,
)
from services.partnership.domain.oneroster_manifest import Manifest, read_manifest
from services.partnership.domain.oneroster_orgs import ORG_COLUMNS, read_organizations
from services.partnership.domain.oneroster_people import observe
from services.partnership.domain.oneroster_roles import ROLE_COLUMNS, RoleBook, read_roles
from services.partnership.domain.oneroster_users import USER_COLUMNS, UserBook, UserReader
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_header import header_names
from services.partnership.domain.roster_text import Table, first_row
from services.partnership.domain.roster_zip import Archive, RosterLimits, open_archive


def read_oneroster(file: BinaryIO, mapping: ConnectionMapping, limits: RosterLimits | None = None) -> Roster:
    """The staff in a OneRoster zip. Raises RosterRejected, with all findings, when the set cannot be applied.

    `file` must be seekable. Students and their families are let go row by row; of them only numbers remain.
    """
    limits = limits or RosterLimits()
    findings = Findings()
    archive = open_archive(file, findings, limits, file_prefix=mapping.file_prefix)
    if archive.names == (MANIFEST,):
        return _unchanged(archive, read_manifest(archive, findings), findings)
    _refuse_microsoft_sds(archive, findings)
    _refuse_incomplete(archive, findings)
    manifest = read_manifest(archive, findings)

    orgs = Table(archive, orgs_layout(), ORG_COLUMNS, findings)
    organizations = read_organizations(orgs, mapping)
    roles = Table(archive, roles_layout(), ROLE_COLUMNS, findings) if ROLES in archive.names else None
    role_book = read_roles(roles, organizations, mapping) if roles else None
    users = Table(archive, users_layout(mapping, with_roles=roles is None), USER_COLUMNS, findings)
    book = UserReader(users, organizations, role_book, mapping).read()
    tables = [orgs, users] if roles is None else [orgs, roles, users]

    mode = _mode(manifest, users, book, findings)
    if roles is not None and role_book is not None:
        _settle_roles(roles, role_book, users, book, mode)
    _judge(tables, limits, findings)
    _note_what_we_did_not_ask_for(archive, book, findings)
    return Roster(
        version=_version(manifest, users, with_roles_file=roles is not None, findings=findings),
        mode=mode,
        observations=observe(book.drafts.values(), USERS, findings),
        organizations=tuple(organizations[key] for key in sorted(organizations)),
        findings=findings,
        rows_read={table.file: table.rows_read for table in tables},
        people_dropped=dict(book.dropped),
        changed_at=book.changed_at,
        written_at=archive.written_at,
    )


def _unchanged(archive: Archive, manifest: Manifest, findings: Findings) -> Roster:
    """A zip with only a manifest says “no changes” (CSV binding 1.2)."""
    findings.note(found.MANIFEST_ONLY, Place(MANIFEST))
    return Roster(manifest.version, "delta", (), (), findings, written_at=archive.written_at)


def _refuse_microsoft_sds(archive: Archive, findings: Findings) -> None:
    columns = {
        name for file in (USERS, ROLES) if file in archive.names for name in header_names(first_row(archive, file))
    }
    if MICROSOFT_SDS_FILES.intersection(archive.names) or MICROSOFT_SDS_COLUMNS & columns:
        findings.note(found.MICROSOFT_SDS)
        raise RosterRejected(findings)


def _refuse_incomplete(archive: Archive, findings: Findings) -> None:
    missing = [file for file in (ORGS, USERS) if file not in archive.names]
    for file in missing:
        near = next((name for name in archive.names if name.endswith(file) or name.startswith(file[:-4])), "")
        detail = f"There is “{near}”: if that is it, set the file prefix of the connection." if near else ""
        findings.note(found.FILE_MISSING, Place(file), detail=detail)
    if missing:
        raise RosterRejected(findings)


def _mode(manifest: Manifest, users: Table, book: UserBook, findings: Findings) -> Literal["bulk", "delta"]:
    """Delta only if the manifest says so and more than half of the rows have a status, as a delta's must."""
    if not manifest.says_delta(USERS):
        if book.statuses:
            findings.note(found.STATUS_IN_BULK, Place(USERS, None, "status"), detail=f"({book.statuses} rows)")
        return "bulk"
    if book.statuses * 2 > users.rows_read or users.rows_read == 0:
        return "delta"
    findings.note(found.DELTA_MARKED_BULK, Place(MANIFEST), public=USERS)
    return "bulk"


def _settle_roles(
    roles: Table, role_book: RoleBook, users: Table, book: UserBook, mode: Literal["bulk", "delta"]
) -> None:
    """Roles without a person, and people without a role: broken in a bulk set, usual in a delta. Whose roles are all
    deleted is gone, but in a delta there may be others."""
    for key, person in role_book.staff.items():
        if key in book.drafts:
            book.drafts[key].deleted |= mode == "bulk" and person.all_over
        elif mode == "bulk":
            roles.quarantine(found.ROLE_WITHOUT_USER, person.line, "userSourcedId", key)
        else:
            roles.note(found.DELTA_WITHOUT_USER, person.line, "userSourcedId", value=key)
    for key in [key for key, draft in book.drafts.items() if key not in role_book.staff]:
        if mode == "bulk":
            users.note(found.USER_WITHOUT_ROLE, book.drafts[key].line, "sourcedId", value=key)
        else:
            users.note(found.DELTA_WITHOUT_ROLE, book.drafts[key].line, "sourcedId", value=key)
            book.dropped["role_unknown"] += 1
            del book.drafts[key]


def _judge(tables: Iterable[Table], limits: RosterLimits, findings: Findings) -> None:
    """Rejects what is too broken to apply, holds what looks like a mistake; all tables speak before one rejects."""
    for table in tables:
        broken, read = table.rows_in_error, table.rows_read
        if read == 0:
            findings.note(found.NO_ORGANIZATIONS if table.file == ORGS else found.FILE_NO_ROWS, Place(table.file))
        elif broken >= read:
            findings.note(found.NOTHING_READABLE, Place(table.file))
        elif broken > limits.error_rows_forgiven and broken > limits.max_error_share * read:
            findings.note(found.TOO_MANY_ERRORS, Place(table.file), detail=f"({broken} of {read})")
    if findings.worst == "reject":
        raise RosterRejected(findings)


def _note_what_we_did_not_ask_for(archive: Archive, book: UserBook, findings: Findings) -> None:
    """Numbers only; the values were never kept."""
    people = sum(book.dropped.values()) - book.dropped["role_unknown"]
    if people:
        findings.note(found.PRIVACY, Place(USERS), detail=f"Rows about students and families: {people}.")
    if book.passwords:
        findings.note(found.PRIVACY, Place(USERS, None, "password"), detail=f"Passwords: {book.passwords}.")
    for file in PERSONAL_FILES:
        if file in archive.names:
            findings.note(found.PRIVACY, Place(file), detail="The file was not opened.")


def _version(manifest: Manifest, users: Table, *, with_roles_file: bool, findings: Findings) -> str:
    """By the files and columns; the manifest is only compared. 1.2.1 is 1.2 without resourceSourcedIds."""
    if not with_roles_file:
        version = "1.1"
    else:
        places: Mapping[str, int] = users.header.places
        is_errata = "resourceSourcedIds" not in places and "userMasterIdentifier" in places
        version = "1.2.1" if is_errata else "1.2"
    if manifest.version and not version.startswith(manifest.version[:3]):
        findings.note(found.MANIFEST_DIFFERS, Place(MANIFEST, None, "oneroster.version"), public=manifest.version)
    return version
