"""The files in which providers send their completers: Ed-Fi's CSV templates, or a bundle of its resources."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import Any, TypeVar

from services.partnership.domain import directory_rows
from services.partnership.domain.completer_rows import (
    ASSOCIATION_COLUMNS,
    CANDIDATE_COLUMNS,
    PERSON_COLUMNS,
    AssociationRow,
    CandidateRow,
    CompletionRules,
    association,
    candidate,
)
from services.partnership.domain.directory_rows import PROGRAM_COLUMNS
from services.partnership.domain.edfi_bundle import read_lines, resource_name
from services.partnership.domain.edfi_findings import LINE_UNREADABLE as UNREADABLE
from services.partnership.domain.edfi_layout import BUNDLE_SUFFIXES
from services.partnership.domain.edfi_values import Body, Unusable
from services.partnership.domain.findings import FindingKind, Findings, Place
from services.partnership.domain.import_file import Row, Taken, header_of, take_each, take_rows
from services.partnership.domain.organization import Program
from services.partnership.domain.roster_zip import Archive, RosterLimits, open_archive
from shared.errors import InvalidInput

File = tuple[str, bytes]
Value = TypeVar("Value")
CANDIDATES = "candidates"
ASSOCIATIONS = "candidateEducatorPreparationProgramAssociations"
PROGRAMS = "educatorPreparationPrograms"
PERSONS_NOT_READ = FindingKind(
    "person.not_needed",
    "info",
    "The file of persons was not read: it only lists the numbers that candidates have of their own.",
    "Leave it out.",
)
FILE_IGNORED = FindingKind("file.ignored", "info", "This file is no part of a provider's completers and was not read.")


@dataclass(frozen=True)
class CompleterFiles:
    """What the files say; a kind that was not sent is empty."""

    people: Taken[CandidateRow] = field(default_factory=lambda: Taken("", 0, ()))
    studies: Taken[AssociationRow] = field(default_factory=lambda: Taken("", 0, ()))
    programs: Taken[Program] = field(default_factory=lambda: Taken("", 0, ()))


def read_completer_files(files: Sequence[File], rules: CompletionRules, findings: Findings) -> CompleterFiles:
    """CSV of candidates, of associations, or both, told apart by their headers; a file of persons is let go."""
    kinds: dict[str, list[File]] = {"people": [], "studies": [], "programs": [], "persons": []}
    for file in files:
        kinds[_kind_of(header_of(file[1]))].append(file)
    if kinds["programs"]:
        where = kinds["programs"][0][0]
        raise InvalidInput("This file holds programs.", hint="Import it as programs, before completers.", where=where)
    if not (kinds["people"] or kinds["studies"]) or max(len(kinds["people"]), len(kinds["studies"])) > 1:
        raise InvalidInput(
            "Send one file of candidates, one of associations with programs, or both.",
            hint="They are told apart by their headers.",
            where="file",
        )
    for name, _ in kinds["persons"]:
        findings.note(PERSONS_NOT_READ, Place(name))
    nothing = CompleterFiles()
    people, studies = nothing.people, nothing.studies
    for name, content in kinds["people"]:
        people = take_rows(name, content, CANDIDATE_COLUMNS, candidate, findings)
    for name, content in kinds["studies"]:
        studies = take_rows(name, content, ASSOCIATION_COLUMNS, partial(association, rules=rules), findings)
    return CompleterFiles(people, studies)


def read_completer_bundle(
    file: File, rules: CompletionRules, limits: RosterLimits, findings: Findings
) -> CompleterFiles:
    """Programs, candidates and associations as the API has them, under `/tpdm` or, since data standard 6, `/ed-fi`."""
    archive = open_archive(BytesIO(file[1]), findings, limits, suffixes=BUNDLE_SUFFIXES)
    known = {resource.lower(): resource for resource in (CANDIDATES, ASSOCIATIONS, PROGRAMS)}
    names = {known[resource_name(name)]: name for name in archive.names if resource_name(name) in known}
    for name in set(archive.names) - set(names.values()):
        findings.note(FILE_IGNORED, Place(name))
    if not names:
        raise InvalidInput(
            "The archive holds no resources of a provider.",
            hint=f"Put {CANDIDATES}.ndjson, {ASSOCIATIONS}.ndjson and {PROGRAMS}.ndjson into it.",
            where=file[0],
        )
    return CompleterFiles(
        people=_taken(archive, names.get(CANDIDATES), _candidate, candidate, findings),
        studies=_taken(archive, names.get(ASSOCIATIONS), _association, partial(association, rules=rules), findings),
        programs=_taken(archive, names.get(PROGRAMS), _program, directory_rows.program, findings),
    )


def _taken(
    archive: Archive,
    name: str | None,
    flatten: Callable[[Body], dict[str, str]],
    take: Callable[[Row], Value],
    findings: Findings,
) -> Taken[Value]:
    """Resources as rows of the CSV templates, which then are read by the same rules."""
    if name is None:
        return Taken("", 0, ())

    def row_of(line: int, members: Mapping[str, Any] | None) -> Row:
        if members is None:
            return Row(line, {}, is_whole=False)
        try:
            cells = flatten(Body(members))
        except Unusable:
            return Row(line, {}, is_whole=False)
        return Row(line, {column.casefold(): value for column, value in cells.items() if value})

    return take_each(name, (row_of(*each) for each in read_lines(archive, name, findings)), take, findings, UNREADABLE)


def _candidate(body: Body) -> dict[str, str]:
    person = _person(body)
    mails = sorted(body.items("electronicMails"), key=lambda mail: mail.descriptor("electronicMailTypeDescriptor").code)
    former = [body.text("maidenName"), *(other.text("lastSurname") for other in body.items("otherNames"))]
    return {
        "CandidateIdentifier": body.text("candidateIdentifier"),
        "FirstName": body.text("firstName"),
        "MiddleName": body.text("middleName"),
        "LastSurname": body.text("lastSurname"),
        "PreferredFirstName": body.text("preferredFirstName"),
        "PreferredLastSurname": body.text("preferredLastSurname"),
        "FormerLastSurname": ";".join(dict.fromkeys(name for name in former if name)),
        "BirthDate": body.text("birthDate"),
        "LoginId": body.text("loginId"),
        "ElectronicMailAddress": next((mail.text("electronicMailAddress") for mail in mails), ""),
        "PersonId": person.text("personId"),
        "SourceSystemDescriptor": person.text("sourceSystemDescriptor"),
    }


def _association(body: Body) -> dict[str, str]:
    program = body.reference("educatorPreparationProgramReference")
    cohorts = [*body.items("cohortYears"), Body({})]
    is_of_completion = [each.descriptor("cohortYearTypeDescriptor").is_one_of(("Completion",)) for each in cohorts]
    cohort = cohorts[is_of_completion.index(True) if any(is_of_completion) else 0]
    return {
        "CandidateIdentifier": body.reference("candidateReference").text("candidateIdentifier"),
        "EducationOrganizationId": program.text("educationOrganizationId"),
        "ProgramName": program.text("programName"),
        "ProgramTypeDescriptor": program.text("programTypeDescriptor"),
        "BeginDate": body.text("beginDate"),
        "EndDate": body.text("endDate"),
        "ReasonExitedDescriptor": body.text("reasonExitedDescriptor"),
        "CohortYearTypeDescriptor": cohort.text("cohortYearTypeDescriptor"),
        "TermDescriptor": cohort.text("termDescriptor"),
        "SchoolYear": cohort.reference("schoolYearTypeReference").text("schoolYear"),
    }


def _program(body: Body) -> dict[str, str]:
    return {
        "EducationOrganizationId": body.reference("educationOrganizationReference").text("educationOrganizationId"),
        "ProgramName": body.text("programName"),
        "ProgramTypeDescriptor": body.text("programTypeDescriptor"),
    }


def _person(body: Body) -> Body:
    """Core since data standard 6, an extension's before."""
    return Body(
        next(
            (
                {"personId": each.text("personId"), "sourceSystemDescriptor": each.text("sourceSystemDescriptor")}
                for each in (
                    body.reference("personReference"),
                    body.reference("_ext").reference("tpdm").reference("personReference"),
                )
                if each.text("personId")
            ),
            {},
        )
    )


def _kind_of(header: Sequence[str]) -> str:
    """By the columns; what is like none is taken for candidates, whose reader says what is missing."""
    columns = set(header)
    if {"candidateidentifier", "programname", "begindate"} <= columns:
        return "studies"
    if {each.casefold() for each in PROGRAM_COLUMNS} <= columns and "candidateidentifier" not in columns:
        return "programs"
    if columns == {each.casefold() for each in PERSON_COLUMNS}:
        return "persons"
    return "people"
