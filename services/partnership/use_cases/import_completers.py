"""Import a provider's completers from the two Ed-Fi files, candidates and associations, together or one at a time."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial

from services.partnership.domain.completer import Completer, Enrolment
from services.partnership.domain.completer_rows import (
    ASSOCIATION_COLUMNS,
    CANDIDATE_COLUMNS,
    AssociationRow,
    CandidateRow,
    association,
    candidate,
)
from services.partnership.domain.findings import FindingKind, Findings
from services.partnership.domain.import_file import RowRefused, Taken, take_rows
from services.partnership.domain.import_report import ImportReport
from services.partnership.domain.organization import Program, program_id
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.use_cases.import_directory import PROVIDER_UNKNOWN, providers_of
from shared.access.callers import Scope

PROVIDER_UNCLEAR = FindingKind(
    "candidate.provider_unclear",
    "error",
    "It does not follow from the files whose candidate this is.",
    "Send the associations with the candidates, or add the column EducationOrganizationId.",
)
CANDIDATE_UNKNOWN = FindingKind(
    "completion.candidate_unknown",
    "error",
    "The provider has no candidate with this identifier.",
    "Send the candidates first, or with the associations.",
)
PROGRAM_UNKNOWN = FindingKind(
    "completion.program_unknown", "error", "The provider has no program of this name.", "Import the programs first."
)


async def import_completers(
    candidates: tuple[str, bytes] | None,
    associations: tuple[str, bytes] | None,
    report: ImportReport,
    *,
    scope: Scope,
    completed_reasons: Collection[str],
    directory: Directory,
    completers: CompleterStore,
    now: datetime,
) -> ImportReport:
    """One document for each person. A row that cannot be taken is a finding; the same files again change nothing."""
    findings = Findings()
    people: Taken[CandidateRow] = Taken("", 0, ())
    studies: Taken[AssociationRow] = Taken("", 0, ())
    if candidates is not None:
        people = take_rows(*candidates, CANDIDATE_COLUMNS, candidate, findings)
    if associations is not None:
        take = partial(association, completed_reasons=completed_reasons)
        studies = take_rows(*associations, ASSOCIATION_COLUMNS, take, findings)
    stated = {each.provider_id for _, each in people.lines} | {each.provider_id for _, each in studies.lines}
    providers = await providers_of(scope, stated | scope.organizations, directory)
    people = _placed(people, studies, providers, findings)
    studies = studies.keep(partial(_foreign, providers=providers), findings)

    ids = {each.completer_id for _, each in people.lines} | {each.completer_id for _, each in studies.lines}
    known = await completers.by_ids(ids)
    programs = await directory.programs_by_id(
        program_id(each.provider_id, each.program_name) for _, each in studies.lines
    )
    changed = _with_candidates(known, (each for _, each in people.lines))
    kept = studies.keep(partial(_unanswered, people=changed, programs=programs), findings)
    changed = _with_associations(changed, (each for _, each in kept.lines), programs)
    tally = await completers.put_all([changed[each] for each in sorted(changed)], now)
    read, taken = people.rows_read + studies.rows_read, len(people.lines) + len(kept.lines)
    return report.with_outcome(read, taken, tally, findings)


def _placed(
    people: Taken[CandidateRow], studies: Taken[AssociationRow], providers: Collection[str], findings: Findings
) -> Taken[CandidateRow]:
    """Candidates with their provider: as their row says, else their associations, else the only one there can be."""
    of: dict[str, set[str]] = {}
    for _, each in studies.lines:
        of.setdefault(each.candidate_identifier, set()).add(each.provider_id)

    def provider_of(each: CandidateRow) -> str:
        possible = {each.provider_id} if each.provider_id else of.get(each.candidate_identifier, set(providers))
        return next(iter(possible)) if len(possible) == 1 else ""

    placed = tuple(
        (line, CandidateRow(each.candidate_identifier, provider_of(each), each.known)) for line, each in people.lines
    )
    return Taken(people.file, people.rows_read, placed).keep(partial(_foreign, providers=providers), findings)


def _foreign(each: CandidateRow | AssociationRow, providers: Collection[str]) -> RowRefused | None:
    if each.provider_id in providers:
        return None
    if not each.provider_id:
        return RowRefused(PROVIDER_UNCLEAR, "CandidateIdentifier", value=each.candidate_identifier)
    return RowRefused(PROVIDER_UNKNOWN, "EducationOrganizationId", public=each.provider_id)


def _unanswered(
    each: AssociationRow, people: Mapping[str, Completer], programs: Mapping[str, Program]
) -> RowRefused | None:
    if each.completer_id not in people:
        return RowRefused(CANDIDATE_UNKNOWN, "CandidateIdentifier", value=each.candidate_identifier)
    if program_id(each.provider_id, each.program_name) not in programs:
        return RowRefused(PROGRAM_UNKNOWN, "ProgramName", public=each.program_name)
    return None


def _with_candidates(known: Mapping[str, Completer], rows: Iterable[CandidateRow]) -> dict[str, Completer]:
    people = dict(known)
    for row in rows:
        each = row.completer_id
        if each in people:
            people[each] = people[each].with_known(row.known)
        else:
            people[each] = Completer(
                completer_id=each,
                provider_id=row.provider_id,
                candidate_identifier=row.candidate_identifier,
                known=row.known,
            )
    return people


def _with_associations(
    people: Mapping[str, Completer], rows: Iterable[AssociationRow], programs: Mapping[str, Program]
) -> dict[str, Completer]:
    """Of several rows about one program the one that completes it counts."""
    changed = dict(people)
    for row in sorted(rows, key=lambda row: row.completed_on is not None):
        each = row.completer_id
        program = programs[program_id(row.provider_id, row.program_name)]
        changed[each] = changed[each].with_enrolment(
            Enrolment(
                program_id=program.program_id,
                program_name=program.name,
                provider_id=row.provider_id,
                licence_field=program.licence_field,
                begins_on=row.begins_on,
                completed_on=row.completed_on,
                placement=row.placement,
            )
        )
    return changed
