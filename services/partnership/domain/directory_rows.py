"""Rows of the directory's files: organizations, providers, programs, role holders."""

from services.partnership.domain.findings import FindingKind as Kind
from services.partnership.domain.import_file import Row, RowRefused
from services.partnership.domain.organization import Organization, Program, RoleHolder, program_id
from shared.events.partnership import Identifier, LineageStep, OrganizationKind, Role

ORGANIZATION_COLUMNS = ("code", "name", "kind", "parent_code", "town", "zip", "org_type", "status")
PROVIDER_COLUMNS = ("code", "name", "kind", "identifiers", "lineage")
PROGRAM_COLUMNS = ("ProgramName", "ProgramTypeDescriptor", "EducationOrganizationId")
ROLE_HOLDER_COLUMNS = ("OrganizationCode", "Role", "PersonId", "FirstName", "LastSurname", "ElectronicMailAddress")

CODE = Kind("organization.code", "error", "A code may hold letters, digits, points and dashes.", "Write it as text.")
KIND_UNKNOWN = Kind(
    "organization.kind",
    "error",
    "This kind of organization is not known.",
    "agency, provider, district, school or a+b.",
)
STATUS_UNKNOWN = Kind("organization.status", "error", "The status is neither open nor closed.")
IDENTIFIER = Kind("organization.identifiers", "error", "An identifier is not written system:value@year.")
LINEAGE = Kind(
    "organization.lineage",
    "error",
    "A step of lineage cannot be read.",
    "renamed from NAME YEAR; merged into CODE YEAR.",
)
ROLE_UNKNOWN = Kind(
    "role.unknown", "error", "This role is not known.", "principal, superintendent, district_contact or liaison."
)
EMAIL = Kind("role.email", "error", "This is not an e-mail address.", "Mend it, or leave it blank.")


def organization(row: Row) -> Organization:
    kinds = _kinds(row)
    status = row.text("status").casefold() or "open"
    if status not in ("open", "closed"):
        raise RowRefused(STATUS_UNKNOWN, "status", public=status)
    return Organization(
        organization_id=_code(row, "code"),
        kinds=kinds,
        name=row.required("name"),
        parent_id=row.text("parent_code") or None,
        town=row.text("town"),
        zip_code=row.text("zip"),
        org_type=row.text("org_type"),
        is_open=status == "open",
    )


def provider(row: Row) -> Organization:
    return Organization(
        organization_id=_code(row, "code"),
        kinds=_kinds(row),
        name=row.required("name"),
        identifiers=tuple(_identifier(part) for part in _parts(row.text("identifiers"))),
        lineage=tuple(_lineage_step(part) for part in _parts(row.text("lineage"))),
    )


def program(row: Row) -> Program:
    provider_id = _code(row, "EducationOrganizationId")
    name = row.required("ProgramName")
    return Program(
        program_id=program_id(provider_id, name),
        provider_id=provider_id,
        name=name,
        program_type=row.descriptor("ProgramTypeDescriptor") or None,
        licence_field=row.text("LicenceField") or None,
    )


def role_holder(row: Row) -> RoleHolder:
    try:
        role = Role(row.required("Role").casefold())
    except ValueError:
        raise RowRefused(ROLE_UNKNOWN, "Role", public=row.text("Role")) from None
    email = row.text("ElectronicMailAddress")
    if email and ("@" not in email or any(letter.isspace() for letter in email)):
        raise RowRefused(EMAIL, "ElectronicMailAddress", value=email)
    name = f"{row.text('FirstName')} {row.text('LastSurname')}".strip()
    return RoleHolder(
        organization_id=_code(row, "OrganizationCode"),
        role=role,
        person_id=row.text("PersonId") or None,
        name=name or None,
        email=email or None,
        verified_on=row.day("VerifiedOn"),
        source=row.text("Source") or "import",
    )


def _code(row: Row, column: str) -> str:
    code = row.required(column)
    if not all(letter.isascii() and (letter.isalnum() or letter in ".-_") for letter in code) or len(code) > 40:
        raise RowRefused(CODE, column, value=code)
    return code


def _kinds(row: Row) -> tuple[OrganizationKind, ...]:
    try:
        named = {OrganizationKind(part.strip()) for part in row.required("kind").casefold().split("+")}
    except ValueError:
        raise RowRefused(KIND_UNKNOWN, "kind", public=row.text("kind")) from None
    return tuple(kind for kind in OrganizationKind if kind in named)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _identifier(part: str) -> Identifier:
    system, colon, rest = part.partition(":")
    value, _, year = rest.partition("@")
    if not colon or not system or not value or (year and not year.isdigit()):
        raise RowRefused(IDENTIFIER, "identifiers", public=part)
    return Identifier(system=system, value=value, year=int(year) if year else None)


def _lineage_step(part: str) -> LineageStep:
    """`renamed from Lasell College 2019`, `merged into 30000001 2018`, `split from 30000002`; the year may miss."""
    words = part.split()
    change = "_".join(words[:2])
    if change not in ("renamed_from", "merged_into", "split_from") or len(words) < 3:
        raise RowRefused(LINEAGE, "lineage", public=part)
    year = int(words.pop()) if len(words) > 3 and len(words[-1]) == 4 and words[-1].isdigit() else None
    rest = " ".join(words[2:])
    if change == "renamed_from":
        return LineageStep(change=change, name=rest, year=year)
    return LineageStep(change=change, organization_id=rest, year=year)
