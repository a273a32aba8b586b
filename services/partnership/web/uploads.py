"""Take the bytes of an upload, as a form's file or as the body itself, without holding a large one in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from shared.errors import InvalidInput

IN_MEMORY = 1024 * 1024


@asynccontextmanager
async def uploaded(request: Request, field: str = "file") -> AsyncIterator[BinaryIO]:
    """The one file of a multipart form, or else the body as it is. The frame's door limits its size."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1) as form:
            yield file_of(form, field).file
        return
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        async for block in request.stream():
            spool.write(block)
        if spool.tell() == 0:
            raise InvalidInput("The upload is empty.", hint="Choose a file, or send it as the body.", where=field)
        spool.seek(0)
        yield cast(BinaryIO, spool)


def file_of(form: FormData, field: str) -> UploadFile:
    """A file that somebody chose; InvalidInput if they did not."""
    found = form.get(field)
    if not isinstance(found, UploadFile) or not found.filename:
        raise InvalidInput("No file was chosen.", hint="Choose a file to upload.", where=field)
    return found


async def named_file(request: Request, field: str = "file") -> tuple[str, bytes]:
    """Name and content of a small upload: the one file of a form, or the body itself."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1) as form:
            chosen = file_of(form, field)
            return plain_name(chosen.filename or ""), await chosen.read()
    content = await request.body()
    if not content:
        raise InvalidInput("The upload is empty.", hint="Choose a file, or send it as the body.", where=field)
    return "body", content


def plain_name(name: str) -> str:
    """A file's name without folders, short enough to show."""
    return name.replace("\\", "/").rpartition("/")[2][:80]


def hash_of(file: BinaryIO) -> str:
    """Of all its bytes; it is read from its beginning, and left there."""
    file.seek(0)
    digest = sha256()
    while block := file.read(IN_MEMORY):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def moment(text: str, zone: tzinfo) -> datetime | None:
    """ISO 8601; without a zone of its own it is meant in the district's."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text.strip())
        moment = parsed.replace(tzinfo=parsed.tzinfo or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(
            "The observation time cannot be read.",
            hint="Write it as 2026-09-01T04:00:00Z, or 2026-09-01 04:00 in the district's own time.",
            where="observed_at",
        ) from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
