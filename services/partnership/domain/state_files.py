"""Reads a state's or a district's own staff files, as declared in the connection, into a roster.

zip or one file ─▶ declared files ─▶ rows ─▶ people by their numbers ─▶ Roster
"""

from collections.abc import Sequence
from typing import BinaryIO

from services.partnership.domain import roster_findings as found
from services.partnership.domain import state_findings
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.observation import Roster
from services.partnership.domain.roster_file import open_delivery
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_zip import RosterLimits
from services.partnership.domain.state_people import PeopleBook
from services.partnership.domain.state_rows import StateRows, open_rows

SUFFIXES = (".csv", ".txt", ".tsv", ".dat")


def read_state_files(file: BinaryIO, mapping: ConnectionMapping, limits: RosterLimits | None = None) -> Roster:
    """The staff in declared files, a zip of them or one alone. Raises RosterRejected when they cannot be applied."""
    limits = limits or RosterLimits()
    findings = Findings()
    layout = mapping.state_file
    if layout is None:
        findings.note(state_findings.NO_LAYOUT)
        raise RosterRejected(findings)
    archive = open_delivery(
        file, findings, limits, name="upload.csv", suffixes=SUFFIXES, file_prefix=mapping.file_prefix
    )
    files = open_rows(archive, layout, mapping.district_code, findings)
    book = PeopleBook(layout, mapping, findings)
    for rows in files:
        book.read(rows)
    observations = book.observations()
    _judge(files, limits, findings)
    return Roster(
        version=f"{layout.based_on or 'declared'} {layout.version}".strip(),
        mode="bulk" if layout.absence_means == "gone" else "delta",
        observations=observations,
        organizations=book.organizations(),
        findings=findings,
        rows_read={rows.file: rows.rows_read for rows in files},
        written_at=archive.written_at,
        is_full_list=True,
    )


def _judge(files: Sequence[StateRows], limits: RosterLimits, findings: Findings) -> None:
    """Rejects what is too broken to apply, holds what is empty."""
    for rows in files:
        broken, read = rows.rows_in_error, rows.rows_read
        if read == 0:
            findings.note(found.FILE_NO_ROWS, Place(rows.file))
        elif broken >= read:
            findings.note(found.NOTHING_READABLE, Place(rows.file))
        elif broken > limits.error_rows_forgiven and broken > limits.max_error_share * read:
            findings.note(found.TOO_MANY_ERRORS, Place(rows.file), detail=f"({broken} of {read})")
    if findings.worst == "reject":
        raise RosterRejected(findings)
