"""Make a delivery of what was pulled, one file, and take it in like an upload."""

import json
import zipfile
from collections.abc import Awaitable, Callable
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from services.partnership.domain.connection import Connection
from services.partnership.domain.edfi_layout import RESOURCES, bundle_file
from services.partnership.domain.pull import Mirror, Pull
from services.partnership.domain.snapshot import Snapshot
from services.partnership.domain.source_trouble import SourceTrouble
from services.partnership.store.mirror import MirrorStore
from shared.errors import Conflict
from shared.fault import fault

IN_MEMORY = 8 * 1024 * 1024
WRITTEN_AT = (1980, 1, 1, 0, 0, 0)
"""The same for all: the same rows make the same file."""


async def deliver_pull(
    pull: Pull,
    connection: Connection,
    *,
    mirror: MirrorStore,
    take_snapshot: Callable[..., Awaitable[Snapshot]],
    now: datetime,
) -> Pull:
    """The pull with its snapshot. Only when that was read is the generation whole; and only when nobody has to look at
    it first can changes go on top of it."""
    started = pull.started_at or now
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        file = cast(BinaryIO, spool)
        await _write(file, pull, connection, mirror)
        try:
            run = await take_snapshot(file, connection, observed_at=started, forced=False, now=now)
        except Conflict as busy:
            raise SourceTrouble(busy.message, busy.hint, may_pass=True) from None
    fault("pull.snapshot_taken_not_settled")
    if run.state == "rejected":
        worst = run.findings[0] if run.findings else {"message": "What was pulled cannot be read.", "hint": ""}
        return pull.refused(run.snapshot_id, worst["message"], worst["hint"], now)
    read_at = started
    if pull.kind == "changes" and (before := await mirror.mirror(pull.connection_id)) is not None:
        read_at = before.read_at
    whole = Mirror(generation=pull.generation, read_at=read_at, newest=None if run.state == "held" else pull.newest)
    await mirror.settle(pull.connection_id, whole)
    fault("pull.settled_not_delivered")
    return pull.delivered(run.snapshot_id, now)


async def _write(file: BinaryIO, pull: Pull, connection: Connection, mirror: MirrorStore) -> None:
    """A zip with one file of JSON lines for each list; with how many rows were left out, for the report."""
    is_edfi = connection.source == "ed-fi-api"
    names = RESOURCES[connection.mapping.edfi.data_standard] if is_edfi else ("orgs", "users")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(bundle_file(name), WRITTEN_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as lines:
                async for rows in mirror.rows(pull.connection_id, pull.generation, name):
                    lines.write("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode())
        if not is_edfi:
            dropped = {name: count for name, count in sorted(pull.dropped.items()) if count}
            archive.writestr(zipfile.ZipInfo("manifest.json", WRITTEN_AT), json.dumps({"dropped": dropped}))
    file.seek(0)
