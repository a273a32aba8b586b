"""Reads manifest.csv, and holds it against the files that are really there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from services.partnership.domain import roster_findings as found
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.oneroster_layout import MANIFEST, manifest_layout
from services.partnership.domain.roster_text import Table
from services.partnership.domain.roster_zip import Archive

_MOST_PROPERTIES = 1000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a set says about itself: its version, and per file (lower case) `absent`, `bulk` or `delta`."""

    version: str = ""
    modes: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0

    def says_delta(self, file: str) -> bool:
        """Whether the file is announced as a delta."""
        return self.modes.get(file) == "delta"


def read_manifest(archive: Archive, findings: Findings) -> Manifest:
    """What the manifest says; an empty one, with a finding, where there is none."""
    if MANIFEST not in archive.names:
        findings.note(found.MANIFEST_MISSING, Place(MANIFEST))
        return Manifest()
    table = Table(archive, manifest_layout(), ("propertyName", "value"), findings)
    properties = {name.lower(): value.lower() for _, (name, value) in islice(table, _MOST_PROPERTIES)}
    modes = {f"{name.removeprefix('file.')}.csv": mode for name, mode in properties.items() if name.startswith("file.")}
    for file in sorted(modes.keys() | set(archive.names) - {MANIFEST}):
        announced, there = modes.get(file, "absent") in ("bulk", "delta"), file in archive.names
        if announced != there:
            findings.note(found.MANIFEST_DIFFERS, Place(MANIFEST), public=file)
    return Manifest(properties.get("oneroster.version", ""), modes, table.rows_read)
