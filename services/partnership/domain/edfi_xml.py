"""Reads Ed-Fi interchange XML into a roster: the same resources as the API's, written as a bulk file.

zip or one xml ─▶ elements, one at a time ─▶ the API's shape ─▶ book ─▶ Roster
"""

import re
from collections.abc import Iterator
from typing import BinaryIO
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from services.partnership.domain import edfi_findings, roster_findings
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.edfi_book import EdfiBook
from services.partnership.domain.edfi_bundle import roster_of
from services.partnership.domain.edfi_xml_shape import WANTED, Element, Interchange
from services.partnership.domain.findings import FindingKind, Findings, Place
from services.partnership.domain.observation import Roster
from services.partnership.domain.roster_file import open_delivery
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_zip import Archive, RosterLimits

DEEPEST = 20
MOST_PARTS, LONGEST_TEXT = 10_000, 256 * 1024
MOST_BYTES_WITHOUT_A_TAG = 1024 * 1024
_CHUNK = 1 << 16
_READ = frozenset({"InterchangeStaffAssociation", "InterchangeEducationOrganization"})
_VERSION = re.compile(r"ed-fi\.org/(\d+(?:\.\d+)*)")


def read_edfi_xml(file: BinaryIO, mapping: ConnectionMapping, limits: RosterLimits | None = None) -> Roster:
    """The staff in Ed-Fi interchanges, a zip of them or one alone. Raises RosterRejected when they cannot be applied.

    Interchanges about anything but staff and organizations are left closed. No DTD, no entity is read.
    """
    limits = limits or RosterLimits()
    findings = Findings()
    archive = open_delivery(
        file, findings, limits, name="upload.xml", suffixes=(".xml",), file_prefix=mapping.file_prefix
    )
    book = EdfiBook(mapping, findings)
    interchange = Interchange(book)
    versions = set()
    for name in archive.names:
        version = _read_file(archive, name, interchange, findings)
        versions |= {version} - {""}
    if not interchange.files:
        findings.note(edfi_findings.XML_NO_INTERCHANGE, Place(archive.names[0] if archive.names else ""))
        raise RosterRejected(findings)
    interchange.close()
    return roster_of(book, f"Ed-Fi XML {max(versions, default='')}".strip(), archive, limits)


def _read_file(archive: Archive, name: str, interchange: Interchange, findings: Findings) -> str:
    """Every wanted element of a file, into the interchange; the version that the file is written for."""
    collector = _Collector(name, findings)
    for element in _elements(archive, name, collector, findings):
        interchange.take(element, Place(name, element.line))
    if collector.root in _READ:
        interchange.files.add(name)
    return collector.version if collector.root in _READ else ""


def _elements(archive: Archive, name: str, collector: "_Collector", findings: Findings) -> Iterator[Element]:
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(collector)
    collector.setDocumentLocator(parser)
    try:
        with archive.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                parser.feed(chunk)
                collector.check_progress(len(chunk))
                yield from collector.taken()
                if collector.is_stranger:
                    findings.note(roster_findings.FILE_IGNORED, Place(name), public=collector.root)
                    return
            parser.close()
            yield from collector.taken()
    except DefusedXmlException:
        _reject(findings, edfi_findings.XML_DOCTYPE, Place(name))
    except SAXParseException as damage:
        _reject(findings, edfi_findings.XML_BROKEN, Place(name, damage.getLineNumber()))
    except (SAXException, UnicodeError, LookupError, ValueError):
        _reject(findings, edfi_findings.XML_BROKEN, Place(name))


class _Collector(ContentHandler):
    """Builds the wanted elements below the root, and nothing of the others; refuses what no interchange has."""

    def __init__(self, file: str, findings: Findings) -> None:
        super().__init__()
        self.root = self.version = ""
        self._file, self._findings = file, findings
        self._depth = 0
        self._open: list[Element] = []
        self._done: list[Element] = []
        self._parts = self._length = 0
        self._bytes_since_a_tag = 0

    @property
    def is_stranger(self) -> bool:
        """Whether the file is about something else than staff and organizations."""
        return bool(self.root) and self.root not in _READ

    def taken(self) -> list[Element]:
        done, self._done = self._done, []
        return done

    def check_progress(self, size: int) -> None:
        """A tag, a text, a comment may be long, but not without end."""
        self._bytes_since_a_tag += size
        if self._bytes_since_a_tag > MOST_BYTES_WITHOUT_A_TAG:
            self._refuse(edfi_findings.XML_TOO_LARGE)

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self._depth += 1
        self._bytes_since_a_tag = 0
        local = name.rpartition(":")[2]
        if self._depth == 1:
            self.root = local[:100]
            if match := _VERSION.search(" ".join(str(value) for value in attrs.values())):
                self.version = match[1]
            return
        if self._depth > DEEPEST:
            self._refuse(edfi_findings.XML_TOO_DEEP)
        if self._depth == 2:
            self._parts = self._length = 0
        if not self._open and (self._depth > 2 or local not in WANTED or self.is_stranger):
            return
        self._parts += 1
        if self._parts > MOST_PARTS:
            self._refuse(edfi_findings.XML_TOO_LARGE)
        attributes = {key: str(attrs.get(key)) for key in ("id", "ref") if key in attrs}
        element = Element(local, self._line, attributes.get("id", ""), attributes.get("ref", ""))
        if self._open:
            self._open[-1].parts.append(element)
        self._open.append(element)

    def characters(self, content: str) -> None:
        if self._open:
            self._length += len(content)
            if self._length > LONGEST_TEXT:
                self._refuse(edfi_findings.XML_TOO_LARGE)
            self._open[-1].text += content

    def endElement(self, name: str) -> None:  # noqa: N802, ARG002
        self._depth -= 1
        if self._open:
            element = self._open.pop()
            if not self._open:
                self._done.append(element)

    @property
    def _line(self) -> int:
        return int(self._locator.getLineNumber() or 0)  # type: ignore[attr-defined]

    def _refuse(self, kind: FindingKind) -> None:
        self._findings.note(kind, Place(self._file, self._line))
        raise RosterRejected(self._findings)


def _reject(findings: Findings, kind: FindingKind, at: Place) -> None:
    findings.note(kind, at)
    raise RosterRejected(findings) from None
