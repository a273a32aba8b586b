"""Builders of OneRoster zips in memory: valid by default, override what matters."""

import csv
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO, StringIO
from typing import Any

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import Roster, StaffObservation
from services.partnership.domain.oneroster import read_oneroster
from services.partnership.domain.oneroster_known import Known
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_zip import RosterLimits

Row = dict[str, str]

HEAD = "sourcedId,status,dateLastModified"
ORG_HEADER = f"{HEAD},name,type,identifier,parentSourcedId".split(",")
USER_HEADER_11 = (
    f"{HEAD},enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,"
    "phone,agentSourcedIds,grades,password"
).split(",")
USER_HEADER_12 = (
    f"{HEAD},enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,"
    "grades,password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,preferredMiddleName,"
    "preferredFamilyName,primaryOrgSourcedId,pronouns"
).split(",")
ROLE_HEADER = (
    f"{HEAD},userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId".split(",")
)  # fmt: skip

DISTRICT, SCHOOL = "d-1", "s-1"
WRITTEN_AT = (2026, 8, 20, 4, 0, 0)


def a_district(**values: str) -> Row:
    return {"sourcedId": DISTRICT, "name": "Boston", "type": "district", "identifier": "00350000", **values}


def a_school(**values: str) -> Row:
    row = {"sourcedId": SCHOOL, "name": "Mann", "type": "school", "identifier": "00350105"}
    return {**row, "parentSourcedId": DISTRICT, **values}


def a_user(number: int = 1, **values: str) -> Row:
    """Somebody with names, an address, an employee number and a MEPID of their own."""
    names = {"givenName": f"Mei{_letters(number)}", "familyName": f"Lee{_letters(number)}"}
    keys = {"sourcedId": f"u-{number}", "username": f"mlee{number}", "identifier": f"E{number:05d}"}
    ids = {"userIds": f"{{MEPID:{10_000_000 + number}}}", "email": f"mlee{number}@district.example"}
    return {**keys, "enabledUser": "true", **names, **ids, **values}


def a_teacher_11(number: int = 1, **values: str) -> Row:
    return a_user(number, **{"role": "teacher", "orgSourcedIds": SCHOOL, **values})


def a_role(number: int = 1, **values: str) -> Row:
    row = {"sourcedId": f"r-{number}", "userSourcedId": f"u-{number}", "roleType": "primary", "role": "teacher"}
    return {**row, "orgSourcedId": SCHOOL, **values}


def a_manifest(version: str, names: Sequence[str], mode: str = "bulk") -> str:
    listed = "".join(f"file.{name.removesuffix('.csv')},{mode}\r\n" for name in names)
    return f"propertyName,value\r\nmanifest.version,1.0\r\noneroster.version,{version}\r\n{listed}"


def as_csv(header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """The header, and the rows in its order; columns that a row does not have are blank."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([row.get(column, "") for column in header] for row in rows)
    return text.getvalue()


def a_zip(files: Mapping[str, str | bytes]) -> BytesIO:
    """Any files, packed; the same files give the same bytes."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, WRITTEN_AT), content, zipfile.ZIP_DEFLATED)
    packed.seek(0)
    return packed


def roster_files(
    *,
    users: Sequence[Row] | None = None,
    roles: Sequence[Row] | None = None,
    orgs: Sequence[Row] | None = None,
    mode: str = "bulk",
    user_header: Sequence[str] = USER_HEADER_12,
) -> dict[str, str]:
    """The files of a 1.2 set: one teacher at one school, unless told otherwise; a role for each user by default."""
    users = [a_user()] if users is None else users
    if roles is None:
        roles = [a_role(i, userSourcedId=user["sourcedId"]) for i, user in enumerate(users, 1)]
    files = {
        "orgs.csv": as_csv(ORG_HEADER, [a_district(), a_school()] if orgs is None else orgs),
        "roles.csv": as_csv(ROLE_HEADER, roles),
        "users.csv": as_csv(user_header, users),
    }
    return {"manifest.csv": a_manifest("1.2", list(files), mode), **files}


def roster_files_11(*, users: Sequence[Row] | None = None, orgs: Sequence[Row] | None = None) -> dict[str, str]:
    """The files of a 1.1 set: one teacher at one school, unless told otherwise."""
    files = {
        "orgs.csv": as_csv(ORG_HEADER, [a_district(), a_school()] if orgs is None else orgs),
        "users.csv": as_csv(USER_HEADER_11, [a_teacher_11()] if users is None else users),
    }
    return {"manifest.csv": a_manifest("1.1", list(files)), **files}


def a_roster(**parts: Any) -> BytesIO:
    """A 1.2 zip; see roster_files."""
    return a_zip(roster_files(**parts))


def a_roster_11(**parts: Any) -> BytesIO:
    """A 1.1 zip; see roster_files_11."""
    return a_zip(roster_files_11(**parts))


def changed(files: Mapping[str, str], name: str, change: Callable[[str], str | bytes]) -> BytesIO:
    """The set with one file written differently."""
    return a_zip({**files, name: change(files[name])})


def read(
    packed: BytesIO,
    mapping: ConnectionMapping | None = None,
    limits: RosterLimits | None = None,
    known: Iterable[str] | None = None,
) -> Roster:
    """With everybody in memory. `known` are the lines that an earlier roster kept."""
    before = Known() if known is not None else None
    if before is not None:
        before.take(known or ())
    roster = read_oneroster(packed, mapping or ConnectionMapping(district_code="00350000"), limits, before)
    return replace(roster, observations=tuple(roster.observations))


def rejected(packed: BytesIO, mapping: ConnectionMapping | None = None) -> RosterRejected:
    """The rejection of a set; fails when it is taken."""
    try:
        roster = read(packed, mapping)
    except RosterRejected as rejection:
        return rejection
    raise AssertionError(f"The set was taken, with {roster.people_kept} people.")


def codes(roster: Roster | RosterRejected) -> set[str]:
    return set(roster.findings.counts)


def only(roster: Roster) -> StaffObservation:
    """The only person of a roster."""
    (person,) = roster.observations
    return person


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
