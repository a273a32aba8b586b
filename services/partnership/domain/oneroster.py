"""Reads a OneRoster 1.1 or 1.2 zip into a roster of a district's staff, and of nobody else.

zip ─▶ archive ─▶ manifest ─▶ orgs ─▶ roles (1.2) ─▶ users ─▶ settled with each other ─▶ people ─▶ Roster
                    what was known, when it is a delta ──┘           (in a spool, outside of memory)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.observation import Roster, RosterOrganization
from services.partnership.domain.oneroster_known import KeptLines, Known
from services.partnership.domain.oneroster_layout import (
    MANIFEST,
    ORGS,
    ROLES,
    USERS,
    orgs_layout,
    refuse_microsoft_sds,
    roles_layout,
    users_layout,
)
from services.partnership.domain.oneroster_manifest import Manifest, read_manifest
from services.partnership.domain.oneroster_orgs import ORG_COLUMNS, read_organizations
from services.partnership.domain.oneroster_people import SpooledPeople
from services.partnership.domain.oneroster_roles import ROLE_COLUMNS, read_roles
from services.partnership.domain.oneroster_settle import settle_roleless, settle_roles, settle_users
from services.partnership.domain.oneroster_users import USER_COLUMNS, UserReader, UsersRead
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_header import Layout, header_names
from services.partnership.domain.roster_judgement import judge, note_what_we_did_not_ask_for
from services.partnership.domain.roster_text import Table, first_row
from services.partnership.domain.roster_zip import Archive, RosterLimits, open_archive

Mode = Literal["bulk", "delta"]


def read_oneroster(
    file: BinaryIO, mapping: ConnectionMapping, limits: RosterLimits | None = None, known: Known | None = None
) -> Roster:
    """The staff in a OneRoster zip. Raises RosterRejected, with all findings, when the set cannot be applied.

    `file` must be seekable. Students and their families are let go row by row; of them only numbers remain. A delta is
    read on top of `known`, which is used up; without it, a delta says only of some people how they are.
    """
    limits = limits or RosterLimits()
    findings = Findings()
    archive = open_archive(file, findings, limits, file_prefix=mapping.file_prefix)
    refuse_microsoft_sds(archive, findings)
    manifest = read_manifest(archive, findings)
    reading = _Reading(archive, manifest, mapping, findings, known)
    if archive.names == (MANIFEST,):
        findings.note(found.MANIFEST_ONLY, Place(MANIFEST))
    else:
        reading.refuse_incomplete()
    reading.read()
    judge(reading.tables, limits, findings, {file for file in (ORGS, USERS, ROLES) if manifest.says_delta(file)})
    note_what_we_did_not_ask_for(archive, reading.book, findings)
    return reading.roster()


def may_be_delta(file: BinaryIO, mapping: ConnectionMapping, limits: RosterLimits | None = None) -> bool:
    """Whether a set says that it tells changes only, so that what was known before is needed to read it."""
    try:
        findings = Findings()
        archive = open_archive(file, findings, limits or RosterLimits(), file_prefix=mapping.file_prefix)
        manifest = read_manifest(archive, findings)
    except RosterRejected:
        return False
    return archive.names == (MANIFEST,) or any(map(manifest.says_delta, (ORGS, USERS, ROLES)))


@dataclass
class _Reading:
    """One set while it is read. Each file is a delta or not by itself; the set is one if its people are."""

    archive: Archive
    manifest: Manifest
    mapping: ConnectionMapping
    findings: Findings
    known: Known | None
    book: UsersRead = field(default_factory=UsersRead)
    tables: list[Table] = field(default_factory=list)
    organizations: dict[str, RosterOrganization] = field(default_factory=dict)
    users: Table | None = None
    roles: Table | None = None
    users_mode: Mode = "delta"
    roles_mode: Mode = "delta"

    def __post_init__(self) -> None:
        self.says_delta = self.archive.names == (MANIFEST,) or any(map(self.manifest.says_delta, (ORGS, USERS, ROLES)))
        self.base = (self.known if self.says_delta else None) or Known()
        self.spool = self.base.spool
        self.has_roles = ROLES in self.archive.names or (self.says_delta and not self._users_say_roles())

    def refuse_incomplete(self) -> None:
        """A delta may leave out whatever has not changed, if what was is known."""
        names = self.archive.names
        optional = (ORGS, USERS) if self.says_delta and self.known is not None else ()
        missing = [file for file in (ORGS, USERS) if file not in names and file not in optional]
        for file in missing:
            near = next((name for name in names if name.endswith(file) or name.startswith(file[:-4])), "")
            detail = f"There is “{near}”: if that is it, set the file prefix of the connection." if near else ""
            if self.says_delta:
                detail = detail or "A delta can do without it only if a bulk set came before."
            self.findings.note(found.FILE_MISSING, Place(file), detail=detail)
        if missing:
            raise RosterRejected(self.findings)

    def read(self) -> None:
        """All files once, and then what they say of each other."""
        self.spool.known_is_laid()
        self._read_organizations()
        statuses = self._read_roles()
        self.spool.settle_standing()
        if USERS in self.archive.names:
            layout = users_layout(self.mapping, with_roles=not self.has_roles)
            self.users = self._table(layout, USER_COLUMNS)
            reader = UserReader(self.users, self.organizations, self.spool, self.mapping, has_roles=self.has_roles)
            self.book = reader.read()
            self.users_mode = self._mode(self.users, self.book.statuses)
        if self.roles is not None:
            self.roles_mode = self._mode(self.roles, statuses)
        elif self.users is not None and not self.has_roles:
            self.roles_mode = self.users_mode
        self._settle()

    def _read_organizations(self) -> None:
        if ORGS in self.archive.names:
            table = self._table(orgs_layout(), ORG_COLUMNS)
            read = read_organizations(table, self.mapping)
            is_delta = self.manifest.says_delta(ORGS) and self.known is not None
            self.organizations = {**self.base.organizations, **read} if is_delta else read
        else:
            self.organizations = self.base.organizations

    def _read_roles(self) -> int:
        if ROLES not in self.archive.names:
            return 0
        self.roles = self._table(roles_layout(), ROLE_COLUMNS)
        is_delta = self.manifest.says_delta(ROLES)
        return read_roles(self.roles, self.organizations, self.mapping, self.spool, is_delta=is_delta)

    def _settle(self) -> None:
        """What was known is forgotten where a whole file takes its place."""
        if self.users_mode == "bulk":
            self.spool.forget_known_users()
        if self.roles_mode == "bulk":
            self.spool.forget_known_roles()
        self.spool.index()
        mode: Mode = "bulk" if (self.users_mode, self.roles_mode) == ("bulk", "bulk") else "delta"
        if self.users is not None:
            settle_users(self.users, self.spool, self.users_mode)
        if self.roles is not None:
            settle_roles(self.roles, self.spool, mode, is_delta=self.roles_mode == "delta")
        if self.users is not None and self.has_roles:
            settle_roleless(self.users, self.spool, self.book, mode)

    def _table(self, layout: Layout, columns: tuple[str, ...]) -> Table:
        table = Table(self.archive, layout, columns, self.findings)
        self.tables.append(table)
        return table

    def _mode(self, table: Table, statuses: int) -> Mode:
        """Delta only if the manifest says so and more than half of the rows have a status, as a delta's must."""
        if not self.manifest.says_delta(table.file):
            if statuses:
                self.findings.note(found.STATUS_IN_BULK, Place(table.file, None, "status"), detail=f"({statuses} rows)")
            return "bulk"
        if statuses * 2 > table.rows_read or table.rows_read == 0:
            return "delta"
        self.findings.note(found.DELTA_MARKED_BULK, Place(MANIFEST), public=table.file)
        return "bulk"

    def roster(self) -> Roster:
        modes = {self.users_mode, self.roles_mode}
        knows_all = self.known is not None or modes == {"bulk"}
        is_delta = modes == {"delta"} or not knows_all
        if not knows_all and self.tables:
            self.findings.note(found.DELTA_WITHOUT_BASE, Place(MANIFEST))
        people = SpooledPeople(
            self.spool, self.organizations, USERS, self.findings, self.book.words,
            is_delta=is_delta, roles_are_delta=self.roles_mode == "delta", knows_all=knows_all,
        )  # fmt: skip
        return Roster(
            version=self._version(),
            mode="delta" if is_delta else "bulk",
            observations=people,
            organizations=tuple(self.organizations[key] for key in sorted(self.organizations)),
            findings=self.findings,
            rows_read={table.file: table.rows_read for table in self.tables},
            people_dropped=dict(self.book.dropped),
            changed_at=self.book.changed_at,
            written_at=self.archive.written_at,
            kept=KeptLines(self.spool, self.organizations, self.roles_mode == "delta") if knows_all else None,
        )

    def _users_say_roles(self) -> bool:
        """1.1 has the role in users.csv."""
        return USERS in self.archive.names and "role" in header_names(first_row(self.archive, USERS))

    def _version(self) -> str:
        """By the files and columns; the manifest is only compared. 1.2.1 is 1.2 without resourceSourcedIds."""
        said = self.manifest.version
        if self.users is None:
            return said
        version = "1.1"
        if self.has_roles:
            places: Mapping[str, int] = self.users.header.places
            is_errata = "resourceSourcedIds" not in places and "userMasterIdentifier" in places
            version = "1.2.1" if is_errata else "1.2"
        if said and not version.startswith(said[:3]):
            at = Place(MANIFEST, None, "oneroster.version")
            self.findings.note(found.MANIFEST_DIFFERS, at, public=said)
        return version
