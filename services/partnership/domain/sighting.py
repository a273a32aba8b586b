"""What is kept of a staff member seen in a snapshot: who, in which role, where, since when."""

from collections import Counter
from collections.abc import Collection
from datetime import date
from hashlib import blake2b

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.leads import Lead, leads_of
from services.partnership.domain.match_keys import Known
from services.partnership.domain.observation import Position, StaffObservation

EDUCATOR_ROLES = frozenset(
    {
        "teacher",
        "co-teacher",
        "counselor",
        "instructional-coach",
        "assistant-principal",
        "principal",
        "school-admin",
        "district-admin",
        "school-or-district-admin",
    }
)
"""Roles that preparation programs prepare for. Substitutes, aides and others are kept, and are no hire (sis §5.3)."""


class Sighting(BaseModel):
    """A person on a district's staff on one day. `ended_on`: the source says so itself; `is_deleted`: it says that the
    person is gone, and not since when.

    `starts_on` belongs to the position that counts, unless the source says since when there has been any. `digest`
    changes exactly when something else here does, but for `file` and `line`, where this stands in the delivery.
    """

    model_config = ConfigDict(frozen=True)

    source_keys: tuple[str, ...]
    known: Known
    role: str
    school_id: str | None = None
    starts_on: date | None = None
    hire_date: date | None = None
    ended_on: date | None = None
    is_deleted: bool = False
    leads: tuple[Lead, ...] = ()
    file: str = ""
    line: int = 0
    digest: str = ""

    @property
    def is_here(self) -> bool:
        return self.ended_on is None and not self.is_deleted

    @property
    def is_educator(self) -> bool:
        return self.role in EDUCATOR_ROLES


def sight(observation: StaffObservation, day: date, schools: Collection[str]) -> Sighting | None:
    """What an observation says on a day; `schools` are the codes that exist. None: it says of nobody that they work."""
    if not says_something(observation, day):
        return None
    ended_on = _end(observation, day)
    position, code = _position_that_counts(observation.positions, day)
    is_deleted = ended_on is None and observation.deleted
    sighting = Sighting(
        source_keys=tuple(sorted(observation.keys)),
        known=_known(observation),
        role=position.role if position else "other",
        school_id=code if code in schools else None,
        starts_on=observation.employed_since or (position.start if position else None),
        hire_date=observation.hire_date,
        ended_on=ended_on,
        is_deleted=is_deleted,
        leads=leads_of(observation.positions, day, schools),
        file=observation.file,
        line=observation.line,
    )
    digest = blake2b(sighting.model_dump_json(exclude={"file", "line"}).encode(), digest_size=16).hexdigest()
    return sighting.model_copy(update={"digest": digest})


def says_something(observation: StaffObservation, day: date) -> bool:
    """Whether it says of somebody that they work, or that they do not any more."""
    if observation.deleted or _end(observation, day) is not None:
        return True
    is_open = any(position.end is None or position.end > day for position in observation.positions)
    return observation.active and is_open


def _end(observation: StaffObservation, day: date) -> date | None:
    if observation.exit_date is not None and observation.exit_date <= day:
        return observation.exit_date
    ends = [position.end for position in observation.positions]
    if ends and all(end is not None and end <= day for end in ends):
        return max(end for end in ends if end is not None)
    return None


def _position_that_counts(positions: tuple[Position, ...], day: date) -> tuple[Position | None, str | None]:
    """Of those that have not ended: one in force before one to come, an educator's, at the school of the largest share
    of the work, the primary one. And the code of its organization, unless another school has the same claim: then it is
    for the district to say whom to ask (sis §5.5)."""
    open_ones = [position for position in positions if position.end is None or position.end > day]
    if not open_ones:
        return None, None
    shares = Counter[str]()
    for position in open_ones:
        if position.in_force_on(day) and position.organization_type == "school":
            shares[position.organization_key] += int(1000 * (position.fte or 0))

    def claim(position: Position) -> tuple[bool, bool, int, bool, bool]:
        return (
            not position.in_force_on(day),
            position.role not in EDUCATOR_ROLES,
            -shares[position.organization_key],
            position.primary is not True,
            position.organization_type != "school",
        )

    best = min(
        open_ones, key=lambda position: (claim(position), position.organization_code or position.organization_key)
    )
    equals = {each.organization_key for each in open_ones if claim(each) == claim(best)}
    is_clear = len(equals) == 1 or best.organization_type != "school"
    return best, best.organization_code if is_clear else None


def _known(observation: StaffObservation) -> Known:
    names = observation.names
    return Known(
        given=names.given,
        family=names.family,
        middle=names.middle,
        preferred_given=names.preferred_given,
        preferred_family=names.preferred_family,
        former_families=names.former,
        birth_date=observation.birth_date,
        emails=observation.emails,
        identifiers=observation.ids,
    )
