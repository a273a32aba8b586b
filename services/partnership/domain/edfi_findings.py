"""What can be found in Ed-Fi resources beyond what any roster may show."""

from services.partnership.domain.findings import FindingKind as Kind
from services.partnership.domain.roster_findings import EXPORT_AGAIN

LINE_UNREADABLE = Kind("edfi.line_unreadable", "error", "The line is no JSON object.", "One resource on each line.")
VALUE_TOO_LONG = Kind("edfi.value_too_long", "error", "A value is longer than any of the standard.", EXPORT_AGAIN)
LINE_TOO_LONG = Kind("edfi.line_too_long", "reject", "A line is longer than any resource.", EXPORT_AGAIN)
LINE_IS_LIST = Kind("edfi.line_is_list", "warning", "The line is a list of resources.", "One resource on each line.")
NO_STAFF = Kind("edfi.no_staff", "reject", "The set holds no staff.", "Add staffs (InterchangeStaffAssociation).")
NO_ROLES = Kind(
    "edfi.no_associations",
    "reject",
    "The set holds neither employments nor assignments of staff.",
    "Add staffEducationOrganizationEmploymentAssociations or …AssignmentAssociations.",
)
NO_EMPLOYMENTS = Kind(
    "edfi.no_employments",
    "warning",
    "The set holds no employments: the first day of an assignment stands for the hire date.",
    "Let the system send employments with their hire dates.",
)
NO_ORGANIZATIONS = Kind(
    "edfi.no_organizations",
    "warning",
    "The set holds no schools and no district; they are known by their ids only.",
    "Add localEducationAgencies and schools (InterchangeEducationOrganization).",
)
NO_ID_CODES = Kind(
    "edfi.no_id_codes",
    "warning",
    "The set is of data standard 6 and holds no staffIdentificationCodes: state ids are missing.",
    "Add staffIdentificationCodes, or set the data standard of the connection to 5.2.",
)
DISTRICT_UNKNOWN = Kind(
    "edfi.district_unknown",
    "reject",
    "The set holds several districts, and none of them is this feed's.",
    "Map the district's id to its state code in the connection (organization_codes).",
)
ROW_TWICE = Kind("edfi.key_twice", "warning", "Two resources have one natural key; the later one was taken.")
STAFF_UNKNOWN = Kind("edfi.staff_unknown", "error", "An employment or assignment of a person who is not in the set.")
HALF_CLOSED = Kind(
    "edfi.employment_half_closed",
    "warning",
    "Two employments have one hire date; one has ended and the other has not: the person is taken to work on.",
    "Give the other employment an end date, if the person has left.",
)
WORKS_AFTER_END = Kind(
    "edfi.assignment_after_employment",
    "warning",
    "An assignment begins after the last employment has ended; it was believed.",
    "Send the new employment with its hire date.",
)
NO_ASSIGNMENT = Kind(
    "edfi.employment_without_assignment",
    "warning",
    "An employment without any assignment: what the person does is not known.",
    "Send assignments, or set the connection's role for such employments.",
)
UNPAID = Kind("edfi.unpaid", "info", "A volunteer's employment is none; it was left out.")
ID_REFUSED = Kind(
    "privacy.refused_id",
    "warning",
    "An id of a kind that we do not take (social security, licence to drive, …) was dropped while reading.",
    "Leave such ids out of the export.",
)
NAMESPACE = Kind("edfi.namespace", "warning", "A descriptor is of a namespace that the connection does not name.")
XML_DOCTYPE = Kind(
    "xml.doctype", "reject", "The XML file has a DOCTYPE or entities, which we do not read.", "Export it without."
)
XML_BROKEN = Kind("xml.broken", "reject", "The XML file is damaged or ends too early.", EXPORT_AGAIN)
XML_TOO_DEEP = Kind("xml.too_deep", "reject", "The XML file is nested deeper than the standard is.", EXPORT_AGAIN)
XML_TOO_LARGE = Kind("xml.too_large", "reject", "An element is larger than the standard's are.", EXPORT_AGAIN)
XML_NO_INTERCHANGE = Kind(
    "xml.no_interchange",
    "reject",
    "The file is no Ed-Fi interchange of staff or organizations.",
    "Upload InterchangeStaffAssociation and InterchangeEducationOrganization.",
)
XML_REFERENCE = Kind("xml.reference", "error", "A reference leads to nothing in the set.")
