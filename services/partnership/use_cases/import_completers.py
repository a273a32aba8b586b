"""Import a provider's completers from the two Ed-Fi files, candidates and associations, together or one at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from services.partnership.domain.completer import Completer, Enrolment
from services.partnership.domain.completer_files import CompleterFiles
from services.partnership.domain.completer_rows import DATE_ASSUMED, AssociationRow, CandidateRow, CompletionRules
from services.partnership.domain.findings import FindingKind, Findings, Place
from services.partnership.domain.import_file import RowRefused, Taken
from services.partnership.domain.import_report import ImportReport
from services.partnership.domain.match_keys import PERSON
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
PERSON_SHARED = FindingKind(
    "candidate.person_shared",
    "warning",
    "Different people have this PersonId; it was left out for all of them.",
    "Give each person a number of their own.",
)


async def import_completers(
    files: CompleterFiles,
    report: ImportReport,
    findings: Findings,
    *,
    scope: Scope,
    rules: CompletionRules,
    directory: Directory,
    completers: CompleterStore,
    now: datetime,
) -> ImportReport:
    """One document for each person. A row that cannot be taken is a finding; the same files again change nothing."""
    people, studies = files.people, files.studies
    stated = {each.provider_id for _, each in people.lines} | {each.provider_id for _, each in studies.lines}
    providers = await providers_of(scope, stated | scope.organizations, directory)
    people = _identified(_placed(people, studies, providers, findings), rules, findings)
    studies = studies.keep(partial(_foreign, providers=providers), findings)

    ids = {each.completer_id for _, each in people.lines} | {each.completer_id for _, each in studies.lines}
    known = await completers.by_ids(ids)
    programs = await directory.programs_by_id(each for _, study in studies.lines for each in _program_ids(study))
    changed = _with_candidates(known, (each for _, each in people.lines))
    kept = studies.keep(partial(_unanswered, people=changed, programs=programs), findings)
    for line, each in kept.lines:
        if each.is_date_assumed:
            findings.note(DATE_ASSUMED, Place(kept.file, line, "EndDate"), public=str(each.completed_on))
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

    placed = tuple((line, replace(each, provider_id=provider_of(each))) for line, each in people.lines)
    return Taken(people.file, people.rows_read, placed).keep(partial(_foreign, providers=providers), findings)


def _identified(people: Taken[CandidateRow], rules: CompletionRules, findings: Findings) -> Taken[CandidateRow]:
    """With the numbers of persons whose source is trusted; one that different people have identifies none of them."""
    users: defaultdict[tuple[str, str], set[object]] = defaultdict(set)
    for _, each in people.lines:
        if rules.trusts(each.person[0], each.provider_id):
            users[each.person].add((each.known.families, each.known.birth_date))
    lines = []
    for line, each in people.lines:
        row = each
        if each.person[1] and len(users[each.person]) > 1 and rules.trusts(each.person[0], each.provider_id):
            findings.note(PERSON_SHARED, Place(people.file, line, "PersonId"), value=each.person[1])
        elif each.person[1] and rules.trusts(each.person[0], each.provider_id):
            identifiers = (*each.known.identifiers, (PERSON, each.person[1]))
            row = replace(each, known=each.known.model_copy(update={"identifiers": identifiers}))
        lines.append((line, row))
    return Taken(people.file, people.rows_read, tuple(lines))


def _program_ids(each: AssociationRow) -> tuple[str, str]:
    """Under which a program may be known: by name and type where several share a name, else by name."""
    return (
        program_id(each.provider_id, each.program_name, each.program_type),
        program_id(each.provider_id, each.program_name),
    )


def _program_of(each: AssociationRow, programs: Mapping[str, Program]) -> Program | None:
    return next((programs[known] for known in _program_ids(each) if known in programs), None)


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
    if _program_of(each, programs) is None:
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
        program = _program_of(row, programs)
        if program is None:
            continue
        changed[each] = changed[each].with_enrolment(
            Enrolment(
                program_id=program.program_id,
                program_name=program.name,
                provider_id=row.provider_id,
                licence_field=program.licence_field,
                begins_on=row.begins_on,
                completed_on=row.completed_on,
                is_date_assumed=row.is_date_assumed,
                placement=row.placement,
            )
        )
    return changed
