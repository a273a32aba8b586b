"""Opens a roster's zip archive without trusting it: nothing is written to disk, nothing is read past its limit."""

import re
import stat
import struct
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import SEEK_END, BufferedReader, RawIOBase
from lzma import LZMAError
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, NoReturn, cast

from services.partnership.domain import roster_findings as found
from services.partnership.domain.findings import FindingKind, Findings, Place
from services.partnership.domain.roster_findings import RosterRejected

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    IndexError,
)
_JUNK = (".ds_store", "thumbs.db", "desktop.ini")
_ENCRYPTED = 0x1
_CHUNK = 1 << 16
_END_OF_LIST, _LARGE_END_OF_LIST = b"PK\x05\x06", b"PK\x06\x06"
_END_BYTES, _LOCATOR_BYTES, _LARGE_END_BYTES = 22, 20, 56
_IN_LARGE_END = 0xFFFFFFFF
_LONGEST_END = _END_BYTES + _LOCATOR_BYTES + _LARGE_END_BYTES + (1 << 16)
_LONGEST_LIST = 1 << 20


@dataclass(frozen=True, slots=True)
class RosterLimits:
    """How much we take: bytes unpacked, number of entries, compression ratio, share and number of rows in error."""

    max_unpacked_bytes: int = 512 * 1024 * 1024
    max_entries: int = 200
    max_ratio: float = 100.0
    ratio_matters_from_bytes: int = 1024 * 1024
    max_error_share: float = 0.05
    error_rows_forgiven: int = 1


class Archive:
    """The files of one roster by their lower-case base name; each can be opened several times, as a stream."""

    def __init__(self, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], findings: Findings) -> None:
        self._archive = archive
        self._members = members
        self._findings = findings

    @property
    def names(self) -> tuple[str, ...]:
        """The lower-case base names, in the archive's order."""
        return tuple(self._members)

    @property
    def written_at(self) -> datetime | None:
        """The newest time stamp of an entry, local to whoever wrote it; None when the stamps are no dates."""
        stamps = [_stamp(member) for member in self._members.values()]
        return max((stamp for stamp in stamps if stamp), default=None)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A file's bytes, as a stream; damage that shows while it is read rejects the set."""
        with _rejecting(self._findings, name):
            packed = self._archive.open(self._members[name])
        with BufferedReader(_Unpacking(packed, name, self._findings), _CHUNK) as stream:
            yield stream


class _Unpacking(RawIOBase):
    """Turns damage met in the middle of an entry into a rejection."""

    def __init__(self, packed: IO[bytes], name: str, findings: Findings) -> None:
        self._packed, self._name, self._findings = packed, name, findings

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        with _rejecting(self._findings, self._name):
            piece = self._packed.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._packed.close()
        super().close()


def open_archive(
    file: BinaryIO,
    findings: Findings,
    limits: RosterLimits,
    *,
    file_prefix: str = "",
    suffixes: tuple[str, ...] = (".csv",),
) -> Archive:
    """The archive's files with one of the suffixes, once its list of entries has been found harmless; raises
    RosterRejected otherwise."""
    archive, entries = _listed(file, findings, limits)
    nested = [entry for entry in entries if entry.filename.lower().endswith(".zip")]
    if len(nested) == 1 and not any(entry.filename.lower().endswith(suffixes) for entry in entries):
        findings.note(found.ZIP_NESTED, Place(_tail(nested[0])))
        inner = _unpacked(archive, nested[0], findings)
        weakref.finalize(findings, inner.close)
        archive, entries = _listed(inner, findings, limits)
        if not any(entry.filename.lower().endswith(suffixes) for entry in entries) and any(
            entry.filename.lower().endswith(".zip") for entry in entries
        ):
            _reject(findings, found.ZIP_NESTED_DEEP)
    return Archive(archive, _roster_files(entries, file_prefix, suffixes, findings), findings)


def _listed(file: BinaryIO, findings: Findings, limits: RosterLimits) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """The archive and those of its entries that are files and no junk."""
    file.seek(0)
    begins = file.read(4)
    _refuse_long_list(file, findings)
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except (*_DAMAGE, NotImplementedError):
        _reject(findings, found.ZIP_TRUNCATED if begins == b"PK\x03\x04" else found.NOT_A_ZIP)
    entries = archive.infolist()
    if len(entries) > limits.max_entries:
        _reject(findings, found.ZIP_TOO_MANY, detail=f"({len(entries)})")
    for entry in entries:
        _refuse_unsafe(entry, findings)
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        _reject(findings, found.ZIP_DUPLICATE)
    _refuse_bomb(entries, findings, limits)
    return archive, [entry for entry in entries if not entry.is_dir() and not _is_junk(entry)]


def _refuse_unsafe(entry: zipfile.ZipInfo, findings: Findings) -> None:
    name = entry.orig_filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":" or "\x00" in name:
        _reject(findings, found.ZIP_UNSAFE_NAME)
    if stat.S_ISLNK(entry.external_attr >> 16):
        _reject(findings, found.ZIP_LINK)
    if entry.flag_bits & _ENCRYPTED:
        _reject(findings, found.ZIP_ENCRYPTED)


def _refuse_bomb(entries: list[zipfile.ZipInfo], findings: Findings, limits: RosterLimits) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.max_unpacked_bytes:
        _reject(findings, found.ZIP_BOMB, detail=f"({unpacked:,} bytes; the limit is {limits.max_unpacked_bytes:,})")
    for entry in entries:
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size >= limits.ratio_matters_from_bytes and ratio > limits.max_ratio:
            _reject(findings, found.ZIP_BOMB, detail=f"(one entry is packed {ratio:,.0f} to 1)")


def _roster_files(
    entries: list[zipfile.ZipInfo], file_prefix: str, suffixes: tuple[str, ...], findings: Findings
) -> dict[str, zipfile.ZipInfo]:
    """Entries at the root, or in the one folder that encloses them all, by lower-case name without the prefix,
    in which `*` stands for anything."""
    paths = {entry.filename: entry.filename.replace("\\", "/") for entry in entries}  # some write Windows' own
    tops = {path.partition("/")[0] for path in paths.values()}
    enclosed = len(tops) == 1 and all("/" in path for path in paths.values())
    prefix = re.compile("".join(".*?" if part == "*" else re.escape(part) for part in _parts(file_prefix.lower())))
    members: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        path = paths[entry.filename].partition("/")[2] if enclosed else paths[entry.filename]
        name = prefix.sub("", path.lower(), count=1) if prefix.match(path.lower()) else path.lower()
        if "/" in path or not name.endswith(suffixes):
            findings.note(found.FILE_IGNORED, Place(_tail(entry)))
        elif name in members:
            _reject(findings, found.ZIP_DUPLICATE, at=Place(_tail(entry)))
        else:
            members[name] = entry
    return members


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, findings: Findings) -> BinaryIO:
    """An entry in a nameless file; its size has been checked, and zipfile reads no byte more than is stated."""
    whole = cast(BinaryIO, TemporaryFile())  # noqa: SIM115  (its readers outlive this)
    with _rejecting(findings, _tail(entry)), archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            whole.write(chunk)
    return whole


def _refuse_long_list(file: BinaryIO, findings: Findings) -> None:
    """Before the list of entries is read: one of millions would fill the memory."""
    size = file.seek(0, SEEK_END)
    begins = max(0, size - _LONGEST_END)
    file.seek(begins)
    end = file.read()
    places = {end.rfind(_END_OF_LIST), len(end) - _END_BYTES} if len(end) >= _END_BYTES else set()
    for at in places:
        if at < 0 or end[at : at + 4] != _END_OF_LIST or len(end) - at < _END_BYTES:
            continue
        (listed,) = struct.unpack_from("<L", end, at + 12)
        large = at - _LOCATOR_BYTES - _LARGE_END_BYTES
        if listed == _IN_LARGE_END and large >= 0 and end[large : large + 4] == _LARGE_END_OF_LIST:
            (listed,) = struct.unpack_from("<Q", end, large + 40)
        if listed > _LONGEST_LIST:
            _reject(findings, found.ZIP_TOO_MANY)


@contextmanager
def _rejecting(findings: Findings, name: str) -> Iterator[None]:
    try:
        yield
    except RosterRejected:
        raise
    except (NotImplementedError, RuntimeError):
        _reject(findings, found.ZIP_METHOD, at=Place(name))
    except _DAMAGE:
        _reject(findings, found.ZIP_TRUNCATED, at=Place(name))


def _reject(findings: Findings, kind: FindingKind, *, at: Place = Place(), detail: str = "") -> NoReturn:
    findings.note(kind, at, detail=detail)
    raise RosterRejected(findings) from None


def _is_junk(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename.lower().replace("\\", "/"))
    return "__macosx" in path.parts or path.name in _JUNK or path.name.startswith("._")


def _parts(pattern: str) -> list[str]:
    return re.split(r"(\*)", pattern)


def _tail(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename).name[:80]


def _stamp(entry: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*entry.date_time)  # noqa: DTZ001  (zip stamps have no zone)
    except ValueError:
        return None
