"""Writes one district's accounts of one day as a OneRoster 1.2 bulk zip, in the habits of its vendor."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from deploy.demonstration.accounts import Account, Position
from deploy.demonstration.directory import District
from deploy.demonstration.vendors import Vendor

# Headers as the standard prints them, in its order.
ORGS_HEADER = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId"
USERS_HEADER = (
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,"
    "phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,"
    "preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns"
)
ROLES_HEADER = (
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId"
)
MANIFEST_FILES = (
    "academicSessions,categories,classes,classResources,courses,courseResources,demographics,enrollments,"
    "lineItemLearningObjectiveIds,lineItems,lineItemScoreScales,orgs,resources,resultLearningObjectiveIds,results,"
    "resultScoreScales,roles,scoreScales,userProfiles,userResources,users"
)
BULK_FILES = ("orgs", "roles", "users")
Record = dict[str, str]


def write_roster(path: Path, district: District, accounts: Iterable[Account], vendor: Vendor, observed: date) -> None:
    """The same accounts on the same day always give the same bytes: entries are stamped with the day of the export."""
    people = sorted(accounts, key=lambda account: account.key)
    tables = {
        "orgs.csv": _table(ORGS_HEADER, _organizations(district, vendor), vendor),
        "users.csv": _table(USERS_HEADER, [_user(account, vendor) for account in people], vendor),
        "roles.csv": _table(ROLES_HEADER, _roles(people, vendor), vendor),
    }
    if vendor.manifest:
        tables["manifest.csv"] = _encoded(_manifest(vendor), vendor)
    folder = f"{vendor.enclosing_folder}/" if vendor.enclosing_folder else ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(tables.items()):
            _put(archive, f"{folder}{name}", content, observed)
        if vendor.resource_forks:
            _put(archive, f"__MACOSX/{folder}._users.csv", b"\x00\x05\x16\x07", observed)
            _put(archive, f"{folder}.DS_Store", b"\x00\x00\x00\x01Bud1", observed)


def _put(archive: zipfile.ZipFile, name: str, content: bytes, observed: date) -> None:
    entry = zipfile.ZipInfo(name, date_time=(observed.year, observed.month, observed.day, 2, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    archive.writestr(entry, content)


def _organizations(district: District, vendor: Vendor) -> list[Record]:
    codes = [(district.code, district.name, "district", "")]
    codes += [(school.code, school.name, "school", _key(district.code)) for school in district.schools]
    return [
        {
            "sourcedId": _key(code),
            "status": "active" if vendor.status_filled else "",
            "name": name,
            "type": kind,
            "parentSourcedId": parent,
            "metadata.stateCode" if vendor.state_code_in_metadata else "identifier": code,
        }
        for code, name, kind, parent in codes
    ]


def _key(code: str) -> str:
    return f"org-{code}"


def _user(account: Account, vendor: Vendor) -> Record:
    identifiers = [("LDAP", account.username.partition("@")[0])]
    if account.licence:
        identifiers.insert(0, ("License", account.licence))
    if account.state_id and not vendor.state_id_in_metadata:
        identifiers.insert(0, ("MEPID", account.state_id))
    record = {
        "sourcedId": account.key,
        "status": "active" if vendor.status_filled else "",
        "enabledUser": vendor.enabled,
        "username": account.username,
        "userIds": vendor.written_ids(identifiers),
        "givenName": account.given.upper() if vendor.upper_case_names else account.given,
        "familyName": account.family.upper() if vendor.upper_case_names else account.family,
        "middleName": account.middle,
        "identifier": account.local_number,
        "email": account.email,
        "password": "changeme" if vendor.passwords else "",
        "preferredGivenName": account.preferred_given,
        "preferredFamilyName": account.preferred_family,
        "primaryOrgSourcedId": _key(account.positions[0].organization_code),
    }
    if vendor.state_id_in_metadata:
        record["metadata.mepid"] = account.state_id
    if vendor.vendor_columns:
        record["metadata.homeroom"] = ""
        record["ext_badge"] = account.local_number
    return record


def _roles(accounts: Sequence[Account], vendor: Vendor) -> list[Record]:
    return [
        _role(account, number, position, vendor)
        for account in accounts
        for number, position in enumerate(account.positions, start=1)
    ]


def _role(account: Account, number: int, position: Position, vendor: Vendor) -> Record:
    return {
        "sourcedId": f"{account.key}-{number}",
        "status": "active" if vendor.status_filled else "",
        "userSourcedId": account.key,
        "roleType": "primary",
        "role": vendor.written_role(position.role),
        "beginDate": vendor.written_date(position.begins_on),
        "endDate": vendor.written_date(position.ends_on),
        "orgSourcedId": _key(position.organization_code),
    }


def _table(header_text: str, records: Sequence[Record], vendor: Vendor) -> bytes:
    columns = header_text.split(",")
    extra = sorted({name for record in records[:1] for name in record} - set(columns))
    order = [*columns, *extra]
    if vendor.columns_shuffled:
        order = order[1::2] + order[::2]
    header = [f" {name} " if vendor.header_untidy and name == "email" else name for name in order]
    if vendor.header_untidy:
        header = [*header, ""]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=vendor.line_end)
    writer.writerow(header)
    padding = [""] if vendor.header_untidy else []
    writer.writerows([record.get(name, "") for name in order] + padding for record in records)
    text.write(vendor.line_end * vendor.blank_lines_at_end)
    return _encoded(text.getvalue(), vendor)


def _manifest(vendor: Vendor) -> str:
    lines = [("propertyName", "value"), ("manifest.version", "1.0"), ("oneroster.version", "1.2")]
    lines += [(f"file.{name}", "bulk" if name in BULK_FILES else "absent") for name in MANIFEST_FILES.split(",")]
    lines += [("source.systemName", f"Simulated ({vendor.name})"), ("source.systemCode", "")]
    return "".join(f"{name},{value}{vendor.line_end}" for name, value in lines)


def _encoded(text: str, vendor: Vendor) -> bytes:
    return text.encode(vendor.encoding)
