"""The files that providers and the agency hand in, written from what was simulated."""

import csv
import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from deploy.demonstration.preparation import Candidate, Program
from deploy.demonstration.staffing import RoleHolder

PROGRAM_COLUMNS = (
    "ProgramName",
    "ProgramTypeDescriptor",
    "EducationOrganizationId",
    "EducatorPreparationProgramTypeDescriptor",
    "ProgramId",
    "LicenceField",
)
CANDIDATE_COLUMNS = (
    "CandidateIdentifier",
    "FirstName",
    "MiddleName",
    "LastSurname",
    "SexDescriptor",
    "BirthDate",
    "PersonId",
    "SourceSystemDescriptor",
    "StateEducatorId",
    "LicenceNumber",
    "FormerLastSurname",
    "PreferredFirstName",
    "ElectronicMailAddress",
)
ASSOCIATION_COLUMNS = (
    "BeginDate",
    "CandidateIdentifier",
    "EducationOrganizationId",
    "ProgramName",
    "SchoolYear",
    "ProgramTypeDescriptor",
    "ReasonExitedDescriptor",
    "CohortYearTypeDescriptor",
    "TermDescriptor",
    "MajorSpecialization",
    "EndDate",
)
ROLE_HOLDER_COLUMNS = (
    "OrganizationCode",
    "Role",
    "PersonId",
    "FirstName",
    "LastSurname",
    "ElectronicMailAddress",
    "VerifiedOn",
    "Source",
)
FEED_COLUMNS = ("DistrictCode", "Day", "ObservedAt", "File")
SEX_NOT_SAID = "uri://ed-fi.org/SexDescriptor#NotSelected"
STATE_SYSTEM = "uri://ed-fi.org/SourceSystemDescriptor#State"
COMPLETED = "uri://tpdm.ed-fi.org/ReasonExitedDescriptor#Completed"
ADMITTED = "uri://tpdm.ed-fi.org/CohortYearTypeDescriptor#College of Education Admittance"
Values = Sequence[str]


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Values]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def program_row(program: Program) -> Values:
    return (
        program.name,
        f"uri://tpdm.ed-fi.org/ProgramTypeDescriptor#{program.kind}",
        program.provider_code,
        f"uri://tpdm.ed-fi.org/EducatorPreparationProgramTypeDescriptor#{program.kind}",
        program.program_id,
        program.licence_field,
    )


def candidate_row(candidate: Candidate) -> Values:
    name = candidate.name
    return (
        candidate.identifier,
        name.given,
        name.middle,
        name.family,
        SEX_NOT_SAID,
        candidate.birth_date.isoformat(),
        hashlib.md5(candidate.state_id.encode(), usedforsecurity=False).hexdigest().upper(),
        STATE_SYSTEM,
        candidate.state_id,
        candidate.licence,
        name.former_family,
        name.preferred_given,
        candidate.email,
    )


def association_rows(candidate: Candidate) -> Iterable[Values]:
    for enrolment in candidate.enrolments:
        ended_on = enrolment.ended_on
        yield (
            enrolment.began_on.isoformat(),
            candidate.identifier,
            candidate.provider_code,
            enrolment.program.name,
            str(enrolment.school_year),
            f"uri://tpdm.ed-fi.org/ProgramTypeDescriptor#{enrolment.program.kind}",
            COMPLETED if ended_on else "",
            ADMITTED,
            "uri://ed-fi.org/TermDescriptor#Spring Semester",
            enrolment.program.licence_field,
            ended_on.isoformat() if ended_on else "",
        )


def role_holder_row(holder: RoleHolder, verified_on: date) -> Values:
    return (
        holder.organization_code,
        holder.role,
        holder.person_id,
        holder.name.given,
        holder.name.family,
        holder.email,
        verified_on.isoformat(),
        f"directory {verified_on.year}",
    )


def with_birth_date(row: Values, text: str) -> Values:
    """A fault for tests of imports: this candidate, born on another day, under a number of its own."""
    at = CANDIDATE_COLUMNS.index("BirthDate")
    return (f"9{row[0][1:]}", *row[1:at], text, *row[at + 1 :])


def without_identifier(row: Values) -> Values:
    """A fault for tests of imports: a candidate whom nothing identifies."""
    return ("", *row[1:])


def in_unknown_program(row: Values) -> Values:
    """A fault for tests of imports: an enrolment in a program that the provider does not have."""
    at = ASSOCIATION_COLUMNS.index("ProgramName")
    return (*row[:at], "No such program", *row[at + 1 :])
