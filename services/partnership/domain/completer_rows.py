"""Rows of the two Ed-Fi files about completers: candidates, and their associations with programs."""

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
PERSON_COLUMNS = ("PersonId", "SourceSystemDescriptor")
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
DATE_ASSUMED = Kind(
    "completion.date_assumed",
    "warning",
    "The program was completed, and nobody says when; an early end of it is assumed.",
    "Fill EndDate, or give the completion cohort's SchoolYear and TermDescriptor.",
)
INVERTED = Kind("completion.inverted", "error", "The program ends before it begins.")
PLACEMENT = Kind("placement.incomplete", "error", "A placement needs a school, a begin and an end.")
_SCHOOL_YEAR_BEGINS = 7
# The last day of a term of the school year named by the year in which it ends.
TERM_ENDS = {
    "fall semester": (-1, 12, 31),
    "fall trimester": (-1, 12, 31),
    "fall quarter": (-1, 12, 31),
    "winter quarter": (0, 3, 31),
    "winter semester": (0, 4, 30),
    "spring trimester": (0, 5, 31),
    "spring quarter": (0, 5, 31),
    "spring semester": (0, 5, 31),
    "year round": (0, 6, 30),
    "summer trimester": (0, 8, 31),
    "summer quarter": (0, 8, 31),
    "summer semester": (0, 8, 31),
}


@dataclass(frozen=True)
class CompletionRules:
    """How a state reads the files of its providers.

    `trusted_person_sources`: source systems (`State`), or one provider's (`State@ipeds-164447`), whose PersonId is one
    person's wherever it occurs. `undated_years`: a completion without a date is taken to be at the end of the school
    year in which the program began, so many years later; None: it is refused.
    """

    completed_reasons: frozenset[str] = COMPLETED_REASONS
    trusted_person_sources: frozenset[str] = frozenset()
    undated_years: int | None = 0

    def is_completed(self, reason: str) -> bool:
        return reason.casefold() in {each.casefold() for each in self.completed_reasons}

    def trusts(self, source: str, provider_id: str) -> bool:
        known = {each.casefold() for each in self.trusted_person_sources}
        return bool(source) and not known.isdisjoint({source.casefold(), f"{source}@{provider_id}".casefold()})


@dataclass(frozen=True)
class CandidateRow:
    """A person as the provider tells it; `provider_id` is empty where the file does not say; `person` is a source
    system and the number that it has given."""

    candidate_identifier: str
    provider_id: str
    known: Known
    person: tuple[str, str] = ("", "")

    @property
    def completer_id(self) -> str:
        return completer_id(self.provider_id, self.candidate_identifier)


@dataclass(frozen=True)
class AssociationRow:
    """A person in a program; `completed_on` None: not completed."""

    candidate_identifier: str
    provider_id: str
    program_name: str
    program_type: str | None
    begins_on: date
    completed_on: date | None
    placement: Placement | None
    is_date_assumed: bool = False

    @property
    def completer_id(self) -> str:
        return completer_id(self.provider_id, self.candidate_identifier)


def candidate(row: Row) -> CandidateRow:
    identifiers = [(STATE_ID, row.text("StateEducatorId")), (LICENCE, row.text("LicenceNumber"))]
    emails = (row.text("ElectronicMailAddress"), row.text("LoginId"))
    return CandidateRow(
        candidate_identifier=row.required("CandidateIdentifier"),
        provider_id=row.text("EducationOrganizationId"),
        person=(row.descriptor("SourceSystemDescriptor"), row.text("PersonId")),
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


def association(row: Row, rules: CompletionRules) -> AssociationRow:
    begins_on = row.required_day("BeginDate")
    completed_on, is_assumed = None, False
    if rules.is_completed(row.descriptor("ReasonExitedDescriptor")):
        completed_on = _completed_on(row)
        is_assumed = completed_on is None
        completed_on = completed_on or _assumed(begins_on, rules)
    if completed_on is not None and completed_on < begins_on:
        raise RowRefused(INVERTED, "EndDate", public=str(completed_on))
    return AssociationRow(
        candidate_identifier=row.required("CandidateIdentifier"),
        provider_id=row.required("EducationOrganizationId"),
        program_name=row.required("ProgramName"),
        program_type=row.descriptor("ProgramTypeDescriptor") or None,
        begins_on=begins_on,
        completed_on=completed_on,
        placement=_placement(row),
        is_date_assumed=is_assumed,
    )


def _completed_on(row: Row) -> date | None:
    """The end date; without one, the last day of the completion cohort's term; a cohort of entry says nothing."""
    if (end := row.day("EndDate")) is not None:
        return end
    year, term = row.text("SchoolYear")[-4:], row.descriptor("TermDescriptor").casefold()
    is_of_completion = row.descriptor("CohortYearTypeDescriptor").casefold() == "completion"
    if not is_of_completion or not (year.isascii() and year.isdigit() and int(year) > 1900) or term not in TERM_ENDS:
        return None
    years, month, day = TERM_ENDS[term]
    return date(int(year) + years, month, day)


def _assumed(begins_on: date, rules: CompletionRules) -> date:
    """No earlier than can be: the end of the school year of the beginning, and the years that the state adds."""
    if rules.undated_years is None:
        raise RowRefused(NO_COMPLETION_DATE, "EndDate")
    school_year = begins_on.year + (begins_on.month >= _SCHOOL_YEAR_BEGINS)
    return date(min(school_year + rules.undated_years, date.max.year), 6, 30)


def _placement(row: Row) -> Placement | None:
    school, begins_on, ends_on = row.text("PlacementSchoolCode"), row.day("PlacementBegin"), row.day("PlacementEnd")
    if not school and begins_on is None and ends_on is None:
        return None
    if not school or begins_on is None or ends_on is None:
        raise RowRefused(PLACEMENT, "PlacementSchoolCode", value=school)
    return Placement(school_id=school, begins_on=begins_on, ends_on=ends_on)
