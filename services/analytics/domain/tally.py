"""Counts of a group: how many surveys stand where, and how often each answer was given. Tallies add up."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.analytics.domain.disposition import Disposition, FactKind, disposition_of
from services.analytics.domain.fact import Fact


class Tally(BaseModel):
    """What is counted for a group of surveys.

    `dispositions` add up to the roster. `delivered` counts surveys that reached somebody: announced by a message that
    was taken, or answered all the same. `answers`: item id → code → how many. `reasons`: of declining and withdrawal.
    `newest` is when the last of the facts behind it happened.
    """

    model_config = ConfigDict(frozen=True)

    dispositions: dict[Disposition, int] = {}
    delivered: int = 0
    answers: dict[str, dict[int, int]] = {}
    reasons: dict[str, int] = {}
    newest: datetime | None = None

    @property
    def roster(self) -> int:
        return sum(self.dispositions.values())

    @property
    def issued(self) -> int:
        """Surveys that could be answered: the roster without those that were withdrawn. The rate's denominator."""
        return self.roster - self.dispositions.get(Disposition.WITHDRAWN, 0)

    @property
    def answered(self) -> int:
        return self.dispositions.get(Disposition.SUBMITTED, 0)

    def __add__(self, other: "Tally") -> "Tally":
        answers = {item: Counter(codes) for item, codes in self.answers.items()}
        for item, codes in other.answers.items():
            answers.setdefault(item, Counter()).update(codes)
        return Tally(
            dispositions=dict(Counter(self.dispositions) + Counter(other.dispositions)),
            delivered=self.delivered + other.delivered,
            answers={item: dict(codes) for item, codes in answers.items()},
            reasons=dict(Counter(self.reasons) + Counter(other.reasons)),
            newest=max(filter(None, (self.newest, other.newest)), default=None),
        )


def tally_of(facts: Iterable[Fact]) -> Tally:
    """Count facts of one group. Each survey counts once, whatever the order and number of its facts.

    Of facts of one kind the last stands. A survey that was withdrawn and issued again is open again.
    """
    by_survey: defaultdict[str, dict[FactKind, Fact]] = defaultdict(dict)
    for fact in sorted(facts, key=lambda fact: (fact.sequence, fact.fact_id)):
        known = by_survey[fact.survey_id]
        known[fact.kind] = fact
        if fact.kind is FactKind.ISSUED:
            known.pop(FactKind.WITHDRAWN, None)
    dispositions: Counter[Disposition] = Counter()
    reasons: Counter[str] = Counter()
    answers: defaultdict[str, Counter[int]] = defaultdict(Counter)
    delivered = 0
    for known in by_survey.values():
        disposition = disposition_of(known.keys())
        dispositions[disposition] += 1
        delivered += bool({FactKind.DELIVERED, FactKind.STARTED, FactKind.SUBMITTED} & known.keys())
        if disposition is Disposition.SUBMITTED:
            for item, code in known[FactKind.SUBMITTED].answers.items():
                answers[item][code] += 1
        elif disposition in (Disposition.DECLINED, Disposition.WITHDRAWN):
            reasons[known[FactKind(disposition.value)].reason or "not_given"] += 1
    return Tally(
        dispositions=dict(dispositions),
        delivered=delivered,
        answers={item: dict(codes) for item, codes in answers.items()},
        reasons=dict(reasons),
        newest=max((fact.at for known in by_survey.values() for fact in known.values()), default=None),
    )


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of disjoint groups."""
    return sum(tallies, start=Tally())
