"""Tell who in an upload is known already."""

from collections.abc import Sequence

from services.partnership.domain.roll import Recognised, Roll
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.staff import Staff
from services.partnership.store.staff import StaffStore
from shared.ids import derived


async def recognise(
    sightings: Sequence[Sighting], taken: set[str], connection_id: str, roll: Roll, *, staff: StaffStore
) -> list[Recognised]:
    """A piece of an upload, by the source's keys; else by identifiers, for a source may renew its keys.

    Somebody is taken for a person known under other keys only if that person does not occur under those, the given
    names agree (people marry), and nobody else could be meant. `taken` are those who occur in the upload under keys
    that are known; whoever is recognised here is added.
    """
    people: list[Recognised] = []
    unknown: list[Sighting] = []
    for sighting in sightings:
        staff_id = roll.whose(sighting.source_keys)
        if staff_id is None:
            unknown.append(sighting)
        else:
            people.append(Recognised(staff_id, sighting))
    perhaps = await _sharing(unknown, connection_id, staff) if roll and unknown else {}
    for sighting in unknown:
        meant = _meant(sighting, perhaps) - taken
        new_id = derived("staff", connection_id, sighting.source_keys[0])
        staff_id = meant.pop() if len(meant) == 1 else new_id
        taken.add(staff_id)
        people.append(Recognised(staff_id, sighting, has_new_key=True))
    return people


async def _sharing(sightings: Sequence[Sighting], connection_id: str, staff: StaffStore) -> dict[str, list[Staff]]:
    """Exact key → the people of the feed who have it."""
    perhaps: dict[str, list[Staff]] = {}
    wanted = [key for sighting in sightings for key in sighting.known.exact_keys()]
    for person in await staff.sharing(connection_id, wanted):
        for key in person.known.exact_keys():
            perhaps.setdefault(key, []).append(person)
    return perhaps


def _meant(sighting: Sighting, perhaps: dict[str, list[Staff]]) -> set[str]:
    if not perhaps:
        return set()
    return {
        person.staff_id
        for key in sighting.known.exact_keys()
        for person in perhaps.get(key, ())
        if person.known.givens & sighting.known.givens
    }
