"""Opens a delivery that may be an archive or one plain file; the reader sees the same of both."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import SEEK_END, BufferedReader, RawIOBase
from typing import Any, BinaryIO

from services.partnership.domain import roster_findings as found
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_zip import Archive, RosterLimits, open_archive

_CHUNK = 1 << 16
_ZIP_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")


class LooseFile(Archive):
    """One file that is not packed, under the name that the reader gives it."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name

    @property
    def names(self) -> tuple[str, ...]:
        return (self._name,)

    @property
    def written_at(self) -> datetime | None:
        return None

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:  # noqa: ARG002 - there is but one
        with BufferedReader(_FromTheStart(self._file), _CHUNK) as stream:
            yield stream


class _FromTheStart(RawIOBase):
    """A reading of a file that does not disturb another one of it, and does not close it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._at = file, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        self._file.seek(self._at)
        piece = self._file.read(len(view))
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def open_delivery(
    file: BinaryIO,
    findings: Findings,
    limits: RosterLimits,
    *,
    name: str,
    suffixes: tuple[str, ...],
    file_prefix: str = "",
) -> Archive:
    """A zip's files, or the one file itself, called `name`. Raises RosterRejected when it is harmful or too large."""
    file.seek(0)
    if file.read(4) in _ZIP_BEGINS:
        return open_archive(file, findings, limits, file_prefix=file_prefix, suffixes=suffixes)
    if file.seek(0, SEEK_END) > limits.max_unpacked_bytes:
        findings.note(found.FILE_TOO_LARGE, Place(name))
        raise RosterRejected(findings)
    return LooseFile(file, name)
