"""Judges a set that has been read: rejects what is too broken, holds what looks like a mistake."""

from collections.abc import Collection, Iterable

from services.partnership.domain import roster_findings as found
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.oneroster_layout import ORGS, PERSONAL_FILES, USERS
from services.partnership.domain.oneroster_users import UsersRead
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_text import Table
from services.partnership.domain.roster_zip import Archive, RosterLimits


def judge(
    tables: Iterable[Table], limits: RosterLimits, findings: Findings, deltas: Collection[str] = frozenset()
) -> None:
    """All tables speak before one rejects. Of `deltas` it is no wonder if they are empty."""
    for table in tables:
        broken, read = table.rows_in_error, table.rows_read
        if read == 0 and table.file in deltas:
            findings.note(found.DELTA_NO_ROWS, Place(table.file))
        elif read == 0:
            findings.note(found.NO_ORGANIZATIONS if table.file == ORGS else found.FILE_NO_ROWS, Place(table.file))
        elif broken >= read:
            findings.note(found.NOTHING_READABLE, Place(table.file))
        elif broken > limits.error_rows_forgiven and broken > limits.max_error_share * read:
            findings.note(found.TOO_MANY_ERRORS, Place(table.file), detail=f"({broken} of {read})")
    if findings.worst == "reject":
        raise RosterRejected(findings)


def note_what_we_did_not_ask_for(archive: Archive, book: UsersRead, findings: Findings) -> None:
    """Numbers only; the values were never kept."""
    people = sum(book.dropped.values()) - book.dropped["role_unknown"]
    if people:
        findings.note(found.PRIVACY, Place(USERS), detail=f"Rows about students and families: {people}.")
    if book.passwords:
        findings.note(found.PRIVACY, Place(USERS, None, "password"), detail=f"Passwords: {book.passwords}.")
    for file in PERSONAL_FILES:
        if file in archive.names:
            findings.note(found.PRIVACY, Place(file), detail="The file was not opened.")
