"""What can be found in a state's or district's own staff files beyond what any roster may show."""

from services.partnership.domain.findings import FindingKind as Kind

NO_LAYOUT = Kind(
    "state.no_layout",
    "reject",
    "The connection does not say how the files of this feed are laid out.",
    "Declare them in its mapping as state_file, for example {“preset”: “epims”}.",
)
STUDENT_FILE = Kind(
    "state.student_file",
    "reject",
    "This file is about students (SIMS, SCS); it was not read.",
    "Upload staff files only.",
)
NO_STAFF_FILE = Kind(
    "state.no_staff_file",
    "reject",
    "None of the declared staff files is in the upload.",
    "Name the file as declared, or declare the columns that it has.",
)
FILE_UNDECLARED = Kind(
    "state.file_undeclared", "warning", "This file is none of the declared ones and was not read.", "Declare it."
)
OTHER_DISTRICT = Kind(
    "state.other_district", "reject", "The header record names another district.", "Upload this district's own file."
)
NEVER_READ = Kind(
    "privacy.never_read",
    "info",
    "A column about race, pay or evaluations was not read.",
    "Leave it out of the export.",
)
STATUS_UNKNOWN = Kind(
    "value.status_unknown",
    "warning",
    "An employment status is not in the connection's table; the person is taken to be employed.",
    "Add it to codes.employment_status.",
)
NUMBERS_DIFFER = Kind(
    "state.numbers_differ",
    "warning",
    "A local number belongs to several state ids; it joins nobody.",
    "Correct the list of numbers.",
)
NO_PERSON = Kind("state.person_unknown", "error", "A work assignment of a person who is in no staff file.")
NO_NAME = Kind("state.no_name", "error", "Nothing says what the person is called.")
SCHOOL_WITHOUT_CODE = Kind("state.school_blank", "warning", "A job without a school; it is taken to be the district's.")
