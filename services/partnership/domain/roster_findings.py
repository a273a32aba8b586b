"""Everything that can be found in a rostering file set: codes for machines, sentences for people."""

from services.partnership.domain.findings import FindingKind as Kind
from services.partnership.domain.findings import Findings
from shared.errors import InvalidInput

EXPORT_AGAIN = "Export the set again and upload it as the system wrote it."
UNTOUCHED = "Upload the zip that the system wrote, without opening or packing it again."

NOT_A_ZIP = Kind("zip.not_a_zip", "reject", "This file is not a zip archive.", UNTOUCHED)
ZIP_TRUNCATED = Kind("zip.truncated", "reject", "The archive ends too early or is damaged.", EXPORT_AGAIN)
ZIP_ENCRYPTED = Kind("zip.encrypted", "reject", "The archive is locked with a password.", "Export without a password.")
ZIP_UNSAFE_NAME = Kind("zip.unsafe_name", "reject", "An entry's name points outside the archive.", UNTOUCHED)
ZIP_LINK = Kind("zip.link", "reject", "An entry is a link to another file.", UNTOUCHED)
ZIP_DUPLICATE = Kind("zip.duplicate_name", "reject", "Two entries have the same name.", UNTOUCHED)
ZIP_BOMB = Kind("zip.bomb", "reject", "The archive unpacks to more than we take.", "Export staff only, or fewer files.")
FILE_TOO_LARGE = Kind("file.too_large", "reject", "The file is larger than we take.", "Export staff only.")
ZIP_TOO_MANY = Kind("zip.too_many_files", "reject", "The archive holds more files than a roster has.", UNTOUCHED)
ZIP_METHOD = Kind("zip.method", "reject", "The archive is packed in a way that we cannot read.", "Pack with “deflate”.")
ZIP_NESTED_DEEP = Kind("zip.nested_twice", "reject", "The archive holds an archive in an archive.", UNTOUCHED)
ZIP_NESTED = Kind("zip.nested", "warning", "The roster is an archive inside the archive.", UNTOUCHED)
FILE_IGNORED = Kind("file.ignored", "info", "This file is no part of a roster and was not read.")

NOT_TEXT = Kind("encoding.not_text", "reject", "This file is not text in an encoding that we know.", "Export as UTF-8.")
UTF16 = Kind("encoding.utf16", "warning", "This file is UTF-16, not UTF-8.", "Export as UTF-8.")
CP1252 = Kind("encoding.cp1252", "warning", "This file is Windows-1252, not UTF-8.", "Export as UTF-8.")
DELIMITER = Kind("csv.delimiter", "warning", "Columns are not separated by commas.", "Separate columns by commas.")
LINE_BREAK = Kind("csv.line_break", "warning", "A field holds a line break; it was read as a blank.")
LONG_ROW = Kind("csv.row_too_long", "reject", "A row is longer than we take: it does not end.", EXPORT_AGAIN)
OPEN_QUOTE = Kind("csv.open_quote", "error", "A quote is opened and not closed for many lines.", "Double inner quotes.")
LAST_LINE_SHORT = Kind("csv.last_line_short", "reject", "The last line breaks off: the file is cut.", EXPORT_AGAIN)
TOO_FEW_FIELDS = Kind("row.too_few_fields", "error", "The row has fewer fields than the file has required columns.")
FEW_FIELDS = Kind("row.few_fields", "warning", "The row ends early; the missing fields were read as blank.")
TOO_MANY_FIELDS = Kind("row.too_many_fields", "error", "The row has more fields than the header.", "Quote commas.")

HEADER_EMPTY = Kind("header.missing", "reject", "The file is empty: it has no header row.", EXPORT_AGAIN)
HEADER_WIDE = Kind("header.too_wide", "reject", "The header has more columns than we take.", EXPORT_AGAIN)
HEADER_CASE = Kind("header.spelling", "warning", "A column's name differs in case, blanks or punctuation.")
HEADER_TRAILING = Kind("header.trailing_commas", "warning", "The header ends in commas without a name.")
HEADER_ORDER = Kind("header.order", "warning", "The columns are not in the standard's order; they were read by name.")
HEADER_ALIAS = Kind("header.alias", "warning", "A column has an old or misspelt name; it was read as meant.")
HEADER_DUPLICATE = Kind("header.duplicate", "warning", "A column's name occurs more than once.")
HEADER_UNKNOWN = Kind("header.unknown", "info", "A column that we do not know was not read.")
HEADER_LACKS = Kind("header.column_missing", "warning", "A column of the standard is missing; we can do without.")
HEADER_REQUIRED = Kind("header.required_missing", "reject", "A required column is missing.", "Add the column.")
HEADER_CONFLICT = Kind("row.duplicate_columns_differ", "error", "Two columns of one name hold different values.")

FILE_MISSING = Kind("file.missing", "reject", "A required file is missing.", "Add the file to the export.")
FILE_NO_ROWS = Kind(
    "file.header_only", "hold", "The file has a header and no rows.", "Was the export empty by mistake?"
)
NO_ORGANIZATIONS = Kind("orgs.none", "reject", "The set names no organization.", EXPORT_AGAIN)
DELTA_NO_ROWS = Kind("delta.header_only", "info", "A delta file has a header and no rows: in it nothing has changed.")
TOO_MANY_ORGANIZATIONS = Kind("orgs.too_many", "reject", "The set names more organizations than we take.", EXPORT_AGAIN)
NOTHING_READABLE = Kind("file.nothing_readable", "reject", "Not one row of the file could be read.", EXPORT_AGAIN)
TOO_MANY_ERRORS = Kind("file.too_many_errors", "reject", "Too many rows cannot be read.", "Mend the rows listed below.")
MICROSOFT_SDS = Kind(
    "file.microsoft_sds",
    "reject",
    "This looks like a Microsoft School Data Sync set, not OneRoster.",
    "Connect the feed as Microsoft SDS, or choose OneRoster 1.1 or 1.2 CSV as the export format of your system.",
)
MICROSOFT_SDS_V1 = Kind(
    "file.microsoft_sds_v1",
    "reject",
    "This looks like the first format of Microsoft School Data Sync; we read format v2.1.",
    "Choose “SDS v2.1 CSV” as the export format of your system.",
)
ONEROSTER = Kind(
    "file.oneroster",
    "reject",
    "This looks like a OneRoster set, not one of Microsoft School Data Sync.",
    "Connect the feed as OneRoster CSV, or choose “SDS v2.1 CSV” as the export format of your system.",
)
WRITTEN_BEFORE = Kind(
    "set.older_than_last",
    "reject",
    "The files of this set were written before those of the last set that was taken.",
    "Upload the newest export; if this one is meant, say when it was made, or force it.",
)
MANIFEST_MISSING = Kind("manifest.missing", "warning", "There is no manifest.csv.")
MANIFEST_DIFFERS = Kind("manifest.differs", "warning", "The manifest and the files disagree; the files were believed.")
MANIFEST_ONLY = Kind("manifest.only", "info", "The set holds only a manifest: nothing has changed.")
STATUS_IN_BULK = Kind("row.status_in_bulk", "info", "Rows of a bulk file have a status; deletions were honoured.")
DELTA_MARKED_BULK = Kind("manifest.mode", "warning", "The manifest calls this file a delta; its rows say bulk.")

REQUIRED = Kind("value.required", "error", "A required value is blank.")
BLANK_NAME = Kind("value.blank_name", "warning", "One of the two names is blank.")
SCIENTIFIC = Kind("value.scientific", "error", "A spreadsheet turned an id into a rounded number.", EXPORT_AGAIN)
SCIENTIFIC_ID = Kind("id.scientific", "warning", "A spreadsheet turned an id into a rounded number; it was dropped.")
BLANK_WORD = Kind("value.blank_word", "warning", "A word that means “nothing” was read as blank.")
ENUMERATION = Kind("value.enumeration", "warning", "A value differs from the standard's spelling.")
ROLE_UNKNOWN = Kind("value.role_unknown", "warning", "A role that we do not know was read as “other”.", "Map the role.")
BOOLEAN = Kind("value.boolean", "warning", "A yes or no is not spelt true or false.")
DATE_FORM = Kind("value.date_form", "warning", "A date is not written YYYY-MM-DD.")
NO_TIME_ZONE = Kind("value.time_zone", "warning", "A time has no zone; the district's own was taken.")
DATE_UNREADABLE = Kind("value.date", "warning", "A date cannot be read with certainty; it was left out.")
DATE_SENTINEL = Kind("value.date_sentinel", "info", "A date that means “always” or “never” was read as open.")
DATES_INVERTED = Kind("value.dates_inverted", "warning", "A role ends before it begins; the end was left out.")
ID_FORM = Kind("id.form", "warning", "userIds is not written {Type:Id}.")
ID_LENGTH = Kind("id.length", "warning", "A state id has not the usual number of digits.")
ID_PADDED = Kind("id.zeros_restored", "warning", "A state id had lost its leading zeros; they were restored.")
EMAIL_INVALID = Kind("email.invalid", "warning", "An e-mail address is a placeholder or no address; it was left out.")
EMAIL_SHARED = Kind("email.shared", "warning", "More than two people share an e-mail address; it was left out.")

ROW_SAME = Kind("row.duplicate", "info", "The row occurs twice.")
ROW_DIFFERS = Kind("row.duplicate_differs", "error", "Two rows with one id differ; the later one was taken.")
PERSON_MERGED = Kind("person.merged", "info", "Several rows are one person and were joined.")
ROLE_WITHOUT_USER = Kind("role.unknown_user", "error", "A role for a person who is not in the set.")
ROLE_WITHOUT_ORG = Kind("role.unknown_org", "error", "A role at an organization that is not in the set.")
USER_WITHOUT_ROLE = Kind("user.without_role", "warning", "A person without any role; kept as inactive.")
DELTA_WITHOUT_ROLE = Kind("delta.role_unknown", "warning", "A changed person whose role is not in the delta; left out.")
DELTA_WITHOUT_BASE = Kind(
    "delta.base_unknown",
    "warning",
    "This delta builds on a set that we do not have; only the people in it were looked at.",
    "Send a bulk set once; deltas build on it from then on.",
)
STALE = Kind("row.stale", "warning", "The row is older than what is known already; it was left out.")
DELTA_WITHOUT_USER = Kind("delta.user_unknown", "info", "A changed role of a person who is not in the delta; left out.")
ORG_CODE_PADDED = Kind("org.code_zeros_restored", "warning", "A state code had lost its zeros; they were restored.")
ORG_CODE_UNKNOWN = Kind(
    "org.code_unknown",
    "warning",
    "No state code could be found for an organization.",
    "Export the state code as orgs.identifier or metadata.stateCode, or map the organization in the connection.",
)
PRIVACY = Kind(
    "privacy.unexpected_data",
    "warning",
    "The set holds data that we do not ask for; it was dropped while reading and stored nowhere.",
    "Limit the export to staff, without passwords.",
)


class RosterRejected(InvalidInput):
    """A set that cannot be applied; what is wrong is the gravest of its findings, and all of them come along."""

    def __init__(self, findings: Findings) -> None:
        gravest = next(iter(findings))
        where = " ".join(str(part) for part in (gravest.file, gravest.line, gravest.column) if part)
        super().__init__(gravest.message, hint=gravest.hint, where=where)
        self.findings = findings
