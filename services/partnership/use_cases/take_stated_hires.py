"""Take hires that a source states by itself, one or a few hundred at a time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.connection import Connection, NewConnection
from services.partnership.domain.sources import ONE_BY_ONE
from services.partnership.domain.staff import Staff
from services.partnership.domain.stated_hire import StatedHire, after_statement, default_connection_id, staff_id_of
from services.partnership.store.completers import CompleterStore
from services.partnership.store.directory import Directory
from services.partnership.store.feeds import FeedStore
from services.partnership.store.staff import StaffStore
from services.partnership.use_cases.finish_snapshots import Turns
from services.partnership.use_cases.settle_hires import settle_hires
from shared.access.callers import Scope
from shared.errors import Conflict, InvalidInput, NotFound, Refused, StaleRevision
from shared.rounds import on_a_fresh_reading

CLOCKS_DIFFER = timedelta(minutes=5)
EARLIEST_YEAR = 2000

Matched = Literal["open", "none", "review", "awaiting_completion", "student_teacher", "matched"]


class TakenHire(BaseModel):
    """What became of a stated hire. `match` is how far it is known which completer this is, if any; `hire_id` is the
    hire that is told of it, if it is one."""

    model_config = ConfigDict(frozen=True)

    person_key: str
    connection_id: str
    staff_id: str
    outcome: Literal["new", "changed", "unchanged"]
    match: Matched
    hire_id: str | None


@dataclass(frozen=True)
class _Place:
    """Where a statement belongs."""

    connection: Connection
    schools: frozenset[str]


async def take_stated_hires(
    stated: Sequence[StatedHire],
    *,
    scope: Scope,
    feeds: FeedStore,
    directory: Directory,
    staff: StaffStore,
    completers: CompleterStore,
    connect: Callable[..., Awaitable[Connection]],
    tell: Callable[..., Awaitable[None]],
    turns: Turns,
    now: datetime,
) -> list[TakenHire | Refused]:
    """One result for each, in order; what is refused keeps nothing else from being taken.

    What is answered is saved. Hires are told after that, at the latest by the next look at what is left to be told.
    """
    find = partial(_place, scope=scope, feeds=feeds, directory=directory, connect=connect, now=now)
    places = {key: await find(*key) for key in dict.fromkeys(map(_where, stated))}
    results: list[TakenHire | Refused] = []
    accepted: dict[str, tuple[Connection, list[int]]] = {}
    for number, each in enumerate(stated):
        place = places[_where(each)]
        refusal = place if isinstance(place, Refused) else _refusal(each, place, now)
        results.append(refusal or InvalidInput(""))
        if refusal is None and isinstance(place, _Place):
            accepted.setdefault(place.connection.connection_id, (place.connection, []))[1].append(number)
    for connection, numbers in accepted.values():
        theirs = [stated[number] for number in numbers]
        async with turns.of(connection.connection_id):
            save = partial(_save, theirs, connection, staff=staff, completers=completers, now=now)
            for number, taken in zip(numbers, await on_a_fresh_reading(save), strict=True):
                results[number] = taken
            with suppress(StaleRevision):  # somebody else tells of the same person: what is left is found again
                await tell(connection_id=connection.connection_id, now=now)
    return results


def _where(stated: StatedHire) -> tuple[str, str]:
    return stated.district_id, stated.connection_id or ""


async def _place(
    district_id: str,
    connection_id: str,
    *,
    scope: Scope,
    feeds: FeedStore,
    directory: Directory,
    connect: Callable[..., Awaitable[Connection]],
    now: datetime,
) -> _Place | Refused:
    """A connection that is named was connected before; the district's own one is made when it is used first."""
    try:
        scope.require_district(district_id)
        wanted = connection_id or default_connection_id(district_id)
        try:
            connection = await feeds.connection(wanted, scope)
        except NotFound:
            if connection_id:
                raise
            connection = await _connected(wanted, district_id, scope, feeds, connect, now)
        if connection.source != ONE_BY_ONE or connection.district_id != district_id:
            raise InvalidInput(
                "This connection is not one for stated hires of this district.",
                hint=f"Connect one with the source {ONE_BY_ONE}, or leave connection_id out.",
                where="connection_id",
            )
        return _Place(connection, await directory.schools_of(district_id))
    except Refused as refusal:
        return refusal


async def _connected(
    connection_id: str,
    district_id: str,
    scope: Scope,
    feeds: FeedStore,
    connect: Callable[..., Awaitable[Connection]],
    now: datetime,
) -> Connection:
    new = NewConnection(connection_id=connection_id, district_id=district_id, source=ONE_BY_ONE)
    try:
        return await connect(new, scope=scope, now=now)
    except Conflict:
        return await feeds.connection(connection_id, scope)


def _refusal(stated: StatedHire, place: _Place, now: datetime) -> Refused | None:
    if stated.school_id is not None and stated.school_id not in place.schools:
        return InvalidInput(
            "No school of this district has this code.",
            hint="Use the state's code, such as 00350105, with its zeros; leave it out for work across the district.",
            where="school_id",
        )
    as_of = stated.as_of or now
    if as_of > now + CLOCKS_DIFFER or as_of.year < EARLIEST_YEAR:
        return InvalidInput("as_of lies in the future, or too far back.", hint="Check the clock.", where="as_of")
    if stated.ended_on is not None and stated.ended_on > place.connection.day_of(now):
        return InvalidInput(
            "The employment has not ended yet.", hint="Send the end when it has come.", where="ended_on"
        )
    return None


async def _save(
    stated: Sequence[StatedHire],
    connection: Connection,
    *,
    staff: StaffStore,
    completers: CompleterStore,
    now: datetime,
) -> list[TakenHire | Refused]:
    """All that is said of one person is one write. StaleRevision if somebody else was at one of them meanwhile."""
    ids = [staff_id_of(connection.connection_id, each.person_key) for each in stated]
    known = await staff.by_ids(list(set(ids)))
    people: dict[str, Staff] = dict(known)
    outcomes: list[Literal["new", "changed", "unchanged"]] = []
    for staff_id, each in zip(ids, stated, strict=True):
        before = people.get(staff_id)
        people[staff_id] = after_statement(before, each, connection, now)
        outcomes.append("new" if before is None else "unchanged" if people[staff_id] is before else "changed")
    changed = [each for each in people.values() if known.get(each.staff_id) != each]
    settled = {each.staff_id: each for each in await settle_hires(changed, completers=completers)}
    await staff.follow_all([each for each in settled.values() if each.staff_id in known], known)
    await _add([each for each in settled.values() if each.staff_id not in known], staff)
    now_are = people | settled
    return [
        _taken(each, now_are[staff_id], outcome) for staff_id, each, outcome in zip(ids, stated, outcomes, strict=True)
    ]


async def _add(new: Sequence[Staff], staff: StaffStore) -> None:
    """Somebody else may have heard of the same person in the same moment."""
    await staff.add_all(new)
    kept: Mapping[str, Staff] = await staff.by_ids([each.staff_id for each in new])
    if any(kept[each.staff_id].digest != each.digest for each in new):
        raise StaleRevision("Somebody else stated this person's hire in the same moment.")


def _taken(stated: StatedHire, person: Staff, outcome: Literal["new", "changed", "unchanged"]) -> TakenHire:
    return TakenHire(
        person_key=stated.person_key,
        connection_id=person.connection_id,
        staff_id=person.staff_id,
        outcome=outcome,
        match=person.matching.state,
        hire_id=person.hire_id,
    )
