"""How far a goal is: stated by a side, or counted from the hires that were found."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.statements import Standing, Statement, attestation, may_answer, said, standing
from services.partnership.domain.ledger.terms import Figure, Goal, Line
from services.partnership.domain.stated_hire import Day
from shared.errors import Conflict, InvalidInput, NotFound
from shared.events.partnerships import Claim, GoalMeasured, PartnershipEvent, Side, Verdict
from shared.ids import derived


class NewMeasurement(BaseModel):
    """`source`: where the figure comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured_on: Day
    value: Figure
    source: Line = ""


class Measurement(BaseModel):
    """`stated_by` is None for what was counted from hires: there is nobody whose word it is."""

    model_config = ConfigDict(frozen=True)

    measurement_id: str
    partnership_id: str
    provider_id: str
    district_id: str
    goal_id: str
    unit: str
    measured_on: date
    value: float
    source: str = ""
    is_of_people: bool = False
    stated_by: Side | None = None
    statements: tuple[Statement, ...] = ()
    revision: int = 1

    @property
    def standing(self) -> Standing:
        """What was counted needs nobody's word."""
        return standing(self.statements) if self.statements else Standing.ATTESTED

    def is_withheld_from(self, viewer: Side | None, smallest_group: int) -> bool:
        """Small numbers of people are for the side that stated them, and for the agency.

        Those that were counted come from the district's staff, so they are the district's.
        """
        owner = self.stated_by or Side.DISTRICT
        return self.is_of_people and self.value < smallest_group and viewer not in (None, owner)

    def measured(self) -> GoalMeasured:
        fields = {"measurement_id", "partnership_id", "provider_id", "district_id", "goal_id", "unit", "measured_on"}
        return GoalMeasured(**self.model_dump(include=fields | {"value", "stated_by"}))


Told = tuple[Measurement, tuple[PartnershipEvent, ...]]


def goal_of(partnership: Partnership, goal_id: str) -> Goal:
    """A goal of the terms in force, or of those that are proposed."""
    goals = partnership.shown.terms.goals if partnership.shown else ()
    for goal in goals:
        if goal.goal_id == goal_id:
            return goal
    raise NotFound("There is no such goal.")


def measure(partnership: Partnership, goal_id: str, new: NewMeasurement, *, side: Side, by: str, now: datetime) -> Told:
    """One side says how far a goal is. Said again, it is the same measurement."""
    if partnership.in_force is None:
        raise Conflict("Nothing is agreed on yet.", hint="Both sides have to attest the terms first.")
    goal = goal_of(partnership, goal_id)
    if goal.is_counted:
        raise Conflict("This goal is counted from hires.", hint="Nobody needs to state it.")
    if not partnership.in_force.terms.begins_on <= new.measured_on <= now.date():
        raise InvalidInput("The day should lie between the first day of the term and today.", where="measured_on")
    word = Statement(side=side, verdict=Verdict.ATTESTED, by=by, at=now)
    facts = (side.value, new.measured_on.isoformat(), repr(new.value), new.source)
    measurement = _measurement(partnership, goal, facts, new, side, (word,))
    return measurement, (measurement.measured(),)


def count(partnership: Partnership, goal: Goal, hires: int, today: date) -> Told:
    """What the hires show on this day."""
    new = NewMeasurement(measured_on=today, value=hires, source=goal.source)
    measurement = _measurement(partnership, goal, ("hires", today.isoformat()), new, None, ())
    return measurement, (measurement.measured(),)


def answer(measurement: Measurement, verdict: Verdict, *, side: Side, by: str, now: datetime, reason: str = "") -> Told:
    """The other side attests or disputes the figure."""
    if measurement.stated_by is None:
        raise Conflict("This figure is counted from hires; it is nobody's word.", hint="Mend the hires.")
    may_answer(measurement.stated_by, side)
    word = Statement(side=side, verdict=verdict, by=by, at=now, reason=reason)
    statements = said(measurement.statements, word)
    if statements is measurement.statements:
        return measurement, ()
    after = measurement.model_copy(update={"statements": statements, "revision": measurement.revision + 1})
    return after, (attestation(after, Claim.MEASUREMENT, after.measurement_id, word),)


def _measurement(
    partnership: Partnership,
    goal: Goal,
    facts: tuple[str, ...],
    new: NewMeasurement,
    side: Side | None,
    statements: tuple[Statement, ...],
) -> Measurement:
    return Measurement(
        measurement_id=derived("measurement", partnership.partnership_id, goal.goal_id, *facts),
        partnership_id=partnership.partnership_id,
        provider_id=partnership.provider_id,
        district_id=partnership.district_id,
        goal_id=goal.goal_id,
        unit=goal.unit,
        measured_on=new.measured_on,
        value=new.value,
        source=new.source,
        is_of_people=goal.is_of_people,
        stated_by=side,
        statements=statements,
    )
