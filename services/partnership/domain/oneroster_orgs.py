"""Reads orgs.csv: the schools and districts of a set, and the state's code for each."""

from collections.abc import Mapping
from dataclasses import replace

from services.partnership.domain import roster_findings as found
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import RosterOrganization
from services.partnership.domain.oneroster_values import is_rounded_number, read_status
from services.partnership.domain.roster_text import Table

ORG_COLUMNS = ("sourcedId", "status", "name", "type", "identifier", "parentSourcedId")

TYPES = frozenset({"department", "school", "district", "local", "state", "national"})
_NEED_A_CODE = frozenset({"school", "district"})
MOST_ORGANIZATIONS = 50_000
_CODE_DIGITS = 8


def read_organizations(
    table: Table, mapping: ConnectionMapping, *, types: frozenset[str] = TYPES, key_is_code: bool = False
) -> dict[str, RosterOrganization]:
    """Organizations by sourcedId; of two rows with one id the later is taken. `key_is_code`: the id may be the state's
    code, for want of another."""
    organizations: dict[str, RosterOrganization] = {}
    lines: dict[str, int] = {}
    for line, values in table:
        key, status, name, type_raw, identifier, parent = values[: len(ORG_COLUMNS)]
        if not _is_usable(table, line, key):
            continue
        deleted, odd = read_status(status)
        if odd:
            table.note(odd, line, "status", public=status)
        type_ = type_raw.lower()
        if type_raw not in types and not type_.startswith("ext:"):
            table.note(found.ENUMERATION, line, "type", public=type_raw)
        metadata = dict(zip(table.metadata, values[len(ORG_COLUMNS) :], strict=True))
        written = {"identifier": identifier, "metadata.stateCode": metadata.get("statecode", "")}
        code = _state_code(table, line, mapping, key, written | ({"sourcedId": key} if key_is_code else {}))
        organization = RosterOrganization(key, name, type_, identifier, code, parent or None, not deleted)
        if len(organizations) == MOST_ORGANIZATIONS:
            table.reject(found.TOO_MANY_ORGANIZATIONS, line)
        earlier = organizations.get(key)
        if earlier == organization:
            table.note(found.ROW_SAME, line)
        elif earlier:
            table.quarantine(found.ROW_DIFFERS, line, "sourcedId", key)
        organizations[key] = organization
        lines[key] = line
    _complete_district(mapping, organizations)
    for key, organization in organizations.items():
        if organization.code is None and organization.active and organization.type in _NEED_A_CODE:
            table.note(found.ORG_CODE_UNKNOWN, lines[key], "identifier", public=organization.identifier)
    return organizations


def _is_usable(table: Table, line: int, key: str) -> bool:
    if not key:
        table.quarantine(found.REQUIRED, line, "sourcedId")
    elif is_rounded_number(key):
        table.quarantine(found.SCIENTIFIC, line, "sourcedId", key)
    return bool(key) and not is_rounded_number(key)


def _state_code(
    table: Table, line: int, mapping: ConnectionMapping, key: str, written: Mapping[str, str]
) -> str | None:
    """The connection's word first, then what is written, by column, in order; lost leading zeros come back only where
    the result begins like the district's own code."""
    mapped = mapping.organization_codes.get(key) or mapping.organization_codes.get(written["identifier"])
    if mapped:
        return mapped
    for column, value in written.items():
        if not (value.isascii() and value.isdigit()):
            continue
        if len(value) == _CODE_DIGITS:
            return value
        padded = value.zfill(_CODE_DIGITS)
        if len(padded) == _CODE_DIGITS and mapping.district_code and padded[:4] == mapping.district_code[:4]:
            table.note(found.ORG_CODE_PADDED, line, column, public=value)
            return padded
    return None


def _complete_district(mapping: ConnectionMapping, organizations: dict[str, RosterOrganization]) -> None:
    """The only district of a district's feed is that district."""
    districts = [organization for organization in organizations.values() if organization.type == "district"]
    if mapping.district_code and len(districts) == 1 and districts[0].code is None:
        organizations[districts[0].key] = replace(districts[0], code=mapping.district_code)
