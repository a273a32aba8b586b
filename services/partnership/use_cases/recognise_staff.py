"""Tell who in an upload is known already, and how the upload differs from what is known."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.partnership.domain.connection import Connection
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.snapshot import Comparison, emptied_schools
from services.partnership.domain.staff import Staff
from services.partnership.store.staff import StaffStore
from shared.ids import derived

PIECE = 1000


@dataclass(frozen=True, slots=True)
class Recognised:
    """A sighting and whom it is of; `has_new_key`: the source never named anybody by these keys."""

    staff_id: str
    sighting: Sighting
    has_new_key: bool = False


async def recognise(sightings: Sequence[Sighting], connection_id: str, staff: StaffStore) -> list[Recognised]:
    """By the source's keys; else by identifiers, for a source may renew its keys.

    Somebody is taken for a person known under other keys only if that person does not occur under those, the names
    agree, and nobody else could be meant.
    """
    if not await staff.knows_anybody(connection_id):
        return [
            Recognised(derived("staff", connection_id, sighting.source_keys[0]), sighting, has_new_key=True)
            for sighting in sightings
        ]
    people: list[Recognised] = []
    unknown: list[Sighting] = []
    for start in range(0, len(sightings), PIECE):
        piece = sightings[start : start + PIECE]
        known = await staff.ids_by_key(connection_id, [key for sighting in piece for key in sighting.source_keys])
        for sighting in piece:
            staff_id = next((known[key] for key in sighting.source_keys if key in known), None)
            if staff_id is None:
                unknown.append(sighting)
            else:
                people.append(Recognised(staff_id, sighting))
    taken = {each.staff_id for each in people}
    for start in range(0, len(unknown), PIECE):
        piece = unknown[start : start + PIECE]
        keys = [key for sighting in piece for key in sighting.known.exact_keys()]
        perhaps: dict[str, list[Staff]] = {}
        for person in await staff.sharing(connection_id, keys):
            for key in person.known.exact_keys():
                perhaps.setdefault(key, []).append(person)
        for sighting in piece:
            meant = _meant(sighting, perhaps) - taken
            new_id = derived("staff", connection_id, sighting.source_keys[0])
            staff_id = meant.pop() if len(meant) == 1 else new_id
            taken.add(staff_id)
            people.append(Recognised(staff_id, sighting, has_new_key=True))
    return people


async def compare(
    people: Sequence[Recognised], connection: Connection, staff: StaffStore, *, is_delta: bool
) -> Comparison:
    """The upload beside the staff as known; in a delta, who is not mentioned is still there."""
    here = {each.staff_id: each.sighting for each in people if each.sighting.ended_on is None}
    mentioned = {each.staff_id for each in people}
    new_keys = {each.staff_id for each in people if each.has_new_key}
    before = gone = rekeyed = 0
    schools_before: Counter[str] = Counter()
    async for staff_id, status, school in staff.still_there(connection.connection_id):
        rekeyed += staff_id in new_keys
        if status == "present":
            before += 1
            schools_before.update([school] if school else [])
            gone += staff_id not in here and (not is_delta or staff_id in mentioned)
    schools_now = Counter(sighting.school_id for sighting in here.values() if sighting.school_id)
    new = len(new_keys & here.keys()) - rekeyed
    return Comparison(
        before=before,
        now=before - gone + new if is_delta else len(here),
        new=new,
        gone=gone,
        unknown_keys=len(new_keys),
        rekeyed=rekeyed,
        emptied_schools=() if is_delta else emptied_schools(schools_before, schools_now, connection.holds),
    )


def _meant(sighting: Sighting, perhaps: dict[str, list[Staff]]) -> set[str]:
    return {
        person.staff_id
        for key in sighting.known.exact_keys()
        for person in perhaps.get(key, ())
        if person.known.families & sighting.known.families and person.known.givens & sighting.known.givens
    }
