"""What two sides say of a partnership, derived from what was told, in whatever order it came.

Each statement is kept under a key of its own; a later one under the same key replaces it. A claim stands as its sides'
last words on its present version say. Who states something attests it:

    nobody ─▶ open    one side attests ─▶ one_sided    both attest ─▶ attested    either disputes ─▶ disputed
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.events import Event
from shared.events.partnerships import (
    ActivityRecorded,
    AttestationGiven,
    Claim,
    GoalAgreed,
    GoalMeasured,
    PartnershipChanged,
    PartnershipStatus,
    Side,
    VacanciesProjected,
    Verdict,
)

Statement = PartnershipChanged | ActivityRecorded | GoalMeasured | AttestationGiven | VacanciesProjected


ONLY_VERSION = 1
"""Activities and measurements never change; another is another. (An activity's `version` is that of the terms.)"""


class Standing(StrEnum):
    """How a claim stands between its two sides."""

    OPEN = "open"
    ONE_SIDED = "one_sided"
    ATTESTED = "attested"
    DISPUTED = "disputed"


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class GoalStanding(_Told):
    """A goal with what was measured last; `measured_by` is None where hires show it."""

    goal: GoalAgreed
    measured_on: date | None = None
    value: float | None = None
    measured_by: Side | None = None
    standing: Standing = Standing.OPEN
    is_met: bool | None = None


class ActivityStanding(_Told):
    """Something that the two did together, as it was stated last."""

    activity_id: str
    way: str
    school_year: int
    happened_on: date
    measures: dict[str, float]
    stated_by: Side
    standing: Standing


class PartnershipView(_Told):
    """A partnership as both sides tell it."""

    partnership_id: str
    provider_id: str
    district_id: str
    status: PartnershipStatus
    version: int
    ways: tuple[str, ...]
    begins_on: date | None
    ends_on: date | None
    terms: Standing
    goals: tuple[GoalStanding, ...]
    activities: tuple[ActivityStanding, ...]


def key_of(event: Statement) -> str:
    """Under which a statement is kept."""
    match event:
        case PartnershipChanged():
            return f"partnership:{event.partnership_id}"
        case ActivityRecorded():
            return f"activity:{event.activity_id}"
        case GoalMeasured():
            return f"measurement:{event.measurement_id}"
        case AttestationGiven():
            return f"attestation:{event.claim}:{event.claim_id}:{event.claim_version}:{event.side}"
        case VacanciesProjected():
            return f"vacancies:{event.subject}"


def last_words(
    attestations: Iterable[AttestationGiven], claim: Claim, claim_id: str, version: int
) -> dict[Side, Verdict]:
    """What each side says of one version of a claim."""
    return {
        one.side: one.verdict
        for one in attestations
        if (one.claim, one.claim_id, one.claim_version) == (claim, claim_id, version)
    }


def stated(stated_by: Side | None, claim: Claim, claim_id: str, attestations: Iterable[AttestationGiven]) -> Standing:
    """How an activity or a measurement stands; nobody stated what was counted from hires."""
    own = {} if stated_by is None else {stated_by: Verdict.ATTESTED}
    return standing_of({**own, **last_words(attestations, claim, claim_id, ONLY_VERSION)})


def standing_of(verdicts: Mapping[Side, Verdict]) -> Standing:
    """How a claim stands by the last word of each side."""
    if Verdict.DISPUTED in verdicts.values():
        return Standing.DISPUTED
    return (Standing.OPEN, Standing.ONE_SIDED, Standing.ATTESTED)[len(verdicts)]


def view_of(statements: Iterable[Event]) -> PartnershipView | None:
    """One partnership from the last statements about it; None as long as only parts of it are told."""
    told = list(statements)
    partnership = next((one for one in told if isinstance(one, PartnershipChanged)), None)
    if partnership is None:
        return None
    attestations = [one for one in told if isinstance(one, AttestationGiven)]
    activities = [one for one in told if isinstance(one, ActivityRecorded) and not one.is_void]
    measurements = [one for one in told if isinstance(one, GoalMeasured)]
    return PartnershipView(
        **partnership.model_dump(
            include={
                "partnership_id",
                "provider_id",
                "district_id",
                "status",
                "version",
                "ways",
                "begins_on",
                "ends_on",
            }
        ),
        terms=_terms(partnership, attestations),
        goals=tuple(_goal(goal, measurements, attestations) for goal in partnership.goals),
        activities=tuple(
            ActivityStanding(
                **one.model_dump(exclude={"partnership_id", "provider_id", "district_id", "version", "is_void"}),
                standing=stated(one.stated_by, Claim.ACTIVITY, one.activity_id, attestations),
            )
            for one in sorted(activities, key=lambda one: (one.happened_on, one.activity_id))
        ),
    )


def _terms(partnership: PartnershipChanged, attestations: Iterable[AttestationGiven]) -> Standing:
    """The partnership names who attested its terms, also by proposing them; a side's own word goes before that."""
    words = last_words(attestations, Claim.TERMS, partnership.partnership_id, partnership.version)
    if partnership.is_disputed and len(words) < len(Side):
        return Standing.DISPUTED
    return standing_of({**dict.fromkeys(partnership.attested_by, Verdict.ATTESTED), **words})


def _goal(
    goal: GoalAgreed, measurements: Iterable[GoalMeasured], attestations: Iterable[AttestationGiven]
) -> GoalStanding:
    of_goal = [one for one in measurements if one.goal_id == goal.goal_id]
    last = max(of_goal, key=lambda one: (one.measured_on, one.measurement_id), default=None)
    if last is None:
        return GoalStanding(goal=goal)
    rises = goal.baseline is None or goal.target >= goal.baseline
    return GoalStanding(
        goal=goal,
        measured_on=last.measured_on,
        value=last.value,
        measured_by=last.stated_by,
        standing=stated(last.stated_by, Claim.MEASUREMENT, last.measurement_id, attestations),
        is_met=last.value >= goal.target if rises else last.value <= goal.target,
    )
