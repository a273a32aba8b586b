"""Which groups' answers are withheld, so that nobody's single answer can be read or worked out.

Providers' groups are parts of the state's published total. Withholding one of them alone would be for show: subtract
the others from the state and there it is. So small groups are withheld first, and then as many more as it takes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

Distribution = Mapping[int, int]
"""Code → how many gave it."""


class Withheld(StrEnum):
    """Why a group's answers are not shown."""

    TOO_FEW = "too_few"
    TOO_ALIKE = "too_alike"
    PROTECTS_ANOTHER = "protects_another"


def own_reason(answers: Distribution, threshold: int) -> Withheld | None:
    """Why this group is withheld for its own sake, if it is.

    Fewer than `threshold` answers; or all, or all but one, of them the same, which tells what each person answered
    (the homogeneity rule of Massachusetts' evaluation data: all, and all but one).
    """
    count = sum(answers.values())
    if count < threshold:
        return Withheld.TOO_FEW
    if max(answers.values()) >= count - 1:
        return Withheld.TOO_ALIKE
    return None


def withheld_groups(groups: Mapping[str, Distribution], threshold: int) -> dict[str, Withheld]:
    """The groups to withhold when their sum is published, each with its reason.

    Subtracting the published groups from the sum leaves the withheld ones together. They must be at least two with
    answers, and together must be fit to be shown; else the smallest published ones join them, until that is so or no
    group is left. Groups without an answer protect nobody.
    """
    reasons = {group: reason for group, answers in groups.items() if (reason := own_reason(answers, threshold))}
    sizes = {group: sum(answers.values()) for group, answers in groups.items()}
    hidden = [group for group in reasons if sizes[group] > 0]
    published = sorted((group for group in groups if group not in reasons), key=lambda group: (sizes[group], group))
    while hidden and published and (len(hidden) < 2 or own_reason(_sum(groups, hidden), threshold) is not None):
        joining = published.pop(0)
        reasons[joining] = Withheld.PROTECTS_ANOTHER
        hidden.append(joining)
    return reasons


def _sum(groups: Mapping[str, Distribution], some: Iterable[str]) -> Distribution:
    answers: Counter[int] = Counter()
    for group in some:
        answers.update(groups[group])
    return answers
