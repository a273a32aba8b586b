"""The file that says who holds which API key, and who the development sign-in offers.

{"api_keys": [{"name": "sis-of-boston", "sha256": "…", "role": "district", "organizations": ["00350000"],
               "expires": "2027-08-31"}],
 "people":   [{"subject": "agency-1", "display_name": "Agency staff", "role": "agency", "organizations": []}]}
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.access.callers import Caller, Role
from shared.errors import Misconfigured

KEY_PREFIX = "pb_"
KEY_SHAPE = re.compile(r"pb_[A-Za-z0-9_-]{43}")

log = structlog.get_logger()


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    role: Role
    organizations: tuple[str, ...] = ()


class ApiKey(_Entry):
    """A key by its hash: the key itself is shown once, when it is made. `expires` is the last day on which it opens."""

    name: str = Field(min_length=1)
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    expires: date | None = None

    def opens(self, now: datetime) -> bool:
        return self.expires is None or now <= datetime.combine(self.expires, time.max, UTC)

    @property
    def caller(self) -> Caller:
        return Caller(f"key:{self.name}", self.role, frozenset(self.organizations), self.name)


class Person(_Entry):
    """Somebody whom the development sign-in offers."""

    subject: str = Field(min_length=1)
    display_name: str = Field(min_length=1)

    @property
    def caller(self) -> Caller:
        return Caller(self.subject, self.role, frozenset(self.organizations), self.display_name)


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_keys: tuple[ApiKey, ...] = ()
    people: tuple[Person, ...] = ()


def new_api_key() -> str:
    """A key with 256 random bits; what is kept of it is `key_hash`."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class AccessFile:
    """The access file as it is now: read again whenever it has changed. A broken change keeps the last good content."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._people: tuple[Person, ...] = ()
        self._keys: dict[str, ApiKey] = {}
        if path is not None:
            try:
                self._take(path)
            except OSError as error:
                raise Misconfigured(f"The access file {path} cannot be read ({error.strerror}).") from None

    def people(self) -> Sequence[Person]:
        self._refresh()
        return self._people

    def person(self, subject: str) -> Person | None:
        return next((person for person in self.people() if person.subject == subject), None)

    def holder(self, key: str, now: datetime) -> Caller | None:
        """Who holds this key; None if nobody does or it has expired.

        Looked up by hash, so the time that it takes says nothing about how much of a guess was right.
        """
        if not KEY_SHAPE.fullmatch(key):
            return None
        self._refresh()
        entry = self._keys.get(key_hash(key))
        return entry.caller if entry is not None and entry.opens(now) else None

    def _refresh(self) -> None:
        if self._path is None:
            return
        try:
            self._take(self._path)
        except (OSError, Misconfigured) as error:
            log.error("access_file_unreadable", reason=type(error).__name__)

    def _take(self, path: Path) -> None:
        found = path.stat()
        version = (found.st_mtime_ns, found.st_size)
        if version == self._read_at:
            return
        self._read_at = version
        try:
            content = _Content.model_validate_json(path.read_bytes())
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in error.errors(include_input=False))
            raise Misconfigured(f"The access file {path} is not as it should be: {faults}.") from None
        self._people = content.people
        self._keys = {key.sha256: key for key in content.api_keys}
