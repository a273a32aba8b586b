"""Import the directory's files: organizations, providers, programs, role holders."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from services.partnership.domain import directory_rows
from services.partnership.domain.findings import FindingKind, Findings
from services.partnership.domain.import_file import TWICE, RowRefused, Taken, take_rows
from services.partnership.domain.import_report import ImportReport, Tally
from services.partnership.domain.organization import Organization, Program, RoleHolder, program_id
from services.partnership.store.directory import Directory
from shared.access.callers import Scope
from shared.events.partnership import OrganizationKind

PARENT_UNKNOWN = FindingKind(
    "organization.parent_unknown", "error", "No organization has this code.", "Import the parent first, or with it."
)
ORGANIZATION_UNKNOWN = FindingKind(
    "organization.unknown", "error", "No organization has this code.", "Check the code, with its leading zeros."
)
PROVIDER_UNKNOWN = FindingKind(
    "provider.unknown", "error", "No provider that you act for has this code.", "Check the code, with its zeros."
)

Thing = TypeVar("Thing", Organization, Program, RoleHolder)


async def import_organizations(
    name: str, content: bytes, report: ImportReport, *, directory: Directory, now: datetime
) -> ImportReport:
    """Districts, schools, the agency. A parent has to be known, or be in the same file."""
    findings = Findings()
    taken = take_rows(name, content, directory_rows.ORGANIZATION_COLUMNS, directory_rows.organization, findings)
    taken = _without_repetition(taken, "code", findings)
    listed = {each.id for _, each in taken.lines}
    parents = {each.parent_id for _, each in taken.lines if each.parent_id}
    known = listed | (await directory.known_organizations(parents)).keys()

    def orphan(each: Organization) -> RowRefused | None:
        if each.parent_id is None or each.parent_id in known:
            return None
        return RowRefused(PARENT_UNKNOWN, "parent_code", public=each.parent_id)

    kept = taken.keep(orphan, findings)
    return _told(report, kept, await directory.put_organizations([each for _, each in kept.lines], now), findings)


async def import_providers(
    name: str, content: bytes, report: ImportReport, *, directory: Directory, now: datetime
) -> ImportReport:
    """Sponsoring organizations with their identifiers and lineage; a district among them keeps what is known of it."""
    findings = Findings()
    taken = take_rows(name, content, directory_rows.PROVIDER_COLUMNS, directory_rows.provider, findings)
    taken = _without_repetition(taken, "code", findings)
    return _told(report, taken, await directory.put_organizations([each for _, each in taken.lines], now), findings)


async def import_programs(
    name: str, content: bytes, report: ImportReport, *, scope: Scope, directory: Directory, now: datetime
) -> ImportReport:
    """A provider's own programs, or anybody's if the agency sends them."""
    findings = Findings()
    taken = take_rows(name, content, directory_rows.PROGRAM_COLUMNS, directory_rows.program, findings)
    return await put_programs(taken, report, findings, scope=scope, directory=directory, now=now)


async def put_programs(
    taken: Taken[Program],
    report: ImportReport,
    findings: Findings,
    *,
    scope: Scope,
    directory: Directory,
    now: datetime,
) -> ImportReport:
    """Programs, whichever file they came in."""
    known = await directory.programs_by_id(each.program_id for _, each in taken.lines)
    taken = _without_repetition(_told_apart(taken, known), "ProgramName", findings)
    providers = await providers_of(scope, {each.provider_id for _, each in taken.lines}, directory)

    def foreign(each: Program) -> RowRefused | None:
        if each.provider_id in providers:
            return None
        return RowRefused(PROVIDER_UNKNOWN, "EducationOrganizationId", public=each.provider_id)

    kept = taken.keep(foreign, findings)
    return _told(report, kept, await directory.programs.put_all([each for _, each in kept.lines], now), findings)


async def import_role_holders(
    name: str, content: bytes, report: ImportReport, *, directory: Directory, now: datetime
) -> ImportReport:
    """Principals, superintendents, contacts and liaisons, one row for each role."""
    findings = Findings()
    taken = take_rows(name, content, directory_rows.ROLE_HOLDER_COLUMNS, directory_rows.role_holder, findings)
    taken = _without_repetition(taken, "Role", findings)
    known = await directory.known_organizations(each.organization_id for _, each in taken.lines)

    def nowhere(each: RoleHolder) -> RowRefused | None:
        if each.organization_id in known:
            return None
        return RowRefused(ORGANIZATION_UNKNOWN, "OrganizationCode", public=each.organization_id)

    kept = taken.keep(nowhere, findings)
    return _told(report, kept, await directory.role_holders.put_all([each for _, each in kept.lines], now), findings)


async def providers_of(scope: Scope, codes: set[str], directory: Directory) -> frozenset[str]:
    """Those of the codes that are providers for whom the caller acts."""
    known = await directory.known_organizations(codes)
    return frozenset(
        code for code, each in known.items() if OrganizationKind.PROVIDER in each.kinds and scope.has_provider(code)
    )


def _told_apart(taken: Taken[Program], known: Mapping[str, Program]) -> Taken[Program]:
    """Programs of one name and several types are several; the first that was ever imported keeps the name's id."""
    types = {each: program.program_type for each, program in known.items()}

    def identified(each: Program) -> Program:
        first = types[each.program_id] = types.get(each.program_id) or each.program_type
        if each.program_type in (None, first):
            return each
        return each.model_copy(update={"program_id": program_id(each.provider_id, each.name, each.program_type)})

    return Taken(taken.file, taken.rows_read, tuple((line, identified(each)) for line, each in taken.lines))


def _without_repetition(taken: Taken[Thing], column: str, findings: Findings) -> Taken[Thing]:
    """Of several rows with one identity the first is taken, and the others are findings."""
    first: dict[str, Thing] = {}

    def repeats(each: Thing) -> RowRefused | None:
        earlier = first.setdefault(each.id, each)
        return None if earlier is each else RowRefused(TWICE, column)

    return taken.keep(repeats, findings)


def _told(report: ImportReport, kept: Taken[Thing], tally: Tally, findings: Findings) -> ImportReport:
    return report.with_outcome(kept.rows_read, len(kept.lines), tally, findings)
