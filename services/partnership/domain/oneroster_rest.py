"""Reads what was pulled over OneRoster REST into a roster, with the rules that hold for the CSV files.

bundle ─▶ orgs ─▶ roles (from the users) ─▶ users ─▶ people ─▶ Roster
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.edfi_bundle import read_lines
from services.partnership.domain.findings import FindingKind, Findings, Place
from services.partnership.domain.observation import Roster
from services.partnership.domain.oneroster_orgs import ORG_COLUMNS, read_organizations
from services.partnership.domain.oneroster_people import SpooledPeople
from services.partnership.domain.oneroster_rest_rows import STATE_CODE
from services.partnership.domain.oneroster_roles import ROLE_COLUMNS, read_roles
from services.partnership.domain.oneroster_settle import settle_roleless, settle_roles, settle_users
from services.partnership.domain.oneroster_users import USER_COLUMNS, UserReader
from services.partnership.domain.oneroster_values import bare
from services.partnership.domain.pulled_rows import each, text
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_header import HeaderMap
from services.partnership.domain.roster_judgement import judge
from services.partnership.domain.roster_spool import RosterSpool
from services.partnership.domain.roster_text import BLANK_WORDS, Table
from services.partnership.domain.roster_zip import Archive, RosterLimits, open_archive

ORGS, USERS, ROLES, MANIFEST = "orgs.ndjson", "users.ndjson", "roles", "manifest.json"
NOT_JSON = FindingKind("rest.not_json", "error", "A line of the bundle is no JSON object.")
NOT_A_LIST = FindingKind(
    "rest.not_a_list", "warning", "One thing stands where the standard has a list; it was read as a list of one."
)
NO_ID = FindingKind("rest.without_id", "warning", "Rows without sourcedId were left out.")
ROLE_AND_ORGS = FindingKind(
    "rest.role_of_1_1", "warning", "A user has role and orgs as in OneRoster 1.1; they were read as roles."
)
Values = Callable[[Mapping[str, Any], tuple[str, ...]], Iterator[tuple[str, ...]]]


def read_oneroster_rest(file: BinaryIO, mapping: ConnectionMapping, limits: RosterLimits | None = None) -> Roster:
    """The staff in a bundle of `orgs.ndjson` and `users.ndjson`. Raises RosterRejected when it cannot be applied."""
    limits = limits or RosterLimits()
    findings = Findings()
    archive = open_archive(file, findings, limits, file_prefix=mapping.file_prefix, suffixes=(".ndjson", ".json"))
    for name in (ORGS, USERS):
        if name not in archive.names:
            findings.note(found.FILE_MISSING, Place(name))
    if findings.worst == "reject":
        raise RosterRejected(findings)
    manifest = _manifest(archive)
    orgs = JsonTable(archive, ORGS, ORG_COLUMNS, (STATE_CODE,), _org, findings)
    organizations = read_organizations(orgs, mapping)
    metadata = tuple(sorted({bare(name) for name in mapping.metadata_ids}))
    users = JsonTable(archive, USERS, USER_COLUMNS, metadata, _user, findings)
    tables: list[Table] = [orgs, users]
    has_roles = any(row.get("roles") for _, row in users.rows())
    spool = RosterSpool()
    spool.known_is_laid()
    roles = JsonTable(archive, USERS, ROLE_COLUMNS, (), _roles, findings, shown_as=ROLES) if has_roles else None
    if roles is not None:
        tables.insert(1, roles)
        read_roles(roles, organizations, mapping, spool, is_delta=False)
    spool.settle_standing()
    read = UserReader(users, organizations, spool, mapping, has_roles=has_roles).read()
    spool.index()
    settle_users(users, spool, "bulk")
    if roles is not None:
        settle_roles(roles, spool, "bulk", is_delta=False)
        settle_roleless(users, spool, read, "bulk")
    judge(tables, limits, findings)
    dropped = dict(_counts(manifest.get("dropped")))
    _note_dropped(dropped, findings)
    return Roster(
        version="1.2" if has_roles else "1.1",
        mode="bulk",
        observations=SpooledPeople(spool, organizations, USERS, findings, read.words, is_delta=False),
        organizations=tuple(organizations[key] for key in sorted(organizations)),
        findings=findings,
        rows_read={table.file: table.rows_read for table in tables},
        people_dropped=dropped | dict(read.dropped),
        changed_at=read.changed_at,
    )


class JsonTable(Table):
    """The rows of an NDJSON file as a table's: `values` turns a row into none, one or several lines of text."""

    def __init__(
        self,
        archive: Archive,
        file: str,
        columns: tuple[str, ...],
        metadata: tuple[str, ...],
        values: Values,
        findings: Findings,
        *,
        shown_as: str = "",
    ) -> None:
        self.file = shown_as or file
        self.columns = columns
        self.metadata = metadata
        self.header = HeaderMap(len(columns), {column: place for place, column in enumerate(columns)}, {}, {})
        self.rows_read = 0
        self.rows_in_error = 0
        self._archive, self._file, self._values, self._findings = archive, file, values, findings

    def __iter__(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        names = frozenset(i for i, column in enumerate(self.columns) if column.endswith("Name") or column == "name")
        for line, row in self.rows():
            if not row:
                self.rows_read += 1
                self.quarantine(NOT_JSON, line)
                continue
            self._note_shapes(line, row)
            for values in self._values(row, self.metadata):
                self.rows_read += 1
                clean = values if BLANK_WORDS.isdisjoint(values) else self._without_blank_words(line, values, names)
                yield line, clean

    def rows(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Every line; an empty mapping for what is no JSON object."""
        for line, row in read_lines(self._archive, self._file, self._findings):
            yield line, row or {}

    def _note_shapes(self, line: int, row: Mapping[str, Any]) -> None:
        if self.columns is ROLE_COLUMNS:
            if not row.get("roles") and row.get("role"):
                self.note(ROLE_AND_ORGS, line, "role")
            return
        for name in ("roles", "orgs", "userIds"):
            if row.get(name) is not None and not isinstance(row[name], list):
                self.note(NOT_A_LIST, line, name)


def _org(row: Mapping[str, Any], metadata: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    parent = row.get("parent")
    plain = [text(row.get(name)) for name in ORG_COLUMNS[:-1]]
    yield (*plain, _id_of(parent), *_metadata(row, metadata))


def _user(row: Mapping[str, Any], metadata: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The columns of users.csv, of which some have other names in REST."""
    values = {column: text(row.get(column)) for column in USER_COLUMNS}
    values |= {
        "orgSourcedIds": ",".join(key for org in each(row.get("orgs")) if (key := _id_of(org))),
        "userIds": _user_ids(row),
        "preferredGivenName": text(row.get("preferredFirstName", row.get("preferredGivenName"))),
        "preferredFamilyName": text(row.get("preferredLastName", row.get("preferredFamilyName"))),
        "primaryOrgSourcedId": _id_of(row.get("primaryOrg")),
    }
    yield (*(values[column] for column in USER_COLUMNS), *_metadata(row, metadata))


def _roles(row: Mapping[str, Any], _metadata: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The lines of roles.csv that a user's roles would be; of a user as 1.1 has them too."""
    roles = each(row.get("roles"))
    if not roles and row.get("role"):
        roles = [{"role": row["role"], "org": org} for org in each(row.get("orgs"))]
    for role in roles:
        if isinstance(role, Mapping):
            values = {column: text(role.get(column)) for column in ROLE_COLUMNS}
            values |= {"userSourcedId": text(row.get("sourcedId")), "orgSourcedId": _id_of(role.get("org"))}
            yield tuple(values[column] for column in ROLE_COLUMNS)


def _user_ids(row: Mapping[str, Any]) -> str:
    """As users.csv writes them: `{type:identifier},{type:identifier}`."""
    pairs = []
    for one in each(row.get("userIds")):
        if isinstance(one, Mapping):
            kind, value = text(one.get("type")), text(one.get("identifier", one.get("id")))
            pairs.append(f"{{{kind}:{value}}}" if value else "")
        else:
            pairs.append(text(one))
    return ",".join(filter(None, pairs))


def _id_of(reference: Any) -> str:
    return text(reference.get("sourcedId")) if isinstance(reference, Mapping) else text(reference)


def _metadata(row: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    stated = row.get("metadata")
    known = {bare(str(name)): text(value) for name, value in stated.items()} if isinstance(stated, Mapping) else {}
    return [known.get(name, "") for name in names]


def _manifest(archive: Archive) -> Mapping[str, Any]:
    """What the pull says of itself; nothing if it says nothing."""
    if MANIFEST not in archive.names:
        return {}
    with archive.open(MANIFEST) as stream:
        try:
            manifest = json.loads(stream.read())
        except (ValueError, RecursionError):
            return {}
    return manifest if isinstance(manifest, dict) else {}


def _counts(counts: Any) -> Iterator[tuple[str, int]]:
    """Names with whole numbers."""
    if isinstance(counts, Mapping):
        yield from ((str(name), value) for name, value in counts.items() if isinstance(value, int))


def _note_dropped(dropped: dict[str, int], findings: Findings) -> None:
    """Numbers only. They are no people, so they do not stay among those who were dropped."""
    without_id, passwords = dropped.pop("without_id", 0), dropped.pop("password", 0)
    if without_id:
        findings.note(NO_ID, Place(USERS), detail=f"({without_id})")
    people = sum(dropped.values())
    if people:
        findings.note(found.PRIVACY, Place(USERS), detail=f"Rows about students and families: {people}.")
    if passwords:
        findings.note(found.PRIVACY, Place(USERS, None, "password"), detail=f"Passwords: {passwords}.")
