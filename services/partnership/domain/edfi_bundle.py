"""Reads a bundle of Ed-Fi resources, one file of JSON lines for each, into a roster of a district's staff."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import orjson

from services.partnership.domain import edfi_findings, roster_findings
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.edfi_book import EdfiBook
from services.partnership.domain.edfi_layout import BUNDLE_SUFFIXES, RESOURCES
from services.partnership.domain.edfi_organizations import settled
from services.partnership.domain.edfi_people import observe
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.observation import Roster
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_zip import Archive, RosterLimits, open_archive

LONGEST_LINE = 1024 * 1024
_NUMBERED = re.compile(r"^\d{1,3}[-_]")


def read_edfi_bundle(file: BinaryIO, mapping: ConnectionMapping, limits: RosterLimits | None = None) -> Roster:
    """The staff in a bundle of Ed-Fi resources. Raises RosterRejected, with all findings, when it cannot be applied.

    `file` must be a seekable zip. Only resources about staff and organizations are opened; see edfi_layout.
    """
    limits = limits or RosterLimits()
    findings = Findings()
    archive = open_archive(file, findings, limits, file_prefix=mapping.file_prefix, suffixes=BUNDLE_SUFFIXES)
    book = EdfiBook(mapping, findings)
    resources = {resource.lower(): resource for resource in RESOURCES["6.0"]}
    for name in archive.names:
        resource = resources.get(resource_name(name))
        if resource is None:
            findings.note(roster_findings.FILE_IGNORED, Place(name))
            continue
        for line, members in read_lines(archive, name, findings):
            if members is None:
                book.rows_read[name] += 1
                book.quarantine(edfi_findings.LINE_UNREADABLE, Place(name, line))
            else:
                book.take(resource, members, Place(name, line))
    return roster_of(book, f"Ed-Fi {mapping.edfi.data_standard}", archive, limits)


def roster_of(book: EdfiBook, version: str, archive: Archive, limits: RosterLimits) -> Roster:
    """What a book comes to, when all resources are in it."""
    book.close(limits)
    organizations = settled(book.organizations, book.organizations_used(), book.mapping, book.findings)
    observations, dropped = observe(book, organizations)
    book.judge(limits)
    return Roster(
        version=version,
        mode="bulk",
        observations=observations,
        organizations=tuple(organizations[key] for key in sorted(organizations)),
        findings=book.findings,
        rows_read=dict(book.rows_read),
        people_dropped=dict(dropped),
        changed_at=book.changed_at,
        written_at=archive.written_at,
    )


def read_lines(archive: Archive, name: str, findings: Findings) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    """The JSON objects of a file with their lines; None for a line that is none. A file that is cut is rejected."""
    with archive.open(name) as stream:
        number, listed = 0, False
        while line := stream.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                findings.note(edfi_findings.LINE_TOO_LONG, Place(name, number))
                raise RosterRejected(findings)
            content = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if not content:
                continue
            value = _parsed(content)
            if value is None and not line.endswith(b"\n"):
                findings.note(roster_findings.LAST_LINE_SHORT, Place(name, number))
                raise RosterRejected(findings)
            if isinstance(value, list) and not listed:
                listed = True
                findings.note(edfi_findings.LINE_IS_LIST, Place(name, number))
            for each in value if isinstance(value, list) else [value]:
                yield number, each if isinstance(each, dict) else None


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def resource_name(name: str) -> str:
    """`02-staffs.ndjson` → `staffs`."""
    return _NUMBERED.sub("", name.rpartition(".")[0])
