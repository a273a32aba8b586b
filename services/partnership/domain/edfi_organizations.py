"""Districts and schools of an Ed-Fi host: their state codes, and which district is the feed's."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.partnership.domain import edfi_findings, roster_findings
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.edfi_values import Body, Unusable
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.observation import RosterOrganization
from services.partnership.domain.roster_findings import RosterRejected

_CODE_DIGITS = 8


def organization_of(body: Body, mapping: ConnectionMapping, findings: Findings, at: Place) -> RosterOrganization:
    """A school, or else a local education agency. Unusable without an id and a name."""
    school_id = body.text("schoolId")
    key = school_id or body.key("localEducationAgencyId")
    name = body.text("nameOfInstitution")
    if not name:
        raise Unusable(roster_findings.REQUIRED, "nameOfInstitution")
    identifier = _identifier(body, mapping)
    return RosterOrganization(
        key=key,
        name=name,
        type="school" if school_id else "district",
        identifier=identifier,
        code=state_code(key, identifier, mapping, findings, at),
        parent_key=body.reference("localEducationAgencyReference").text("localEducationAgencyId") or None,
        active=body.descriptor("operationalStatusDescriptor").code.lower() not in ("closed", "inactive"),
    )


def _identifier(body: Body, mapping: ConnectionMapping) -> str:
    """What the state calls it, in the first of the connection's systems that it has."""
    codes = list(body.items("identificationCodes"))
    for system in mapping.edfi.organization_id_systems:
        for code in codes:
            if code.descriptor("educationOrganizationIdentificationSystemDescriptor").is_one_of((system,)):
                return code.text("identificationCode")
    return ""


def state_code(key: str, identifier: str, mapping: ConnectionMapping, findings: Findings, at: Place) -> str | None:
    """The connection's word first, then the state's own code, then the id, which as a number has lost its zeros.

    Zeros come back only where the code then begins like the district's; a state whose codes are not of eight digits
    is taken at its word.
    """
    codes = mapping.organization_codes
    mapped = codes.get(key) or codes.get(identifier)
    if mapped:
        return mapped
    if len(mapping.district_code) != _CODE_DIGITS or not mapping.district_code.isdigit():
        return identifier or key
    for value in (identifier, key):
        if not (value.isascii() and value.isdigit()):
            continue
        if len(value) == _CODE_DIGITS:
            return value
        padded = value.zfill(_CODE_DIGITS)
        if len(padded) == _CODE_DIGITS and padded[:4] == mapping.district_code[:4]:
            if value == identifier:
                findings.note(roster_findings.ORG_CODE_PADDED, Place(at.file, at.line, "identificationCodes"))
            return padded
    return None


def settled(
    organizations: Mapping[str, RosterOrganization],
    used: Iterable[str],
    mapping: ConnectionMapping,
    findings: Findings,
) -> dict[str, RosterOrganization]:
    """The organizations of the feed's own district; those of others in the same host are left out.

    Where the set names none, every id in use stands for one.
    """
    if not organizations:
        return {key: _assumed(key, mapping, findings) for key in sorted(set(used))}
    districts = [each for each in organizations.values() if each.type == "district"]
    own = [each for each in districts if each.code == mapping.district_code]
    if not own and len(districts) == 1:
        own = [replace(districts[0], code=districts[0].code or mapping.district_code or None)]
    if not own and len(districts) > 1:
        findings.note(edfi_findings.DISTRICT_UNKNOWN, Place())
        raise RosterRejected(findings)
    keys = {each.key for each in own}
    kept = {each.key: each for each in own}
    for each in organizations.values():
        if each.type == "school" and (not keys or each.parent_key in keys or each.parent_key is None):
            kept[each.key] = each
            if each.code is None and each.active:
                findings.note(roster_findings.ORG_CODE_UNKNOWN, Place(), public=each.identifier or each.key)
    return kept


def _assumed(key: str, mapping: ConnectionMapping, findings: Findings) -> RosterOrganization:
    code = state_code(key, "", mapping, findings, Place())
    type_ = "district" if code == mapping.district_code else "school"
    return RosterOrganization(key=key, name=key, type=type_, identifier="", code=code, parent_key=None)
