"""Rows of the two Ed-Fi files about completers: candidates, and their associations with programs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from services.partnership.domain.completer import Placement, completer_id
from services.partnership.domain.findings import FindingKind as Kind
from services.partnership.domain.import_file import Row, RowRefused
from services.partnership.domain.match_keys import LICENCE, STATE_ID, Known

CANDIDATE_COLUMNS = ("CandidateIdentifier", "FirstName", "LastSurname", "BirthDate")
ASSOCIATION_COLUMNS = (
    "BeginDate",
    "CandidateIdentifier",
    "EducationOrganizationId",
    "ProgramName",
    "ReasonExitedDescriptor",
)
COMPLETED_REASONS = frozenset(
    {"Completed", "Received certificate of completion or equivalent", "Received Degree", "Program Complete"}
)
"""Ed-Fi's own texts disagree on the word for "completed" (sis §2.3)."""

NO_COMPLETION_DATE = Kind(
    "completion.no_date",
    "error",
    "The program was completed, and no date of completion can be found.",
    "Fill EndDate, or give the completion cohort's SchoolYear and TermDescriptor.",
)
INVERTED = Kind("completion.inverted", "error", "The program ends before it begins.")
PLACEMENT = Kind("placement.incomplete", "error", "A placement needs a school, a begin and an end.")
# The last day of a term of the school year named by the year in which it ends.
TERM_ENDS = {"Fall Semester": (-1, 12, 31), "Spring Semester": (0, 5, 31), "Summer Semester": (0, 8, 31)}


@dataclass(frozen=True)
class CandidateRow:
    """A person as the provider tells it; `provider_id` is empty where the file does not say."""

    candidate_identifier: str
    provider_id: str
    known: Known

    @property
    def completer_id(self) -> str:
        return completer_id(self.provider_id, self.candidate_identifier)


@dataclass(frozen=True)
class AssociationRow:
    """A person in a program; `completed_on` None: not completed."""

    candidate_identifier: str
    provider_id: str
    program_name: str
    begins_on: date
    completed_on: date | None
    placement: Placement | None

    @property
    def completer_id(self) -> str:
        return completer_id(self.provider_id, self.candidate_identifier)


def candidate(row: Row) -> CandidateRow:
    identifiers = [(STATE_ID, row.text("StateEducatorId")), (LICENCE, row.text("LicenceNumber"))]
    if row.descriptor("SourceSystemDescriptor") == "State":
        identifiers.append(("person", row.text("PersonId")))
    emails = (row.text("ElectronicMailAddress"), row.text("LoginId"))
    return CandidateRow(
        candidate_identifier=row.required("CandidateIdentifier"),
        provider_id=row.text("EducationOrganizationId"),
        known=Known(
            given=row.required("FirstName"),
            middle=row.text("MiddleName"),
            family=row.required("LastSurname"),
            preferred_given=row.text("PreferredFirstName"),
            preferred_family=row.text("PreferredLastSurname"),
            former_families=tuple(name for part in row.text("FormerLastSurname").split(";") if (name := part.strip())),
            birth_date=row.day("BirthDate"),
            emails=tuple(dict.fromkeys(email for email in emails if "@" in email)),
            identifiers=tuple((system, value) for system, value in identifiers if value),
        ),
    )


def association(row: Row, completed_reasons: Collection[str]) -> AssociationRow:
    begins_on = row.required_day("BeginDate")
    completed_on = _completed_on(row) if row.descriptor("ReasonExitedDescriptor") in completed_reasons else None
    if completed_on is not None and completed_on < begins_on:
        raise RowRefused(INVERTED, "EndDate", public=str(completed_on))
    return AssociationRow(
        candidate_identifier=row.required("CandidateIdentifier"),
        provider_id=row.required("EducationOrganizationId"),
        program_name=row.required("ProgramName"),
        begins_on=begins_on,
        completed_on=completed_on,
        placement=_placement(row),
    )


def _completed_on(row: Row) -> date:
    """The end date; without one, the last day of the completion cohort's term."""
    if (end := row.day("EndDate")) is not None:
        return end
    year, term = row.text("SchoolYear"), row.descriptor("TermDescriptor")
    if row.descriptor("CohortYearTypeDescriptor") != "Completion" or not year.isdigit() or term not in TERM_ENDS:
        raise RowRefused(NO_COMPLETION_DATE, "EndDate")
    years, month, day = TERM_ENDS[term]
    return date(int(year) + years, month, day)


def _placement(row: Row) -> Placement | None:
    school, begins_on, ends_on = row.text("PlacementSchoolCode"), row.day("PlacementBegin"), row.day("PlacementEnd")
    if not school and begins_on is None and ends_on is None:
        return None
    if not school or begins_on is None or ends_on is None:
        raise RowRefused(PLACEMENT, "PlacementSchoolCode", value=school)
    return Placement(school_id=school, begins_on=begins_on, ends_on=ends_on)
