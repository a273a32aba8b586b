"""The terms of a partnership: for how long, in which ways, towards which goals, signed by whom."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from services.partnership.domain.ledger.ways import WAYS
from services.partnership.domain.stated_hire import Code, Day
from shared.events.partnerships import GoalAgreed, Side
from shared.ids import derived

LINE = r"^[^\x00-\x1f\x7f]*$"
PARAGRAPHS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=LINE)]
Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=PARAGRAPHS)]
Figure = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Renewal = Literal["none", "by_agreement", "automatic"]
HIRES = "hires"
"""The source of a goal whose figure nobody states: it is counted from the hires that were found."""
PEOPLE_UNITS = frozenset(
    {
        "people",
        "persons",
        "hires",
        "completers",
        "candidates",
        "students",
        "teachers",
        "educators",
        "mentors",
        "leaders",
    }
)


class Goal(BaseModel):
    """What both want to reach. `goal_id` stays when terms are amended; without one it is made from the goal itself.

    `source` says where the figure comes from; `hires`: it is counted from the hires within the partnership.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    goal_id: Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9-]*$")] = ""
    way: str | None = None
    metric: Named
    unit: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=LINE)]
    baseline: Figure | None = None
    target: Figure
    due_on: Day
    owner: Side | None = None
    source: Line = ""
    counts_people: bool = False

    @field_validator("way")
    @classmethod
    def _a_known_way(cls, way: str | None) -> str | None:
        return way if way is None else known_way(way)

    @property
    def is_of_people(self) -> bool:
        return self.counts_people or self.is_counted or self.unit.casefold() in PEOPLE_UNITS

    @property
    def is_counted(self) -> bool:
        return self.source.casefold() == HIRES

    def is_met_by(self, value: float) -> bool:
        """Less is meant where the target lies below the baseline."""
        is_downwards = self.baseline is not None and self.target < self.baseline
        return value <= self.target if is_downwards else value >= self.target

    def agreed(self) -> GoalAgreed:
        fields = {"goal_id", "way", "metric", "unit", "baseline", "target", "due_on", "owner"}
        return GoalAgreed(**self.model_dump(include=fields))


class Signatory(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    side: Side
    name: Named
    title: Line = ""
    signed_on: Day | None = None


class Terms(BaseModel):
    """`ends_on` is the last day. With automatic renewal another year follows unless one side gives notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ways: tuple[str, ...] = Field(min_length=1, max_length=40)
    begins_on: Day
    ends_on: Day
    renewal: Renewal = "none"
    notice_days: int = Field(90, ge=0, le=730)
    nature: Text = ""
    school_ids: tuple[Code, ...] = Field((), max_length=300)
    program_ids: tuple[Code, ...] = Field((), max_length=300)
    signatories: tuple[Signatory, ...] = Field((), max_length=20)
    goals: tuple[Goal, ...] = Field((), max_length=50)

    @field_validator("ways")
    @classmethod
    def _known_ways(cls, ways: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({known_way(way) for way in ways}, key=list(WAYS).index))

    @field_validator("school_ids", "program_ids")
    @classmethod
    def _each_once(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(codes))

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.begins_on:
            raise ValueError("ends_on should not be before begins_on")
        late = [each.metric for each in self.goals if each.due_on < self.begins_on]
        if late:
            raise ValueError("a goal should not be due before the term begins")
        named = [each.goal_id for each in self.goals if each.goal_id]
        if len(named) != len(set(named)):
            raise ValueError("each goal_id should occur once")
        return self

    def identified(self, partnership_id: str) -> Self:
        """With an id for each goal."""
        goals = {}
        for goal in self.goals:
            facts = (partnership_id, goal.way or "", goal.metric, goal.unit, goal.due_on.isoformat())
            goal_id = goal.goal_id or derived("goal", *facts)
            goals[goal_id] = goal.model_copy(update={"goal_id": goal_id})
        return self.model_copy(update={"goals": tuple(goals.values())})

    def last_day(self, today: date) -> date:
        """Of the term that runs today, or ran last."""
        end = self.ends_on
        while self.renewal == "automatic" and end < today:
            end = years_after(end, 1)
        return end

    def overlaps(self, another: Self) -> bool:
        """Whether both would be in force on some day for one way of working together."""
        if not set(self.ways) & set(another.ways):
            return False
        return self.begins_on <= another._open_end and another.begins_on <= self._open_end

    @property
    def _open_end(self) -> date:
        return date.max if self.renewal == "automatic" else self.ends_on


def known_way(way: str) -> str:
    if way not in WAYS:
        raise ValueError(f"way should be one of {', '.join(WAYS)}")
    return way


def years_after(day: date, years: int) -> date:
    """The same day of a later year; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return (day - timedelta(days=1)).replace(year=day.year + years)
