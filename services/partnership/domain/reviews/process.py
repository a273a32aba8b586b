"""The processes by which a state reviews providers, as data: each has its stages, in order (domain.md §1.2)."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.stated_hire import Day
from shared.errors import InvalidInput

ProcessName = Literal["seven_year", "twenty_four_month"]
SizeClass = Literal["small", "large"]
LONGEST_DAYS = 8 * 366


class Stage(BaseModel):
    """`from_month` and `to_month`: when it usually is, counted from the first month of the review, which is 1."""

    model_config = ConfigDict(frozen=True)

    stage: str
    title: str
    description: str
    from_month: int
    to_month: int


class Process(BaseModel):
    """A version of the process; stages may overlap, and begin in this order. In `asks_in` partners are asked."""

    model_config = ConfigDict(frozen=True)

    process: ProcessName
    title: str
    asks_in: str
    stages: tuple[Stage, ...]

    def place_of(self, stage: str) -> int:
        """InvalidInput if the process has no such stage."""
        names = [each.stage for each in self.stages]
        if stage not in names:
            raise InvalidInput(
                "The process has no such stage.", hint=f"Its stages are {', '.join(names)}.", where="stage"
            )
        return names.index(stage)

    def usual_last_day(self, begins_on: date) -> date:
        """Of answers: that of the stage in which partners are asked."""
        return self.usual_plan(begins_on)[self.place_of(self.asks_in)].ends_on

    def usual_plan(self, begins_on: date) -> tuple["PlannedStage", ...]:
        """The dates that the stages usually have."""
        return tuple(
            PlannedStage.model_validate(
                {
                    "stage": each.stage,
                    "begins_on": _months_after(begins_on, each.from_month - 1),
                    "ends_on": _months_after(begins_on, each.to_month) - timedelta(days=1),
                }
            )
            for each in self.stages
        )


class PlannedStage(BaseModel):
    """Both days belong to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Literal[
        "initiation",
        "needs_assessment",
        "offsite",
        "onsite",
        "launch",
        "initial_inquiry",
        "follow_up_inquiry",
        "determination",
    ]
    begins_on: Day
    ends_on: Day


def _stage(stage: str, title: str, months: tuple[int, int], description: str) -> Stage:
    return Stage(stage=stage, title=title, description=description, from_month=months[0], to_month=months[1])


PROCESSES: Mapping[ProcessName, Process] = {
    "seven_year": Process(
        process="seven_year",
        title="Seven-year process",
        asks_in="offsite",
        stages=(
            _stage("initiation", "Initiation", (1, 9), "The provider is notified, at the start of its sixth year."),
            _stage("needs_assessment", "Needs assessment", (7, 12), "Each program shows the demand for it."),
            _stage("offsite", "Offsite phase", (10, 18), "Documents, worksheets and surveys."),
            _stage("onsite", "Onsite visit and determination", (22, 24), "The visit, the report and its ratings."),
        ),
    ),
    "twenty_four_month": Process(
        process="twenty_four_month",
        title="Twenty-four-month process",
        asks_in="initial_inquiry",
        stages=(
            _stage("launch", "Launch", (1, 7), "Overview of the programs, and which go forward."),
            _stage("initial_inquiry", "Initial inquiry", (8, 13), "The agency collects what stakeholders say."),
            _stage("follow_up_inquiry", "Follow-up inquiry", (14, 19), "The provider answers gaps in the evidence."),
            _stage("determination", "Determination", (20, 24), "Ratings and the determination."),
        ),
    ),
}


def refuse_bad_plan(process: Process, plan: Sequence[PlannedStage], answers_until: date) -> None:
    """InvalidInput unless each stage of the process is planned once, in order, and answers are due within them."""
    expected = [each.stage for each in process.stages]
    if [each.stage for each in plan] != expected:
        raise InvalidInput(
            "The stages are not those of the process.",
            hint=f"Give each once, in this order: {', '.join(expected)}.",
            where="stages",
        )
    for number, each in enumerate(plan):
        if each.ends_on < each.begins_on:
            raise InvalidInput(
                "The stage ends before it begins.",
                hint="Its last day is its first day, or later.",
                where=f"stages.{number}.ends_on",
            )
        if number and each.begins_on < plan[number - 1].begins_on:
            raise InvalidInput(
                "The stage begins before the one that precedes it.",
                hint="Stages may overlap, and begin in their order.",
                where=f"stages.{number}.begins_on",
            )
    if not plan[0].begins_on <= answers_until <= max(each.ends_on for each in plan):
        raise InvalidInput(
            "The last day for answers lies outside the review.",
            hint="Name a day between the first day and the last of its stages.",
            where="answers_until",
        )
    if (max(each.ends_on for each in plan) - plan[0].begins_on).days > LONGEST_DAYS:
        raise InvalidInput("The review would take longer than eight years.", where="stages.0.begins_on")


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
