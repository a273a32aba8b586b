"""Where the running system is reached, and the keys that open it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses without a slash at the end. `api_keys`: organization code → its key; the agency's is `MA-DESE`."""

    partnership: str
    survey: str
    analytics: str
    mail: str
    folder: Path
    """Where the simulated files are."""
    api_keys: Mapping[str, str] = field(repr=False)
