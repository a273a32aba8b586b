"""What came of a partnership: hires, openings filled, goals met, commitments kept, activity in the last year."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.ledger.activity import Activity
from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.measurement import Measurement
from services.partnership.domain.ledger.statements import Standing
from services.partnership.domain.ledger.terms import Goal
from shared.events.partnerships import Side

LAST_YEAR = timedelta(days=365)


class Outcomes(BaseModel):
    """`hires` is None where it is withheld: fewer than `smallest_group`, and the viewer is not the employer.

    A commitment is a way of working together that was agreed, kept if there was activity in the last year; and each
    goal that is due, kept if it is met.
    """

    model_config = ConfigDict(frozen=True)

    as_of: date
    smallest_group: int
    hires: int | None
    hires_withheld: bool
    openings_filled: int
    goals: int
    goals_met: int
    commitments: int
    commitments_kept: int
    activities_in_last_year: int
    attested_in_last_year: int


def outcomes(
    partnership: Partnership,
    activities: Sequence[Activity],
    measurements: Sequence[Measurement],
    hires: int,
    *,
    viewer: Side | None,
    smallest_group: int,
    today: date,
) -> Outcomes:
    """As this viewer may see them; the agency is no side."""
    terms = partnership.shown.terms if partnership.shown else None
    goals = terms.goals if terms else ()
    counted = [each for each in activities if each.voided is None and each.standing is not Standing.DISPUTED]
    lately = [each for each in counted if today - LAST_YEAR <= each.happened_on <= today]
    met = {each.goal_id for each in goals if is_met(each, measurements, viewer, smallest_group)}
    due = [each for each in goals if each.due_on <= today]
    lively = {each.way for each in lately} & set(terms.ways if terms else ())
    is_withheld = hires < smallest_group and viewer is Side.PROVIDER
    return Outcomes(
        as_of=today,
        smallest_group=smallest_group,
        hires=None if is_withheld else hires,
        hires_withheld=is_withheld,
        openings_filled=int(sum(each.measures.get("openings_filled", 0) for each in counted)),
        goals=len(goals),
        goals_met=len(met),
        commitments=len(terms.ways if terms else ()) + len(due),
        commitments_kept=len(lively) + sum(each.goal_id in met for each in due),
        activities_in_last_year=len(lately),
        attested_in_last_year=sum(each.standing is Standing.ATTESTED for each in lately),
    )


def newest_of(goal: Goal, measurements: Iterable[Measurement]) -> Measurement | None:
    """The last figure of a goal that nobody disputes."""
    ours = [each for each in measurements if each.goal_id == goal.goal_id and each.standing is not Standing.DISPUTED]
    return max(ours, key=lambda each: (each.measured_on, each.measurement_id), default=None)


def is_met(goal: Goal, measurements: Iterable[Measurement], viewer: Side | None, smallest_group: int) -> bool:
    """As far as this viewer may know: that a target of one hire is met would tell of a number that is withheld."""
    newest = newest_of(goal, measurements)
    if newest is None or newest.is_withheld_from(viewer, smallest_group):
        return False
    return goal.is_met_by(newest.value)
