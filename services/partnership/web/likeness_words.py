"""What likeness found, in words: field by field how alike two records are, and what that weighs."""

from dataclasses import dataclass

from services.partnership.domain.likeness import LEAST_PROBABILITY, MOST_CANDIDATES, SUREST, Likeness
from services.partnership.domain.matching import AUTOMATIC

COMPARED_WORDS = {
    "given": "Given name",
    "family": "Family name",
    "born": "Birth date",
    "email": "E-mail",
    "state_id": "State educator id",
    "licence": "Licence number",
    "timing": "Hired and completed",
}
ALIKE_WORDS = {
    "equal": "the same",
    "swapped": "given and family name in each other's place",
    "one_slip": "one letter or digit is off",
    "two_slips": "two digits are off",
    "short_form": "one is a short form of the other",
    "initial": "the initial fits",
    "one_part_equal": "one part of the name is the same",
    "near": "nearly the same",
    "half_swapped": "the same as the other's other name",
    "alike": "alike",
    "sounds_alike": "sounds alike",
    "nearly_swapped": "nearly the same as the other's other name",
    "day_and_month_swapped": "day and month in each other's place",
    "same_year": "the same year only",
    "same_day": "the same day, another year",
    "hired_when_completing": "within a year and a half",
    "hired_within_years": "within four years",
    "different": "different",
}
PRIOR_WORDS = "Before anything is compared: few completers of the registry are this person"
THRESHOLDS = {
    "proposed_from": LEAST_PROBABILITY,
    "at_most_candidates": MOST_CANDIDATES,
    "likeness_counts_at_most": SUREST,
    "decides_by_itself_from": AUTOMATIC,
}
"""Exact evidence decides by itself from its threshold on; likeness stays below it, so that a person has to."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """One step from the odds before to the odds after: `weight` in bits, `total` with all steps before it."""

    what: str
    how: str
    weight: float
    total: float


def weighed(likeness: Likeness) -> list[Weighed]:
    """The steps in order, beginning with how likely it was before anything was compared; the heaviest first."""
    total = likeness.prior
    steps = [Weighed(PRIOR_WORDS, "", round(total, 1), round(total, 1))]
    for each in sorted(likeness.agreements, key=lambda agreement: -abs(agreement.weight)):
        total += each.weight
        what, how = COMPARED_WORDS.get(each.field, each.field), ALIKE_WORDS.get(each.level, each.level)
        steps.append(Weighed(what, how, round(each.weight, 1), round(total, 1)))
    return steps
