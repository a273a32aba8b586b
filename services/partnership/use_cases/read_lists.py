"""Read a source's lists page by page into the mirror, and keep how far that has come."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.partnership.domain.connection import Connection
from services.partnership.domain.edfi_layout import STAFFS
from services.partnership.domain.edfi_pulled_rows import EdfiRows, resource_key, with_key
from services.partnership.domain.oneroster_rest_rows import UserRows, org_rows
from services.partnership.domain.pull import REREADS, Pull
from services.partnership.domain.pull_paging import read_page, turn
from services.partnership.domain.pull_steps import Step, newest_stamp
from services.partnership.domain.pulled_rows import Harvest, Harvester, Kept, rows_of
from services.partnership.domain.source_trouble import (
    FILTER_FIELD,
    ChangedWhileRead,
    FilterRefused,
    SourceTrouble,
    complaint,
    of_status,
)
from services.partnership.store.mirror import MirrorStore
from services.partnership.use_cases.plan_pull import NOT_FOUND, USE_SNAPSHOT
from services.partnership.use_cases.sign_in_to_source import Signed
from shared.fault import fault
from shared.web_client import Answer

Save = Callable[[Pull], Awaitable[None]]
ASKED_WRONGLY = frozenset({400, 422})


async def read_lists(
    pull: Pull,
    steps: Sequence[Step],
    connection: Connection,
    *,
    source: Signed,
    mirror: MirrorStore,
    save: Save,
    clock: Callable[[], datetime],
) -> Pull:
    """The pull when all lists are read. What has moved while it was read is read again, a few times."""
    while pull.step < len(steps):
        step = steps[pull.step]
        try:
            pull = await _read(pull, step, connection, source, mirror, save, clock)
        except ChangedWhileRead as moved:
            if pull.rereads >= REREADS:
                raise SourceTrouble(
                    f"{moved.message} That was so {REREADS + 1} times in a row: {step.resource}.",
                    moved.hint or "Pull when the system is quiet, such as at night.",
                    may_pass=True,
                ) from None
            if pull.kind == "all":
                await mirror.clear(pull.connection_id, pull.generation, step.resource)
            pull = pull.rereading()
        else:
            pull = pull.list_read()
        await save(pull)
    return pull


async def _read(
    pull: Pull,
    step: Step,
    connection: Connection,
    source: Signed,
    mirror: MirrorStore,
    save: Save,
    clock: Callable[[], datetime],
) -> Pull:
    """One list, from where the pull is in it to its end."""
    headers = USE_SNAPSHOT if pull.uses_snapshot else {}
    before: frozenset[str] = frozenset()
    while not pull.cursor.is_last:
        asked = step.url(pull.cursor)
        answer = await source.get(asked, headers)
        if answer.status == NOT_FOUND and step.optional:
            return pull
        rows = _rows(answer, step, is_first=pull.cursor.pages == 0)
        harvest = _harvester(step, connection)(rows) if step.kind == "rows" else Harvest(keys=_keys(step, rows))
        page = read_page(tuple(harvest.keys), answer.headers)
        repeated = len(before.intersection(harvest.keys))
        cursor = turn(pull.cursor, page, asked, step.turning, repeated=repeated)
        await _keep(pull, step, rows, harvest, mirror)
        newest = pull.newest
        if connection.source == "oneroster-rest":
            newest = newest_stamp((pull.newest, harvest.newest), clock(), connection.mapping.time_zone)
        pull = pull.turned(cursor, harvest, newest)
        before = frozenset(harvest.keys)
        fault("pull.page_kept_not_turned")
        await save(pull)
        fault("pull.page_turned")
    return pull


def _rows(answer: Answer, step: Step, *, is_first: bool) -> list[Any]:
    """What a page holds; trouble, in words, if it is none."""
    what = step.resource
    if not answer.is_good:
        code = "" if answer.is_page or not answer.body else _code(answer)
        if step.filter and is_first and (answer.status in ASKED_WRONGLY or code == FILTER_FIELD):
            raise FilterRefused("The source does not know what we filter by.")
        raise of_status(answer.status, what, code)
    body = answer.json()
    if step.filter and is_first and complaint(body) == FILTER_FIELD:
        raise FilterRefused("The source does not know what we filter by.")
    return rows_of(body, step.wrapper or what, what)


def _code(answer: Answer) -> str:
    return complaint(answer.json()) if answer.headers.get("content-type", "").find("json") >= 0 else ""


def _harvester(step: Step, connection: Connection) -> Harvester:
    if connection.source == "ed-fi-api":
        return EdfiRows(step.resource)
    return UserRows(connection.mapping) if step.resource == "users" else org_rows


def _keys(step: Step, rows: Sequence[Any]) -> list[str]:
    return [resource_key(step.resource, row) if isinstance(row, Mapping) else "" for row in rows]


async def _keep(pull: Pull, step: Step, rows: Sequence[Any], harvest: Harvest, mirror: MirrorStore) -> None:
    """Apply a page: key changes, rows or deletions. Each may come again without harm."""
    connection_id, generation, resource = pull.connection_id, pull.generation, step.resource
    if step.kind == "rows":
        await mirror.keep(connection_id, generation, resource, harvest.kept.values())
        if pull.kind == "changes":
            await mirror.drop(connection_id, generation, resource, harvest.gone)
    elif step.kind == "deletes":
        await mirror.drop(connection_id, generation, resource, filter(None, harvest.keys))
    else:
        for row in rows:
            await _rekey(pull, resource, row, mirror)


async def _rekey(pull: Pull, resource: str, change: Any, mirror: MirrorStore) -> None:
    """A row under its new natural key; with a person's key go the rows that are about that person."""
    if not isinstance(change, Mapping) or not isinstance(change.get("newKeyValues"), Mapping):
        return
    new = dict(change["newKeyValues"])
    kept = await mirror.row(pull.connection_id, pull.generation, resource, resource_key(resource, change))
    if kept is not None:
        refers = str(new.get("staffUniqueId", kept.refers)) if kept.refers else ""
        await mirror.keep(
            pull.connection_id, pull.generation, resource, [Kept(kept.key, with_key(kept.row, new), refers)]
        )
    old = change.get("oldKeyValues")
    if resource == STAFFS and isinstance(old, Mapping) and old.get("staffUniqueId") and new.get("staffUniqueId"):
        person = str(new["staffUniqueId"])
        for other, row in await mirror.referring(pull.connection_id, pull.generation, str(old["staffUniqueId"])):
            moved = Kept(row.key, with_key(row.row, {"staffUniqueId": person}), person)
            await mirror.keep(pull.connection_id, pull.generation, other, [moved])
