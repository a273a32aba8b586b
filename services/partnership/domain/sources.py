"""The kinds of source that a feed can have, and who reads each into a roster."""

from collections.abc import Callable, Mapping
from typing import BinaryIO, Literal

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.edfi_bundle import read_edfi_bundle
from services.partnership.domain.edfi_xml import read_edfi_xml
from services.partnership.domain.microsoft_sds import read_microsoft_sds
from services.partnership.domain.observation import Roster
from services.partnership.domain.oneroster import may_be_delta, read_oneroster
from services.partnership.domain.oneroster_rest import read_oneroster_rest
from services.partnership.domain.roster_zip import RosterLimits
from services.partnership.domain.state_files import read_state_files

Source = Literal[
    "oneroster-csv", "oneroster-rest", "microsoft-sds-csv", "ed-fi-api", "ed-fi-xml", "state-file", "hires-api"
]  # fmt: skip
Reader = Callable[..., Roster]
"""Reads one delivery, `(file, mapping, limits)`, the file seekable. Raises RosterRejected, with all findings, when it
cannot be applied."""

ONE_BY_ONE: Source = "hires-api"
"""Tells one person at a time and delivers nothing that is read as a whole: it has no reader."""

READERS: Mapping[Source, Reader] = {
    "oneroster-csv": read_oneroster,
    "microsoft-sds-csv": read_microsoft_sds,
    "oneroster-rest": read_oneroster_rest,
    "ed-fi-api": read_edfi_bundle,
    "ed-fi-xml": read_edfi_xml,
    "state-file": read_state_files,
}

MAY_BE_DELTA: Mapping[Source, Callable[[BinaryIO, ConnectionMapping, RosterLimits], bool]] = {
    "oneroster-csv": may_be_delta
}
"""Sources whose reader takes, as `known`, what was known before, and how to tell whether a delivery needs it."""
