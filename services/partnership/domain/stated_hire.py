"""A hire that a source states by itself, one person at a time, and what it makes of the person's record.

Other than a feed, such a source shows nobody else with it: nobody is missed, and nothing is a baseline. What a source
says about a person has an order, `as_of`; said again, in whatever order, it changes nothing.
"""

from datetime import date, datetime
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.json_schema import WithJsonSchema

from services.partnership.domain.connection import Connection
from services.partnership.domain.episodes import Chronicle
from services.partnership.domain.match_keys import Known
from services.partnership.domain.observation import StaffRole
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.staff import Staff, first_seen
from services.partnership.domain.timeline import Snapped, as_of, facts_of
from shared.ids import derived

EARLIEST, LATEST = date(1940, 1, 1), date(2100, 1, 1)
DAY = r"^\d{4}-\d{2}-\d{2}$"
PLAIN = r"^[^\x00-\x1f\x7f]+$"


def _written_day(value: object) -> object:
    """Only as it is written for people: a number, or a time of day, would be read as some day too."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) != len("2026-08-24"):
        raise ValueError("should be a day such as 2026-08-24")
    return value


Day = Annotated[
    date,
    Field(ge=EARLIEST, lt=LATEST),
    BeforeValidator(_written_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DAY}),
]
Name = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
GivenName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]


class PersonIdentifier(BaseModel):
    """`licence` is the number of the licence itself; `local_id` the district's own number of the employee."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    system: Literal["state_id", "licence", "local_id", "master_id"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=PLAIN)]


class StatedHire(BaseModel):
    """That a person took up work in a district, and perhaps that it ended. Everything that the source knows is said
    each time: what is left out is not known.

    `person_key` names the person in the source, for ever; the same key again corrects what was said. `as_of` is when
    the source knew this, with a zone; without it, now. `ended_on` is the first day without employment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    person_key: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)]
    district_id: Code
    connection_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")] | None = None
    school_id: Code | None = None
    role: StaffRole
    hire_date: Day
    ended_on: Day | None = None
    as_of: AwareDatetime | None = None
    given_name: GivenName
    family_name: GivenName
    middle_name: Name = ""
    preferred_given_name: Name = ""
    preferred_family_name: Name = ""
    former_family_names: tuple[GivenName, ...] = Field((), max_length=20)
    birth_date: Day | None = None
    emails: tuple[Annotated[str, StringConstraints(max_length=254, pattern=PLAIN)], ...] = Field((), max_length=20)
    identifiers: tuple[PersonIdentifier, ...] = Field((), max_length=50)

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> "StatedHire":
        if self.ended_on is not None and self.ended_on < self.hire_date:
            raise ValueError("ended_on should not be before hire_date")
        return self

    @property
    def content(self) -> str:
        """A hash of all that is said, but for when."""
        said = self.model_dump_json(exclude={"as_of"})
        return blake2b(said.encode(), digest_size=16).hexdigest()

    def sighting(self, sequence: int) -> Sighting:
        return Sighting(
            source_keys=(self.person_key,),
            known=self._known(),
            role=self.role,
            school_id=self.school_id,
            hire_date=self.hire_date,
            ended_on=self.ended_on,
            digest=f"{sequence}:{self.content}",
        )

    def _known(self) -> Known:
        return Known(
            given=self.given_name,
            family=self.family_name,
            middle=self.middle_name,
            preferred_given=self.preferred_given_name,
            preferred_family=self.preferred_family_name,
            former_families=self.former_family_names,
            birth_date=self.birth_date,
            emails=self.emails,
            identifiers=tuple((each.system, each.value) for each in self.identifiers),
        )


def staff_id_of(connection_id: str, person_key: str) -> str:
    return derived("staff", connection_id, person_key)


def default_connection_id(district_id: str) -> str:
    """The connection of a district's hires where the source names none."""
    plain = district_id.lower()
    return f"hires-{plain if plain.isalnum() else derived('hires-api', district_id)}"


def after_statement(known: Staff | None, stated: StatedHire, connection: Connection, now: datetime) -> Staff:
    """The person's record after this; itself, if it is said already, or a later word on this employment is known."""
    if known is not None and stated.as_of is None and stated.content == _content_last_said(known):
        return known
    sequence = _milliseconds(stated.as_of or now)
    sighting = stated.sighting(sequence)
    if known is None:
        began = sequence if sighting.is_here else sequence - 1
        first = first_seen(
            staff_id_of(connection.connection_id, stated.person_key),
            connection.connection_id,
            connection.district_id,
            _while_it_lasted(sighting),
            _snapped(began, connection),
            _chronicle(connection),
        )
        return (
            first if sighting.is_here else first.after(sighting, _snapped(sequence, connection), _chronicle(connection))
        )
    said_last = _said_last(known)
    if sequence >= said_last:
        return _said(_taken_back(known, sighting, connection), sighting, sequence, connection, _chronicle(connection))
    if _is_known_later(known, stated.hire_date, sequence):
        return known
    kept = {"known": known.known.filled_by(sighting.known), "digest": known.digest}
    chronicle = _chronicle(connection, _snapped(0, connection), _snapped(said_last, connection))
    return _said(known, sighting.model_copy(update=kept), sequence, connection, chronicle)


def _said(known: Staff, sighting: Sighting, sequence: int, connection: Connection, chronicle: Chronicle) -> Staff:
    """With an end it is said too how the employment was until then, should that not be known."""
    before, lasting = as_of(known.timeline, sequence - 1), _while_it_lasted(sighting)
    is_end_corrected = before is not None and not before.is_here and before.hire_date == sighting.hire_date
    if not sighting.is_here and not is_end_corrected and before != facts_of(lasting):
        known = known.after(lasting, _snapped(sequence - 1, connection), chronicle)
    return known.after(sighting, _snapped(sequence, connection), chronicle)


def _while_it_lasted(sighting: Sighting) -> Sighting:
    return sighting.model_copy(update={"ended_on": None})


def _taken_back(known: Staff, sighting: Sighting, connection: Connection) -> Staff:
    """Without the end, if the same employment goes on after all: nobody is hired twice on one day."""
    is_ended = known.status == "exited" and sighting.is_here
    if not is_ended or _hire_date_of(known) != sighting.hire_date:
        return known
    ends = [turn.sequence for turn in known.timeline if turn.facts is not None and not turn.facts.is_here]
    for sequence in reversed(ends):
        known = known.without_snapshot(sequence, _chronicle(connection))
        if known.status != "exited":
            break
    return known


def _is_known_later(known: Staff, hire_date: date, sequence: int) -> bool:
    """Whether a later word on the same employment is known, the present one or another."""
    later = [turn.facts.hire_date for turn in known.timeline if turn.facts and turn.sequence > sequence]
    return hire_date in (_hire_date_of(known), *later)


def _hire_date_of(staff: Staff) -> date | None:
    """Of the employment that was spoken of last."""
    facts = staff.timeline[-1].facts if staff.timeline else None
    return facts.hire_date if facts else None


def _said_last(staff: Staff) -> int:
    """When the source last spoke of this person; of one who was forgotten, when it last said something new."""
    moment, _, content = staff.digest.partition(":")
    return int(moment) if content else staff.timeline[-1].sequence


def _content_last_said(staff: Staff) -> str:
    return staff.digest.partition(":")[2]


def _snapped(sequence: int, connection: Connection) -> Snapped:
    day = connection.day_of(datetime.fromtimestamp(sequence / 1000, connection.zone))
    return Snapped(sequence=sequence, day=day)


def _chronicle(connection: Connection, *snapshots: Snapped) -> Chronicle:
    return Chronicle(snapshots, connection.live_since, connection.exits)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
